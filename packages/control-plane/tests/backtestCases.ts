import {
  loadOf,
  type MetricSource,
  type Run,
  type Shape,
  shapedTraffic,
  simulate,
  type Traffic,
} from "@asm-autoscaler/asm-autoscaler/backtest";
import { type Anticipate, type BehaviorSpec, behaviorOf, toleranceOf } from "@asm-autoscaler/hpa-metrics";
import type { Size } from "./faults/trace.ts";

/** What a backtest is held against the real HPA controller on: five shapes of traffic, an HPA with two
 * metrics and one that anticipates, and what they stand in. */

export const SCRAPE_SECONDS = 5;
export const WINDOW_SECONDS = 30;
export const DOWNSCALE_SECONDS = 30;
export const SYNC_SECONDS = 15;
/** Requests per second for each pod. */
export const TARGET = 10;
const SHAPE_SECONDS = 720;
/** The shape, and what comes after it at its last rate. */
export const SECONDS = SHAPE_SECONDS + 90;

export interface Case {
  readonly name: string;
  readonly shape: Shape;
  readonly high: number;
  readonly behavior?: BehaviorSpec;
  /** The second metric of the HPA, with the same target. */
  readonly second?: Second;
}

/** `other`: the requests of another workload, with traffic of its own. `ahead`: the load of the next minute in the last teeth. */
type Second =
  | { readonly kind: "other"; readonly shape: Shape; readonly high: number }
  | { readonly kind: "ahead"; readonly anticipate: Anticipate };

const by = (pods: number) => ({
  policies: [{ type: "Pods", value: pods, periodSeconds: 15 }],
  stabilizationWindowSeconds: 0,
});

/**
 * Traffic, or a pace, so that no size is skipped between two looks: where several thresholds are crossed at once, which of
 * them is seen depends on the second of each scrape, which nobody knows beforehand.
 */
export const CASES: readonly Case[] = [
  { name: "step", shape: "step", high: 72, behavior: { scaleUp: by(1), scaleDown: by(1) } },
  { name: "ramp", shape: "ramp", high: 52 },
  { name: "spike", shape: "spike", high: 72, behavior: { scaleUp: by(1), scaleDown: by(1) } },
  { name: "saw-tooth", shape: "saw-tooth", high: 55, behavior: { scaleUp: by(1), scaleDown: by(1) } },
  { name: "diurnal", shape: "diurnal", high: 52 },
  {
    ...{ name: "two-metrics", shape: "step", high: 32, behavior: { scaleUp: by(1), scaleDown: by(1) } },
    second: { kind: "other", shape: "ramp", high: 52 },
  },
  {
    ...{ name: "ahead", shape: "saw-tooth", high: 58, behavior: { scaleUp: by(1), scaleDown: by(1) } },
    // Readings dip while new pods have no second sample, and the history of a simulation does not: no threshold is near.
    second: { kind: "ahead", anticipate: { periodSeconds: 180, leadSeconds: 60, periods: 2, growth: false } },
  },
];

/** The traffic of a case. */
export function offeredOf({ shape, high }: Pick<Case, "shape" | "high">): Traffic {
  return { at: shapedTraffic(shape, 5, high, SHAPE_SECONDS).at, seconds: SECONDS };
}

/**
 * A case simulated from what is offered alone; of the real run it takes the moments at which the controller looks, from the
 * first change of size to the last: every 15 s and the time that a look itself takes.
 */
export function simulated(one: Case, real: readonly Size[]): Run {
  const { behavior, second } = one;
  const first = real[1]?.second ?? 0;
  const changing = (real.at(-1)?.second ?? first) - first;
  const syncSeconds = changing / Math.round(changing / SYNC_SECONDS) || SYNC_SECONDS;
  const metric = { type: "External", kind: "averageValue", goal: TARGET * 1000 } as const;
  const requests = { kind: "requests", windowSeconds: WINDOW_SECONDS, evaluationSeconds: 3, isDirect: false } as const;
  const sources: MetricSource[] = [{ ...requests, load: 0, countedBy: "pods" }];
  // The other workload has one pod from the start to the end, as clients have one counter.
  if (second?.kind === "other") sources.push({ ...requests, load: 1, countedBy: "clients" });
  if (second?.kind === "ahead")
    sources.push({ ...requests, kind: "anticipated", load: 0, anticipate: second.anticipate });
  const traffic = [offeredOf(one), ...(second?.kind === "other" ? [offeredOf(second)] : [])];
  return simulate(traffic.map(loadOf), {
    autoscaling: {
      minReplicas: 1,
      maxReplicas: 10,
      metrics: sources.map(() => metric),
      behavior: behaviorOf(behavior, DOWNSCALE_SECONDS),
      tolerance: toleranceOf(behavior),
      downscaleStabilizationSeconds: DOWNSCALE_SECONDS,
    },
    sources,
    scrapeIntervalSeconds: SCRAPE_SECONDS,
    readyAfterSeconds: 2,
    syncSeconds,
    firstSync: first % syncSeconds,
  });
}
