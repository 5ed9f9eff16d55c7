import { type Problem, problemLine } from "@asm-autoscaler/hpa-metrics";
import { hasStatus } from "../kubernetes/client.ts";
import { pause } from "../kubernetes/pause.ts";
import { ALL_API_SERVICES, GROUPS, type GroupName, groupsOf } from "./apiGroups.ts";
import { findingOf, type Said, stateIn, type TakeOverState } from "./finding.ts";
import { giveBackAll, giveBackProblem } from "./giveBack.ts";
import { type Order, orderStore } from "./order.ts";
import { createReporter, type Report } from "./reporter.ts";
import { takeOversOf } from "./reverts.ts";
import { failed, notServed } from "./takeOverProblems.ts";
import { createTaker, type Outcome, type Taker, type TakerOptions } from "./taker.ts";
import { createTeller } from "./tellOnce.ts";

/** Takes the APIServices over and gives them back, as the order says. */
export interface TakeOver {
  /** The groups of the order. Empty without an order. */
  state(): readonly TakeOverState[];
  /** Reads the order and does what it says. Returns the time until the next look, in ms. Never rejects. */
  look(isDraining?: boolean): Promise<number>;
  /** Looks until `signal` aborts, and more often after `draining` aborts. */
  run(signal: AbortSignal, draining: AbortSignal): Promise<void>;
}

export interface TakeOverOptions extends TakerOptions {
  /** A name that no other replica has. */
  readonly replica: string;
  /** The problems of this group while another program removes the adapter's CA from its APIServices. */
  contestProblems(group: GroupName): readonly Problem[];
}

/** Time between two looks, after a conflict, and while the adapter stops, in ms. */
const LOOK_MS = 5_000;
const CONFLICT_MS = 1_000;
const DRAINING_MS = 1_000;
/**
 * Time between two looks while there is no order, in ms. Most installations never have one. A watch of this one name would
 * find an order at once, but needs one more right, and client-node ends a watch without events after 30 s: it would cost as
 * many requests as these looks.
 */
const NO_ORDER_MS = 30_000;
/** How long an adapter that has started looks as often as with an order, in ms: Pulumi creates the order right after it. */
const START_MS = 120_000;
/** Time between two looks at the APIServices that the order is not about, in ms. */
const LEAVE_MS = 60_000;
/** Longest time between two looks while the order cannot be read or written, in ms. It doubles with each failure. */
const LAST_FAILED_MS = 60_000;

/**
 * Creates what follows the order. Every replica does this, and one of them writes what it finds (see Reporter). Each write
 * names the version of the object that it read, so that replicas do not undo each other's work. The groups of the order
 * do not wait for each other.
 */
export function createTakeOver(options: TakeOverOptions): TakeOver {
  const { kubernetes, service, log, clock } = options;
  const orders = orderStore(kubernetes, service.namespace);
  const reporter = createReporter(orders, options.replica, clock);
  const served = groupsOf(options.apiServices);
  const takers = served.map((group) => createTaker(group, options, orders, reporter));
  const teller = createTeller(log, clock.monotonic);
  const states = new Map<GroupName, TakeOverState>();
  /** When the APIServices that the order is not about were given back last. */
  let leftAt = Number.NEGATIVE_INFINITY;
  let failedMs = LOOK_MS;
  const startedAt = clock.monotonic();

  const wantedBy = ({ groups }: Order): Taker[] =>
    takers.filter(({ group }) => groups === undefined || groups.includes(group.group));
  const groupsIn = (order: Order): GroupName[] => wantedBy(order).map(({ group }) => group.group);

  const set = (group: GroupName, next: Said, order?: Order) => {
    const data = order?.data.groups[group];
    const takeOvers = order ? takeOversOf(data ?? {}).count : (states.get(group)?.takeOvers ?? 0);
    states.set(group, { group, takeOvers, ...next });
  };
  const tell = (group: GroupName, { message, problem }: Said) => {
    if (problem) teller.problem(problem, group);
    if (message !== problem?.message) teller.sentence(message, group);
  };
  const forget = () => {
    for (const taker of takers) taker.forget();
    leftAt = Number.NEGATIVE_INFINITY;
  };

  const giveBack = async (order: Order): Promise<number> => {
    const mayWrite = reporter.see(order);
    const wanted = groupsIn(order);
    const groups = wanted.length > 0 ? wanted : served.map(({ group }) => group);
    try {
      const done = await giveBackAll(options);
      for (const group of groups) {
        const message = done.filter((sentence) => sentence.includes(group)).join(". ");
        set(group, { state: "giving-back", message }, order);
        tell(group, { state: "giving-back", message });
      }
      await orders.release(order);
      forget();
    } catch (error) {
      if (hasStatus(error, 409)) return CONFLICT_MS;
      const found = giveBackProblem(error);
      for (const group of groups) set(group, { state: "giving-back", message: found.message, problem: found }, order);
      teller.problem(found);
      const message = problemLine(found);
      const reports = groups.map((group): Report => ({ group, state: "TakenOver", message, isShared: false }));
      if (mayWrite) await reporter.write(reports);
    }
    return CONFLICT_MS;
  };

  /**
   * What the order is not about goes back, such as a group that the adapter served with other flags. Again each minute: during
   * a rollout, a pod with the former flags may have taken it once more.
   */
  const leaveAlone = async (kept: readonly string[], everyMs = LEAVE_MS): Promise<void> => {
    if (clock.monotonic() - leftAt < everyMs) return;
    leftAt = clock.monotonic();
    const others = ALL_API_SERVICES.filter((name) => !kept.includes(name));
    try {
      const done = await giveBackAll({ ...options, apiServices: kept }, others);
      for (const sentence of done) log.info({}, `${sentence}: the order is not about it.`);
    } catch (error) {
      teller.problem(giveBackProblem(error));
    }
  };

  /** Nothing is taken over on an order that is not understood. What this adapter cannot serve goes back at once. */
  const refuse = async (name: string): Promise<number> => {
    const problem = notServed(name, served);
    const group = GROUPS.find((one) => one === name) ?? GROUPS[0];
    await reporter.write([{ group, state: "Waiting", message: problemLine(problem), isShared: true }]);
    set(group, { state: "waiting", message: problem.message, problem });
    teller.problem(problem);
    await leaveAlone(options.apiServices, 0);
    return LOOK_MS;
  };

  const take = async (order: Order): Promise<number> => {
    for (const taker of takers) taker.sawOrder();
    const wanted = wantedBy(order);
    for (const group of states.keys()) if (!groupsIn(order).includes(group)) states.delete(group);
    if (!reporter.see(order)) {
      // The reporter logs it.
      for (const group of groupsIn(order)) {
        const data = order.data.groups[group];
        if (data) states.set(group, { group, ...stateIn(data), takeOvers: takeOversOf(data).count });
      }
      return LOOK_MS;
    }
    const unserved = order.groups?.find((name) => !served.some(({ group }) => group === name));
    if (unserved !== undefined) return refuse(unserved);
    const outcomes: { group: GroupName; outcome: Exclude<Outcome, "again"> }[] = [];
    for (const taker of wanted) {
      const outcome = await taker.step();
      if (outcome !== "again") outcomes.push({ group: taker.group.group, outcome });
    }
    if (outcomes.length < wanted.length) return CONFLICT_MS;
    const isOnlyAbsent = outcomes.every(({ outcome }) => "problem" in outcome && outcome.isAbsent);
    const findings = outcomes.map(({ group, outcome }) => {
      const data = reporter.latest().data.groups[group] ?? {};
      const context = { data, isOnlyAbsent, now: clock.wall(), contested: options.contestProblems(group) };
      return findingOf(group, outcome, context);
    });
    await reporter.write(findings.map(({ report }) => report));
    for (const { said, report } of findings) {
      set(report.group, said, reporter.latest());
      tell(report.group, said);
    }
    await leaveAlone(wanted.flatMap(({ group }) => group.apiServices));
    return LOOK_MS;
  };

  const withoutOrder = async (): Promise<number> => {
    // The order may have been deleted while this replica took an APIService over.
    if (takers.some((taker) => taker.mayHaveTaken()))
      for (const sentence of await giveBackAll(options)) log.info({}, `${sentence}: its order is gone.`);
    forget();
    teller.forget();
    states.clear();
    return clock.monotonic() - startedAt < START_MS ? LOOK_MS : NO_ORDER_MS;
  };

  const follow = async (isDraining: boolean): Promise<number> => {
    const order = await orders.read();
    if (order === "none") return withoutOrder();
    if (order.isDeleted) return giveBack(order);
    if (!isDraining) return take(order);
    reporter.see(order);
    await reporter.retire();
    return LOOK_MS;
  };

  const look = async (isDraining = false): Promise<number> => {
    try {
      const waitMs = await follow(isDraining);
      failedMs = LOOK_MS;
      return waitMs;
    } catch (error) {
      if (hasStatus(error, 409)) return CONFLICT_MS;
      const found = failed(error);
      teller.problem(found);
      const first: TakeOverState = { group: GROUPS[0], state: "unknown", message: found.message, takeOvers: 0 };
      for (const before of states.size > 0 ? [...states.values()] : [first])
        states.set(before.group, { ...before, problem: found });
      const waitMs = failedMs;
      failedMs = Math.min(failedMs * 2, LAST_FAILED_MS);
      return waitMs;
    }
  };

  return {
    state: () => [...states.values()],
    look,
    async run(signal, draining) {
      const either = AbortSignal.any([signal, draining]);
      while (!signal.aborted) {
        const waitMs = await look(draining.aborted);
        await (draining.aborted ? pause(Math.min(waitMs, DRAINING_MS), signal) : pause(waitMs, either));
      }
    },
  };
}
