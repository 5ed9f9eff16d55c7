import { type Anticipate, DEFAULT_PERIODS } from "@asm-autoscaler/hpa-metrics";
import { Reaction } from "../autoscaler/args";
import type { ClusterArgs } from "../backtest/args";
import type { BoundHpa } from "../backtest/binding";
import type { Load } from "../backtest/load";
import type { Judged } from "../backtest/simulate";
import type { SearchSpace } from "./search";
import type { Candidate } from "./setting";

/** What `tune` may not change, by the names of `--without`. */
export const FIXED = ["fast", "direct", "behavior", "minReplicas", "anticipate", "schedule"] as const;

export type Fixed = (typeof FIXED)[number];

/** Lowest target, as a share of the capacity. */
const LEAST_TARGET_SHARE = 0.3;
const TARGET_STEPS = 30;
/** Fewer pods than this are only proposed if there are fewer today: one pod alone is no availability. */
const LEAST_PODS = 2;
const LEAST_LEAD_SECONDS = 600;
const MOST_LEAD_SECONDS = 3_600;

/** A lead that is longer than what a pod needs to count. */
export function anticipateFor(periodSeconds: number, { readyAfterSeconds, syncSeconds }: ClusterArgs): Anticipate {
  const needed = Math.ceil((1.5 * readyAfterSeconds + 4 * syncSeconds + 60) / 60) * 60;
  const leadSeconds = Math.min(MOST_LEAD_SECONDS, Math.max(LEAST_LEAD_SECONDS, needed));
  return { periodSeconds, leadSeconds, periods: DEFAULT_PERIODS, growth: true };
}

/** What the space depends on. */
interface SpaceFacts {
  readonly capacity: number;
  readonly load: Load;
  readonly training: Judged;
  readonly aheads: SearchSpace["aheads"];
  readonly today: Candidate;
}

/** The settings that are tried for an HPA. */
export function spaceOf(
  { hpa }: BoundHpa,
  without: readonly Fixed[],
  { capacity, load, training, aheads, today }: SpaceFacts,
): SearchSpace {
  const step = niceStep(capacity / TARGET_STEPS);
  const targets = Array.from({ length: Math.floor(capacity / step + 1e-9) }, (_, index) =>
    Number(((index + 1) * step).toPrecision(6)),
  );
  const allowed = targets.filter((target) => target >= capacity * LEAST_TARGET_SHARE);
  const { minReplicas, maxReplicas } = hpa.bounds;
  const rates = load.perSecond.slice(training.from, training.to).sort();
  const needAt = (share: number) => Math.ceil((rates[Math.floor(share * (rates.length - 1))] ?? 0) / today.target);
  const sizes = [minReplicas, 1, 2, 3, 5, needAt(0.05), needAt(0.5)].filter(
    (size) => size <= maxReplicas && size >= Math.min(minReplicas, LEAST_PODS),
  );
  return {
    targets: [...new Set([...allowed, ...(today.target <= capacity ? [today.target] : [])])].sort(
      (one, other) => one - other,
    ),
    reactions: [
      ...[undefined, Reaction.Steady],
      ...(without.includes("fast") ? [] : [Reaction.Fast]),
      ...(without.includes("direct") ? [] : [Reaction.Direct]),
    ],
    aheads,
    paces: without.includes("behavior")
      ? [{}]
      : [{}, { scaleUp: "Fast" }, { scaleDown: "Fast" }, { scaleUp: "Fast", scaleDown: "Fast" }, { scaleDown: "Slow" }],
    minReplicas: without.includes("minReplicas") ? [minReplicas] : [...new Set(sizes)],
  };
}

/** The largest of 1, 2 and 5 times a power of ten that is at most `most`. */
function niceStep(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most) + 1e-9);
  return ([5, 2, 1].find((factor) => factor * power <= most * (1 + 1e-9)) ?? 1) * power;
}
