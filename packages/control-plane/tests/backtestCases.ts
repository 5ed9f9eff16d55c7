import {
  loadOf,
  type Run,
  type Shape,
  shapedTraffic,
  simulate,
  type Traffic,
} from "@asm-autoscaler/asm-autoscaler/backtest";
import { type BehaviorSpec, behaviorOf, toleranceOf } from "@asm-autoscaler/hpa-metrics";
import type { Size } from "./faults/trace.ts";

/** What a backtest is held against the real HPA controller on: five shapes of traffic, and what they stand in. */

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
  readonly name: Shape;
  readonly high: number;
  readonly behavior?: BehaviorSpec;
}

const by = (pods: number) => ({
  policies: [{ type: "Pods", value: pods, periodSeconds: 15 }],
  stabilizationWindowSeconds: 0,
});

/**
 * Traffic, or a pace, so that no size is skipped between two looks: where several thresholds are crossed at once, which of
 * them is seen depends on the second of each scrape, which nobody knows beforehand.
 */
export const CASES: readonly Case[] = [
  { name: "step", high: 72, behavior: { scaleUp: by(1), scaleDown: by(1) } },
  { name: "ramp", high: 52 },
  { name: "spike", high: 72, behavior: { scaleUp: by(1), scaleDown: by(1) } },
  { name: "saw-tooth", high: 55, behavior: { scaleUp: by(1), scaleDown: by(1) } },
  { name: "diurnal", high: 52 },
];

/** The traffic of a case. */
export function offeredOf({ name, high }: Case): Traffic {
  return { at: shapedTraffic(name, 5, high, SHAPE_SECONDS).at, seconds: SECONDS };
}

/**
 * A case simulated from what is offered alone; of the real run it takes the moments at which the controller looks, from the
 * first change of size to the last: every 15 s and the time that a look itself takes.
 */
export function simulated(one: Case, real: readonly Size[]): Run {
  const { behavior } = one;
  const first = real[1]?.second ?? 0;
  const changing = (real.at(-1)?.second ?? first) - first;
  const syncSeconds = changing / Math.round(changing / SYNC_SECONDS) || SYNC_SECONDS;
  return simulate([loadOf(offeredOf(one))], {
    autoscaling: {
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [{ type: "External", kind: "averageValue", goal: TARGET * 1000 }],
      behavior: behaviorOf(behavior, DOWNSCALE_SECONDS),
      tolerance: toleranceOf(behavior),
      downscaleStabilizationSeconds: DOWNSCALE_SECONDS,
    },
    sources: [
      {
        kind: "requests",
        load: 0,
        windowSeconds: WINDOW_SECONDS,
        countedBy: "pods",
        evaluationSeconds: 3,
        isDirect: false,
      },
    ],
    scrapeIntervalSeconds: SCRAPE_SECONDS,
    readyAfterSeconds: 2,
    syncSeconds,
    firstSync: first % syncSeconds,
  });
}
