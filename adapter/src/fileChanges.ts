import { watch } from "node:fs";
import { dirname } from "node:path";
import { pause } from "./kubernetes/pause.ts";

/** Interval at which files are read without a change event, in ms. Network file systems do not report changes. */
const POLL_MS = 30_000;
/** Delay after a change event, in ms. Writes of several files in this time count as one change. */
const SETTLE_MS = 100;

/**
 * Watches files until `signal` aborts. `next` resolves after a change event, or after 30 s. It watches the directories
 * and not the files, because an update of a mounted Secret or ConfigMap replaces a symbolic link beside the files.
 *
 * @param onBlind called when a directory cannot be watched. Its files are still read every 30 s.
 */
export function watchFiles(
  files: readonly string[],
  onBlind: (directory: string, error: unknown) => void,
  signal: AbortSignal,
): { next(): Promise<void> } {
  let changed = new AbortController();
  signal.addEventListener("abort", () => changed.abort(), { once: true });
  for (const directory of new Set(files.map(dirname))) {
    const blind = (error: unknown) => onBlind(directory, error);
    try {
      watch(directory, { signal, persistent: false }, () => changed.abort()).on("error", blind);
    } catch (error) {
      blind(error);
    }
  }
  return {
    async next() {
      await pause(POLL_MS, changed.signal);
      if (changed.signal.aborted) await pause(SETTLE_MS, signal);
      changed = new AbortController();
    },
  };
}
