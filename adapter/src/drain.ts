import type { ApiServer } from "./api/server.ts";

/** How long endpoints and load balancers have to stop sending requests to this replica, in milliseconds. */
export const DRAIN_NOTICE_MS = 5_000;

/**
 * Shuts down the API without failed reads. The replica becomes not ready, and every answer closes its connection, so
 * that the aggregator's pooled connections move to other replicas. New connections are still accepted. When `noticed`
 * resolves, no client uses this replica any more. The remaining connections then close after their current answer.
 */
export async function drain(
  api: Pick<ApiServer, "drain" | "close">,
  health: { drain(): void },
  noticed: Promise<void>,
): Promise<void> {
  health.drain();
  api.drain();
  await noticed;
  await api.close();
}

/** Resolves at the next SIGTERM or SIGINT. */
export async function signalled(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => resolve());
  });
}
