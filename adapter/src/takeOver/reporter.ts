import type { Clock } from "../clock.ts";
import { withoutSecrets } from "../kubernetes/secrets.ts";
import { hasFinalizer, type Order, type OrderData, type OrderStore } from "./order.ts";

/** What one replica has to say about the order. */
export interface Report {
  readonly state: NonNullable<OrderData["state"]>;
  readonly message: string;
  /** Whether each replica says exactly this. Then any of them writes it, and none becomes the reporter. */
  readonly isShared: boolean;
  readonly takeOvers?: Pick<OrderData, "takeOvers" | "lastTakeOver" | "revertedBy">;
}

/**
 * Chooses the replica that follows the order. All replicas see the order, but reasons to wait differ between them, and the
 * comparison costs the present owner reads. So one, the reporter, works and writes, and the others read what it has written.
 * The order itself has its name, as in the leader election of client-go: a reporter that has not written for a minute is
 * replaced. The write names the version of the order, so that of two replicas only one becomes the reporter.
 */
export interface Reporter {
  /** Takes the order as it was read. Returns whether this replica is the reporter, or may become it. */
  see(order: Order): boolean;
  /** The order as it was read or written last. */
  latest(): Order;
  /** This replica stops: lets another one become the reporter at once. @throws as `write` */
  retire(): Promise<void>;
  /** Makes this replica the reporter, and adds the finalizer, unless that is done. @throws as `write` */
  claim(message: string): Promise<void>;
  /** Writes a report if it says something new. @throws KubernetesError with status 409, and ProblemError ASM_TAKE_OVER_ORDER */
  write(report: Report): Promise<void>;
}

/** How long a reporter may be silent, and how often it writes at least while it has something to do, in ms. */
const SILENT_MS = 60_000;
const RENEW_MS = 15_000;

/** @param replica a name that no other replica has */
export function createReporter(orders: Pick<OrderStore, "write">, replica: string, clock: Clock): Reporter {
  let latest: Order | undefined;
  /** The last news of the reporter, and when this replica learned it: the clocks of two replicas may differ. */
  let news = { text: "", at: 0 };

  const keep = (order: Order) => {
    latest = order;
    const text = `${order.data.reporter} ${order.data.reportedAt}`;
    if (text !== news.text) news = { text, at: clock.monotonic() };
  };
  const present = (): Order => {
    if (!latest) throw new Error("the order must be seen first");
    return latest;
  };

  const write = async ({ state, message, isShared, takeOvers }: Report): Promise<void> => {
    const order = present();
    const { data } = order;
    const { takeOvers: count, lastTakeOver, revertedBy } = takeOvers ?? data;
    const next: OrderData = {
      // It may repeat what the other adapter has answered.
      ...{ state, message: withoutSecrets(message) },
      ...(count === undefined ? {} : { takeOvers: count }),
      ...(lastTakeOver === undefined ? {} : { lastTakeOver }),
      ...(revertedBy === undefined ? {} : { revertedBy }),
      ...(isShared ? {} : { reporter: replica }),
    };
    const { reportedAt: _, ...before } = data;
    const isSame = (Object.keys({ ...before, ...next }) as (keyof OrderData)[]).every((key) => data[key] === next[key]);
    const isFresh = isShared || clock.monotonic() - news.at < RENEW_MS;
    if (isSame && isFresh) return;
    const reportedAt = isShared ? {} : { reportedAt: new Date(clock.wall()).toISOString() };
    keep(await orders.write(order, { ...next, ...reportedAt }));
  };

  return {
    see(order) {
      keep(order);
      const { reporter } = order.data;
      return reporter === undefined || reporter === replica || clock.monotonic() - news.at >= SILENT_MS;
    },
    latest: present,
    async retire() {
      const { reporter, state = "Waiting", message = "" } = present().data;
      if (reporter === replica) await write({ state, message, isShared: true });
    },
    async claim(message) {
      const { data } = present();
      if (data.reporter === replica && data.state === "Waiting" && hasFinalizer(present())) return;
      await write({ state: "Waiting", message, isShared: false });
    },
    write,
  };
}
