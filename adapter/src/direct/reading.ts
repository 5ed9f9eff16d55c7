import type { Problem } from "@asm-autoscaler/hpa-metrics";

/** The value of a metric as the proxies of its workload counted it, or the problem. */
export type DirectReading =
  | {
      readonly ok: true;
      readonly value: number;
      readonly noise: number;
      /** Age of the oldest data, in ms. */
      readonly ageMs: number;
      /** Pods that serve, how many of them are scraped (by default all), and how many of these were read. */
      readonly pods: number;
      readonly sampled?: number;
      readonly read: number;
      /**
       * Why the value may be too low: not all callers of the workload are read. Then it may make the workload larger,
       * and not smaller.
       */
      readonly tooLow?: Problem;
    }
  | { readonly ok: false; readonly problem: Problem };
