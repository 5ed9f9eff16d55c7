import type { Simulated } from "./autoscaler";
import { amount } from "./format";

/** The load above which a pod is overloaded. It is the same for all HPAs of a comparison. */
export interface OverloadLimit {
  readonly requestsPerSecond: number;
  /** Where it is from: `the current target of 10 plus its tolerance of 10 %`. */
  readonly source: string;
}

/**
 * The limit by which all HPAs of a comparison are judged. If each were judged by its own target, a lower target, which
 * runs more pods, would look worse than a higher one.
 *
 * @param given Limit of the command line, in requests per second.
 * @param baseline The current HPA, or the only one.
 */
export function overloadLimit(given: number | undefined, baseline: Simulated, isOnly: boolean): OverloadLimit {
  if (given !== undefined) return { requestsPerSecond: given, source: "set by --overload" };
  const tolerance = baseline.autoscaling.tolerance.up;
  return {
    // Without the error of floating point: a pod at exactly 11 of 10 plus 10 % is not overloaded.
    requestsPerSecond: Number((baseline.target * (1 + tolerance)).toPrecision(12)),
    source: `the ${isOnly ? "" : "current "}target of ${amount(baseline.target)} plus its tolerance of ${amount(tolerance * 100)} %`,
  };
}
