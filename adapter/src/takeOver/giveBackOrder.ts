import { hasStatus } from "../kubernetes/client.ts";
import { type GiveBackDependencies, giveBackAll } from "./giveBack.ts";
import type { OrderStore } from "./order.ts";

/** How long running adapters get to give the APIServices back, in ms. They look every 5 s, and know the CAs of delegates. */
const ADAPTERS_MS = 12_000;
const PERIOD_MS = 1_000;
/** How often a conflict with a running adapter is tried again. */
const TRIES = 10;

/**
 * Deletes the order and gives the APIServices back, by the running adapters or else itself. Does nothing if that is done.
 * Returns sentences that say what was done.
 * @throws ProblemError and KubernetesError
 */
export async function giveBackOrder(
  orders: OrderStore,
  dependencies: GiveBackDependencies,
  wait: (ms: number) => Promise<void>,
): Promise<string[]> {
  await orders.remove();
  for (let waitedMs = 0; waitedMs < ADAPTERS_MS; waitedMs += PERIOD_MS) {
    if ((await orders.read().catch(() => undefined)) === "none") break;
    await wait(PERIOD_MS);
  }
  for (let attempt = 1; ; attempt++) {
    try {
      const done = await giveBackAll(dependencies);
      const order = await orders.read();
      if (order !== "none") await orders.release(order);
      return done;
    } catch (error) {
      if (!hasStatus(error, 409) || attempt === TRIES) throw error;
      await wait(PERIOD_MS);
    }
  }
}
