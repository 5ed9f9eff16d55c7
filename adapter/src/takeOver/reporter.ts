import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../clock.ts";
import { withoutSecrets } from "../kubernetes/secrets.ts";
import type { GroupName } from "./apiGroups.ts";
import { type GroupData, hasFinalizer, type Order, type OrderData, type OrderStore } from "./order.ts";

/** What one replica has to say about one API group of the order. */
export interface Report {
  readonly group: GroupName;
  /** Undefined if nobody has registered this API, and the order is about another one too. */
  readonly state: GroupData["state"];
  readonly message: string;
  /** Whether each replica says exactly this. If that is true of all groups, any of them writes it, and none becomes the reporter. */
  readonly isShared: boolean;
  readonly takeOvers?: Pick<GroupData, "takeOvers" | "lastTakeOver" | "revertedBy">;
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
  /**
   * Makes this replica the reporter, and adds the finalizer, unless that is done. The group waits with this message,
   * unless it waits already. @throws as `write`
   */
  claim(group: GroupName, message: string): Promise<void>;
  /** Writes what all groups report if it says something new. The other groups are forgotten. @throws KubernetesError with status 409, and ProblemError ASM_TAKE_OVER_ORDER */
  write(reports: readonly Report[]): Promise<void>;
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

  const put = async (groups: OrderData["groups"], isShared: boolean): Promise<void> => {
    const order = present();
    const { reportedAt: _, ...before } = order.data;
    const next: OrderData = { groups, ...(isShared ? {} : { reporter: replica }) };
    const isFresh = isShared || clock.monotonic() - news.at < RENEW_MS;
    if (isFresh && hasFinalizer(order) && isDeepStrictEqual(before, next)) return;
    const reportedAt = isShared ? {} : { reportedAt: new Date(clock.wall()).toISOString() };
    keep(await orders.write(order, { ...next, ...reportedAt }));
  };

  const dataOf = ({ group, state, message, takeOvers }: Report): GroupData => {
    const { takeOvers: count, lastTakeOver, revertedBy } = takeOvers ?? present().data.groups[group] ?? {};
    return {
      ...(state === undefined ? {} : { state }),
      // It may repeat what the other adapter has answered.
      message: withoutSecrets(message),
      ...(count === undefined ? {} : { takeOvers: count }),
      ...(lastTakeOver === undefined ? {} : { lastTakeOver }),
      ...(revertedBy === undefined ? {} : { revertedBy }),
    };
  };

  return {
    see(order) {
      keep(order);
      const { reporter } = order.data;
      return reporter === undefined || reporter === replica || clock.monotonic() - news.at >= SILENT_MS;
    },
    latest: present,
    async retire() {
      const { reporter, groups } = present().data;
      if (reporter === replica) await put(groups, true);
    },
    async claim(group, message) {
      const { groups } = present().data;
      const waits = groups[group]?.state === "Waiting" && hasFinalizer(present());
      const claimed = waits ? groups[group] : dataOf({ group, state: "Waiting", message, isShared: false });
      await put({ ...groups, [group]: claimed }, false);
    },
    async write(reports) {
      const groups = Object.fromEntries(reports.map((report) => [report.group, dataOf(report)]));
      await put(
        groups,
        reports.every(({ isShared }) => isShared),
      );
    },
  };
}
