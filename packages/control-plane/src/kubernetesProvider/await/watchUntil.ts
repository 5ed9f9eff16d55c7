import type { JsonObject } from "../../providerProtocol/json.ts";
import type { Cluster } from "../cluster.ts";

/** An existing object, or the last state of a deleted one. Undefined: the first list is complete. */
export type Seen = { gone: boolean; object: JsonObject } | undefined;
export type Outcome = "held" | "timeout" | "aborted";

/**
 * Watches a collection until `holds` returns true for an observed object.
 * @param seconds Timeout.
 * @returns "held", or the reason why the watch ended before that.
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
