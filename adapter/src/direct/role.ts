import type { Counters } from "./counters.ts";
import type { ReadProxy } from "./proxyWindow.ts";
import { FRESH_MS } from "./timing.ts";

/** What the API server says about a pod, as far as it decides whether its traffic is part of the total. */
export interface PodPhase {
  readonly isReady: boolean;
  /** When the pod began to terminate or was deleted, in ms of the monotonic clock. */
  readonly leftAt: number | undefined;
}

/**
 * The role of a pod's proxy in an estimate. A pod that is not ready and has no traffic yet is not missing when it
 * cannot be read. A pod that terminates is no longer missing, because it gets no new requests. But if it could already
 * not be read before, what it counted in the window is unknown, and it is missing until the window is over.
 *
 * @param windowMs length of the query's window
 */
export function roleOf(
  { isReady, leftAt }: PodPhase,
  counters: Counters,
  now: number,
  windowMs: number,
): ReadProxy["role"] {
  if (leftAt === undefined) return isReady || counters.hasTraffic ? "serving" : "waiting";
  if (now - leftAt > windowMs + FRESH_MS || !(isReady || counters.hasTraffic)) return "leaving";
  const wasRead = counters.readAt >= leftAt - FRESH_MS;
  return wasRead ? "leaving" : "serving";
}
