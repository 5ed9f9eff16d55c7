import { type Problem, ProblemError, problem, problemLine } from "@asm-autoscaler/hpa-metrics";
import { hasStatus, reason } from "../kubernetes/client.ts";
import { type Log, logProblem } from "../kubernetes/log.ts";
import { pause } from "../kubernetes/pause.ts";
import { giveBackApiService, giveBackProblem } from "./giveBack.ts";
import { type Order, type OrderStatus, orderStore } from "./order.ts";
import { createTaker, type Outcome, type TakerOptions } from "./taker.ts";

/** The state of an order, for metrics and the status page. */
export interface TakeOverState {
  readonly state: "waiting" | "taken-over" | "giving-back";
  /** One sentence about the APIService. */
  readonly message: string;
  /** Why the adapter waits, or why it cannot give the APIService back. */
  readonly problem?: Problem;
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
  readonly log: Log;
}

/** Time between two looks, after a conflict, and while the adapter stops, in ms. */
const LOOK_MS = 5_000;
const CONFLICT_MS = 1_000;
const DRAINING_MS = 1_000;

/**
 * Creates what follows the order. Every replica does this: each write names the version of the object that it read, so
 * that replicas do not undo each other's work.
 */
export function createTakeOver(options: TakeOverOptions): TakeOver {
  const { kubernetes, service, log } = options;
  const orders = orderStore(kubernetes, service.namespace);
  const taker = createTaker(options, orders);
  let state: TakeOverState | undefined;
  let told = "";

  /** Logs a problem or a sentence once, until another follows. */
  const tell = (next: TakeOverState) => {
    state = next;
    const line = next.problem ? problemLine(next.problem) : next.message;
    if (line === told) return;
    told = line;
    if (next.problem) logProblem(log, next.problem);
    else log.info({}, `${next.message}.`);
  };

  const giveBack = async (order: Order): Promise<number> => {
    try {
      const message = await giveBackApiService(options);
      tell({ state: "giving-back", message });
      await orders.release(order);
      taker.forget();
    } catch (error) {
      if (hasStatus(error, 409)) return CONFLICT_MS;
      const found = giveBackProblem(error);
      tell({ state: "giving-back", message: found.message, problem: found });
      await orders.write(order, { state: "TakenOver", message: problemLine(found) });
    }
    return CONFLICT_MS;
  };

  const take = async (order: Order): Promise<number> => {
    const outcome = await taker.step(order).catch((error: unknown): Outcome => {
      if (hasStatus(error, 409)) throw error;
      return { problem: failed(error) };
    });
    if (outcome === "again") return CONFLICT_MS;
    const status = statusOf(outcome);
    tell("problem" in outcome ? asWaiting(outcome.problem) : { state: "taken-over", message: outcome.message });
    await orders.write(order, status);
    return LOOK_MS;
  };

  const withoutOrder = async (isKnown: boolean): Promise<number> => {
    // The order may have been deleted while this replica took the APIService over.
    if (isKnown && taker.mayHaveTaken()) log.info({}, `${await giveBackApiService(options)}: its order is gone.`);
    if (isKnown) taker.forget();
    [state, told] = [undefined, ""];
    return LOOK_MS;
  };

  const look = async (isDraining = false): Promise<number> => {
    try {
      const order = await orders.read();
      if (order === "none" || order === "forbidden") return await withoutOrder(order === "none");
      if (order.isDeleted) return await giveBack(order);
      return isDraining ? LOOK_MS : await take(order);
    } catch (error) {
      if (hasStatus(error, 409)) return CONFLICT_MS;
      if (state) tell({ ...state, problem: failed(error) });
      return LOOK_MS;
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

function asWaiting(found: Problem): TakeOverState {
  return { state: "waiting", message: found.message, problem: found };
}

function statusOf(outcome: Exclude<Outcome, "again">): OrderStatus {
  if ("problem" in outcome) return { state: "Waiting", message: problemLine(outcome.problem) };
  return { state: "TakenOver", message: `${outcome.message}.` };
}

function failed(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return problem("ASM_TAKE_OVER_FAILED", `the order to take the APIService over cannot be followed (${reason(error)})`);
}
