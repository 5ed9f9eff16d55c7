import { type Problem, problemLine } from "@asm-autoscaler/hpa-metrics";
import { hasStatus } from "../kubernetes/client.ts";
import { pause } from "../kubernetes/pause.ts";
import { giveBackApiService, giveBackProblem } from "./giveBack.ts";
import { type Order, type OrderData, orderStore } from "./order.ts";
import { createReporter, type Report } from "./reporter.ts";
import { isReverted, reverted, takeOversOf } from "./reverts.ts";
import { failed } from "./takeOverProblems.ts";
import { createTaker, type Outcome, type TakerOptions } from "./taker.ts";
import { createTeller } from "./tellOnce.ts";

/** The state of an order, for metrics and the status page. */
export interface TakeOverState {
  /** `unknown`: the order cannot be read. */
  readonly state: "waiting" | "taken-over" | "giving-back" | "unknown";
  /** One sentence about the APIService. */
  readonly message: string;
  /** Why the adapter waits, what threatens the take-over, or why it cannot give the APIService back. */
  readonly problem?: Problem;
  /** How often the APIService was taken over since the order was given. */
  readonly takeOvers: number;
}

/** Takes the APIService over and gives it back, as the order says. */
export interface TakeOver {
  /** Undefined without an order. */
  state(): TakeOverState | undefined;
  /** Reads the order and does what it says. Returns the time until the next look, in ms. Never rejects. */
  look(isDraining?: boolean): Promise<number>;
  /** Looks until `signal` aborts, and more often after `draining` aborts. */
  run(signal: AbortSignal, draining: AbortSignal): Promise<void>;
}

export interface TakeOverOptions extends TakerOptions {
  /** A name that no other replica has. */
  readonly replica: string;
  /** The problem while another program removes the adapter's CA from the APIService. */
  contestProblem(): Problem | undefined;
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
/** Longest time between two looks while the order cannot be read or written, in ms. It doubles with each failure. */
const LAST_FAILED_MS = 60_000;

/**
 * Creates what follows the order. Every replica does this, and one of them writes what it finds (see Reporter). Each write
 * names the version of the object that it read, so that replicas do not undo each other's work.
 */
export function createTakeOver(options: TakeOverOptions): TakeOver {
  const { kubernetes, service, log, clock } = options;
  const orders = orderStore(kubernetes, service.namespace);
  const reporter = createReporter(orders, options.replica, clock);
  const taker = createTaker(options, orders, reporter);
  const teller = createTeller(log, clock.monotonic);
  let state: TakeOverState | undefined;
  let failedMs = LOOK_MS;
  const startedAt = clock.monotonic();

  const set = (next: Omit<TakeOverState, "takeOvers">, order?: Order) => {
    state = { takeOvers: order ? takeOversOf(order.data).count : (state?.takeOvers ?? 0), ...next };
    if (next.problem) teller.problem(next.problem);
    if (next.message !== next.problem?.message) teller.sentence(next.message);
  };

  const giveBack = async (order: Order): Promise<number> => {
    const mayWrite = reporter.see(order);
    try {
      const message = await giveBackApiService(options);
      set({ state: "giving-back", message }, order);
      await orders.release(order);
      taker.forget();
    } catch (error) {
      if (hasStatus(error, 409)) return CONFLICT_MS;
      const found = giveBackProblem(error);
      set({ state: "giving-back", message: found.message, problem: found }, order);
      if (mayWrite) await reporter.write({ state: "TakenOver", message: problemLine(found), isShared: false });
    }
    return CONFLICT_MS;
  };

  const take = async (order: Order): Promise<number> => {
    taker.sawOrder();
    if (!reporter.see(order)) {
      const { state: reported, message = "" } = order.data;
      const isTaken = reported === "TakenOver";
      // The reporter logs it.
      state = { ...stateOf(isTaken, message.replace(/\.$/, "")), takeOvers: takeOversOf(order.data).count };
      return LOOK_MS;
    }
    const outcome = await taker.step();
    if (outcome === "again") return CONFLICT_MS;
    const { data } = reporter.latest();
    const isTaken = "replaced" in outcome || (outcome.isUnknown === true && data.state === "TakenOver");
    const [message, found] = said(outcome, data);
    await reporter.write(report(outcome, isTaken, message, found));
    set({ ...stateOf(isTaken, message), ...(found ? { problem: found } : {}) }, reporter.latest());
    return LOOK_MS;
  };

  /** The sentence about the APIService, and the problem that the metrics and the status page show. */
  const said = (outcome: Exclude<Outcome, "again">, data: OrderData): [string, Problem | undefined] => {
    if ("problem" in outcome) return [outcome.problem.message, outcome.problem];
    const takeOvers = takeOversOf(outcome.takeOvers ?? data);
    const isOften = isReverted(takeOvers, clock.wall());
    return [outcome.message, isOften ? reverted(takeOvers.revertedBy, outcome.replaced) : undefined];
  };

  const report = (outcome: Exclude<Outcome, "again">, isTaken: boolean, message: string, found?: Problem): Report => {
    if ("problem" in outcome) {
      return { state: isTaken ? "TakenOver" : "Waiting", message: problemLine(outcome.problem), isShared: false };
    }
    // Only the replica that writes the CA back knows that somebody removes it.
    const contested = options.contestProblem();
    const problems = [contested, found].flatMap((one) => (one ? [problemLine(one)] : []));
    return {
      ...{ state: "TakenOver", message: [`${message}.`, ...problems].join(" "), isShared: contested === undefined },
      ...(outcome.takeOvers ? { takeOvers: outcome.takeOvers } : {}),
    };
  };

  const withoutOrder = async (): Promise<number> => {
    // The order may have been deleted while this replica took the APIService over.
    if (taker.mayHaveTaken()) log.info({}, `${await giveBackApiService(options)}: its order is gone.`);
    taker.forget();
    teller.forget();
    state = undefined;
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
      set({ state: state?.state ?? "unknown", message: state?.message ?? found.message, problem: found });
      const waitMs = failedMs;
      failedMs = Math.min(failedMs * 2, LAST_FAILED_MS);
      return waitMs;
    }
  };

  return {
    state: () => state,
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

function stateOf(isTaken: boolean, message: string): { state: "taken-over" | "waiting"; message: string } {
  return { state: isTaken ? "taken-over" : "waiting", message };
}
