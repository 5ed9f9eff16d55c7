import { type Problem, problemLine } from "@asm-autoscaler/hpa-metrics";
import type { GroupName } from "./apiGroups.ts";
import type { GroupData } from "./order.ts";
import type { Report } from "./reporter.ts";
import { isReverted, reverted, takeOversOf } from "./reverts.ts";
import type { Outcome } from "./taker.ts";

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

/** The part of a state that a look finds. */
export type Said = Omit<TakeOverState, "takeOvers" | "group">;

/** What else a finding depends on. */
export interface FindingContext {
  /** What the order says about the group. */
  readonly data: GroupData;
  /** Whether nobody has registered any API of the order. */
  readonly isOnlyAbsent: boolean;
  /** Unix ms. */
  readonly now: number;
  /** Who removes the adapter's CA from the APIServices of the group. Only the replica that writes it back knows that. */
  readonly contested: readonly Problem[];
}

/** Returns what an outcome says about a group: for the metrics and the status page, and for the order. */
export function findingOf(
  group: GroupName,
  outcome: Exclude<Outcome, "again">,
  { data, isOnlyAbsent, now, contested }: FindingContext,
): { readonly said: Said; readonly report: Report } {
  if ("problem" in outcome) {
    const { problem } = outcome;
    const { message } = problem;
    // Nothing waits for an API that nobody has registered, if the order is about another one too.
    if (outcome.isAbsent && !isOnlyAbsent)
      return {
        said: { state: "absent", message },
        report: { group, state: undefined, message: `${message}.`, isShared: true },
      };
    const isTaken = outcome.isUnknown === true && data.state === "TakenOver";
    return {
      said: { state: isTaken ? "taken-over" : "waiting", message, problem },
      report: { group, state: isTaken ? "TakenOver" : "Waiting", message: problemLine(problem), isShared: false },
    };
  }
  const { message, names, replaced } = outcome;
  const takeOvers = takeOversOf(outcome.takeOvers ?? data);
  const problem = isReverted(takeOvers, now) ? reverted(takeOvers.revertedBy, replaced, names) : undefined;
  const problems = [...contested, ...(problem ? [problem] : [])].map(problemLine);
  return {
    said: { state: "taken-over", message, ...(problem ? { problem } : {}) },
    report: {
      ...{
        group,
        state: "TakenOver",
        message: [`${message}.`, ...problems].join(" "),
        isShared: contested.length === 0,
      },
      ...(outcome.takeOvers ? { takeOvers: outcome.takeOvers } : {}),
    },
  };
}

/** What the reporter has written about a group. */
export function stateIn({ state, message = "" }: GroupData): Pick<TakeOverState, "state" | "message"> {
  const words = message.replace(/\.$/, "");
  if (state === undefined) return { state: "absent", message: words };
  return { state: state === "TakenOver" ? "taken-over" : "waiting", message: words };
}
