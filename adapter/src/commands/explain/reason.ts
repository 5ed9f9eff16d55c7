import type { Facts } from "./facts.ts";

/** Why an HPA does not scale, or scales differently from what its owner expects. */
export interface Reason {
  /** Stable identifier for programs, such as `no-series` or `at-maximum`. For a problem, its code. */
  readonly id: string;
  /** The reason in one sentence. */
  readonly why: string;
  /** The remedy in one sentence. */
  readonly remedy: string;
  /**
   * Whether the reason prevents the HPA from scaling as its metrics request. False means that the HPA works as
   * intended.
   */
  readonly wrong: boolean;
}

/** Finds one reason in the facts. */
export type Find = (facts: Facts) => Reason | undefined;

/** Creates a reason that prevents the HPA from scaling as its metrics request. */
export function wrong(id: string, why: string, remedy: string): Reason {
  return { id, why, remedy, wrong: true };
}
