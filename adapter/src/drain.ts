import type { ApiServer } from "./api/server.ts";

/** How long endpoints and load balancers may take to learn that this replica goes, ms. */
export const DRAIN_NOTICE_MS = 5_000;

/**
 * Ends the API without a failed read: from now on not ready and each answer closes its connection, so that the
 * aggregator's pooled ones go elsewhere, while new ones are still taken; when `noticed` resolves nobody is sent here any
 * more, and what is left is closed with its current answer.
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
