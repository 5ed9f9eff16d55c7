import { setTimeout as pause } from "node:timers/promises";
import { KubernetesError } from "../kubernetes.ts";

const PAUSES_MS = [100, 300];
const PASSING = [0, 429, 500, 502, 503, 504];
/** A server that took longer than this to fail is not in a moment's trouble. */
const PATIENCE_MS = 2000;

/**
 * Asks the API server about a user, up to three times while its answer is one that may pass: none at all, too many requests,
 * an internal error or a time-out (apiserver/pkg/util/webhook asks five times, over longer than a reader here would wait).
 */
export async function askAgain<T>(ask: () => Promise<T>): Promise<T> {
  const began = performance.now();
  for (const wait of PAUSES_MS) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof KubernetesError) || !PASSING.includes(error.status)) throw error;
      if (performance.now() - began > PATIENCE_MS) throw error;
      await pause(wait, undefined, { ref: false });
    }
  }
  return ask();
}
