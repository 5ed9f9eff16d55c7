/** One way of scaling that is compared with the others. */
export type Arm = "steady" | "fast" | "reference" | "direct";

/** One measurement: a step in the traffic of many workloads at once. */
export interface Part {
  readonly name: string;
  readonly arms: readonly Arm[];
  /** Requests per second to each workload before and after the step. */
  readonly base: number;
  readonly step: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** The size that counts as full. */
  readonly fullSize: number;
  /** Milliseconds from the step to the end of Prometheus. Undefined: it goes on. */
  readonly outageAfterMs?: number;
  /** Whether the traffic ends after the step, and the time to the first scale-down is measured. */
  readonly hasEnd?: boolean;
  /** Seconds after which a workload that is not at its full size never gets there. */
  readonly limitSeconds: number;
  /** Highest means that are promised, in seconds, or as a ratio to the mean of another arm. */
  readonly bars: readonly Bar[];
}

interface Bar {
  readonly arm: Arm;
  readonly what: "first" | "full";
  readonly seconds?: number;
  readonly ratioTo?: Arm;
  readonly ratio?: number;
}

/**
 * The parts. At the full size each workload has more to do than its pods should carry, and one pod less would be outside
 * of the HPA's tolerance of 10 %, so no workload stays below its full size.
 */
export const PARTS: readonly Part[] = [
  {
    name: "step",
    arms: ["steady", "fast", "reference", "direct"],
    ...{ base: 5, step: 48, minReplicas: 1, maxReplicas: 10, fullSize: 5, hasEnd: true, limitSeconds: 300 },
    bars: [
      { arm: "steady", what: "first", ratioTo: "reference", ratio: 0.75 },
      { arm: "steady", what: "full", ratioTo: "reference", ratio: 0.85 },
      { arm: "direct", what: "first", seconds: 12 },
      { arm: "direct", what: "full", seconds: 20 },
    ],
  },
  {
    name: "large",
    arms: ["steady", "direct"],
    ...{ base: 15, step: 220, minReplicas: 2, maxReplicas: 20, fullSize: 20, limitSeconds: 300 },
    bars: [{ arm: "direct", what: "full", seconds: 35 }],
  },
  {
    name: "outage",
    arms: ["steady", "direct"],
    ...{ base: 5, step: 48, minReplicas: 1, maxReplicas: 10, fullSize: 5, outageAfterMs: 2_000, limitSeconds: 90 },
    bars: [{ arm: "direct", what: "full", seconds: 20 }],
  },
  {
    name: "wake",
    arms: ["steady", "direct"],
    ...{ base: 0, step: 25, minReplicas: 0, maxReplicas: 10, fullSize: 3, limitSeconds: 180 },
    bars: [{ arm: "direct", what: "first", seconds: 15 }],
  },
];

/** The rate windows of the queries, in seconds. That of `direct` counts only where Prometheus serves. */
export function windowsOf(scrapeSeconds: number): Readonly<Record<Arm, number>> {
  return { steady: 60, fast: 3 * scrapeSeconds, reference: 60, direct: 60 };
}
