import { type Load, loadOf, trafficThrough } from "@asm-autoscaler/asm-autoscaler/backtest";
import type { ScheduledReplicas } from "@asm-autoscaler/hpa-metrics";

/** Requests per second of a pod's target. All traces have the same one, and are scaled to a number of pods. */
export const TARGET = 10;
/** Requests per second that a ready pod can serve: the target plus a tenth. */
export const CAPACITY = 11;

export const DAY_SECONDS = 86_400;
export const WEEK_SECONDS = 7 * DAY_SECONDS;

/** Recorded or synthetic traffic. */
export interface Trace {
  /** A synthetic trace is named so. */
  readonly name: string;
  /** What is in it, in one sentence. */
  readonly about: string;
  /** Unix time of the first point, in seconds. */
  readonly startsAt: number;
  /** Seconds between two points. */
  readonly stepSeconds: number;
  /** Requests per second, of any scale. */
  readonly points: Float64Array;
  /** Pods that the highest point needs after scaling. */
  readonly peakPods: number;
  /** The schedule that a person would write for this workload, in pods of the scaled trace. */
  readonly schedule: readonly ScheduledReplicas[];
}

/** A trace whose highest point needs exactly `peakPods` pods at their capacity. */
export interface ScaledTrace {
  readonly load: Load;
  /** What the points were multiplied by. */
  readonly factor: number;
}

/** Scales a trace to its number of pods, and reads it as a load. */
export function scaled({ points, peakPods, stepSeconds, startsAt }: Trace): ScaledTrace {
  const most = points.reduce((max, point) => Math.max(max, point), 0);
  if (most === 0) throw new RangeError("the trace has no traffic");
  const factor = (peakPods * CAPACITY) / most;
  const through = [...points].map((point, index) => ({
    second: index * stepSeconds,
    requestsPerSecond: point * factor,
  }));
  return { factor, load: loadOf(trafficThrough(through, startsAt, points.length * stepSeconds)) };
}
