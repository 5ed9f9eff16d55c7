import { directPlanOf } from "../direct/plan";
import { nearest } from "../nearest";
import { type Problem, problem } from "../problem";
import type { Query } from "../promql/query";
import type { DirectSpec, ScaleTarget } from "./spec";

/**
 * Where readings of a query come from. `prometheus`: its server alone. `direct`: also the proxies of the scaled workload,
 * which show a change of traffic seconds after it happens.
 */
type Reaction = "direct" | "prometheus";

const reactions: readonly Reaction[] = ["direct", "prometheus"];

/** Parses the value of the annotation `key`. Returns a problem for any other text. */
export function parseReaction(key: string, text: string): Reaction | Problem {
  const found = reactions.find((reaction) => reaction === text.trim());
  if (found) return found;
  const near = nearest(text, reactions);
  const hint = near === undefined ? "" : `, did you mean "${near}"?`;
  return problem("ASM_REACTION_INVALID", `${JSON.stringify(text)} in "${key}" is not a reaction${hint}`, { key });
}

/**
 * How the query in the annotation `key` is evaluated from the proxies of the target. Reports a warning, and returns
 * undefined, if they cannot answer it. Prometheus then serves the metric alone. Undefined also without a target.
 */
export function directSpecOf(
  query: Query,
  key: string,
  mode: DirectSpec["mode"],
  { target, report }: { readonly target: ScaleTarget | undefined; readonly report: (problem: Problem) => void },
): DirectSpec | undefined {
  const result = directPlanOf(query);
  if (result.ok) return target && { mode, target, plan: result.plan };
  const message = `only Prometheus serves the query in "${key}", not the proxies: ${result.reason}`;
  report(problem("ASM_DIRECT_QUERY", message, { key }));
  return undefined;
}
