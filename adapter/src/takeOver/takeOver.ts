import { type Problem, problemLine } from "@asm-autoscaler/hpa-metrics";
import { hasStatus } from "../kubernetes/client.ts";
import { pause } from "../kubernetes/pause.ts";
import { ALL_API_SERVICES, GROUPS, type GroupName, groupsOf } from "./apiGroups.ts";
import { giveBackAll, giveBackProblem } from "./giveBack.ts";
import { type GroupData, type Order, orderStore } from "./order.ts";
import { createReporter, type Report } from "./reporter.ts";
import { isReverted, reverted, takeOversOf } from "./reverts.ts";
import { failed, notServed } from "./takeOverProblems.ts";
import { createTaker, type Outcome, type Taker, type TakerOptions } from "./taker.ts";
import { createTeller } from "./tellOnce.ts";

/** The state of an order for one API group, for metrics and the status page. */
export interface TakeOverState {
  readonly group: GroupName;
  /** `unknown`: the order cannot be read. `absent`: nobody has registered this API, but another one of the order. */
  readonly state: "waiting" | "taken-over" | "giving-back" | "unknown" | "absent";
  /** One sentence about the APIServices. */
  readonly message: string;
  /** Why the adapter waits, what threatens the take-over, or why it cannot give the APIServices back. */
  readonly problem?: Problem;
  /** How often the group was taken over since the order was given. */
  readonly takeOvers: number;
}

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
    const groups = groupsIn(order);
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
  const leaveAlone = async (order: Order): Promise<void> => {
    if (clock.monotonic() - leftAt < LEAVE_MS) return;
    leftAt = clock.monotonic();
    const kept = wantedBy(order).flatMap(({ group }) => group.apiServices);
    const others = ALL_API_SERVICES.filter((name) => !kept.includes(name));
    try {
      const done = await giveBackAll({ ...options, apiServices: kept }, others);
      for (const sentence of done) log.info({}, `${sentence}: the order is not about it.`);
    } catch (error) {
      teller.problem(giveBackProblem(error));
    }
  };

  /** An order that is not understood changes nothing. */
  const refuse = async (name: string): Promise<number> => {
    const problem = notServed(name, served);
    const group = GROUPS.find((one) => one === name) ?? GROUPS[0];
    await reporter.write([{ group, state: "Waiting", message: problemLine(problem), isShared: true }]);
    set(group, { state: "waiting", message: problem.message, problem });
    teller.problem(problem);
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
    const found = outcomes.map(({ group, outcome }) => ({
      ...findingOf(group, outcome, isOnlyAbsent),
      outcome,
      group,
    }));
    await reporter.write(found.map(reportOf));
    for (const { group, state, message, problem } of found) {
      const said: Said = { state, message, ...(problem ? { problem } : {}) };
      set(group, said, reporter.latest());
      tell(group, said);
    }
    await leaveAlone(order);
    return LOOK_MS;
  };

  /** The sentence about the group, and the problem that the metrics and the status page show. */
  const findingOf = (group: GroupName, outcome: Exclude<Outcome, "again">, isOnlyAbsent: boolean) => {
    const data = reporter.latest().data.groups[group] ?? {};
    if ("problem" in outcome) {
      const wasTaken = outcome.isUnknown === true && data.state === "TakenOver";
      const { message } = outcome.problem;
      // Nothing waits for an API that nobody has registered, if the order is about another one too.
      if (outcome.isAbsent && !isOnlyAbsent) return { state: "absent" as const, message, problem: undefined };
      const state = wasTaken ? ("taken-over" as const) : ("waiting" as const);
      return { state, message, problem: outcome.problem };
    }
    const takeOvers = takeOversOf(outcome.takeOvers ?? data);
    const isOften = isReverted(takeOvers, clock.wall());
    const problem = isOften ? reverted(takeOvers.revertedBy, outcome.replaced, outcome.names) : undefined;
    return { state: "taken-over" as const, message: outcome.message, problem };
  };

  const reportOf = ({ group, outcome, state, message, problem }: Finding): Report => {
    if (state === "absent") return { group, state: undefined, message: `${message}.`, isShared: true };
    if ("problem" in outcome) {
      const reported = state === "taken-over" ? "TakenOver" : "Waiting";
      return { group, state: reported, message: problemLine(outcome.problem), isShared: false };
    }
    // Only the replica that writes the CA back knows that somebody removes it.
    const contested = options.contestProblems(group);
    const problems = [...contested, ...(problem ? [problem] : [])].map(problemLine);
    return {
      ...{
        group,
        state: "TakenOver",
        message: [`${message}.`, ...problems].join(" "),
        isShared: contested.length === 0,
      },
      ...(outcome.takeOvers ? { takeOvers: outcome.takeOvers } : {}),
    };
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

type Said = Omit<TakeOverState, "takeOvers" | "group">;

/** What was found about one group. */
interface Finding {
  readonly group: GroupName;
  readonly outcome: Exclude<Outcome, "again">;
  readonly state: TakeOverState["state"];
  readonly message: string;
  readonly problem: Problem | undefined;
}

/** What the reporter has written about a group. */
function stateIn({ state, message = "" }: GroupData): Pick<TakeOverState, "state" | "message"> {
  const words = message.replace(/\.$/, "");
  if (state === undefined) return { state: "absent", message: words };
  return { state: state === "TakenOver" ? "taken-over" : "waiting", message: words };
}
