import type { JsonObject } from "../../providerProtocol/json.ts";
import type { Cluster } from "../cluster.ts";

/** What is there now, or the last of what is gone. Undefined: the first list is complete. */
export type Seen = { gone: boolean; object: JsonObject } | undefined;
export type Outcome = "held" | "timeout" | "aborted";

/**
 * Watches a collection until `holds` is true for something seen.
 * @param seconds The longest wait.
 * @returns "held", or why it ended before.
 */
export function watchUntil(
  cluster: Cluster,
  path: string,
  seconds: number,
  signal: AbortSignal,
  holds: (seen: Seen) => boolean,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const end = (outcome: Outcome): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      watch.stop();
      resolve(outcome);
    };
    const abort = (): void => end("aborted");
    const timer = setTimeout(end, seconds * 1000, "timeout");
    const watch = cluster.kubernetes.watchObjects<JsonObject & { metadata?: { name?: string } }>(path, {
      onEvent: ({ type, object }) => {
        if (holds({ gone: type === "DELETED", object })) end("held");
      },
    });
    void watch.synced.then(() => {
      if (holds(undefined)) end("held");
    });
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}
