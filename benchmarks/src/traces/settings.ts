import { clockQueryOf, type MetricSource, type Setting } from "@asm-autoscaler/asm-autoscaler/backtest";
import {
  type Anticipate,
  type Behavior,
  behaviorOf,
  DEFAULT_LEAD_SECONDS,
  DEFAULT_PERIODS,
  DEFAULT_TOLERANCE,
  FAST_SCRAPES,
  PERIOD_SECONDS,
  parseQuery,
  type ScaledMetric,
  type ScheduledReplicas,
  scheduleFloorQuery,
} from "@asm-autoscaler/hpa-metrics";
import { TARGET } from "./trace.ts";

/** What is set on an autoscaler. */
export interface Choice {
  /** Requests per second per pod. */
  readonly target: number;
  readonly minReplicas: number;
  readonly reaction: "Steady" | "Fast" | "Direct";
  readonly behavior?: Behavior | undefined;
  readonly anticipate?: Anticipate | undefined;
  readonly schedule?: readonly ScheduledReplicas[] | undefined;
}

const SYNC_SECONDS = 15;
const SCRAPE_SECONDS = 15;
/** Window of the rates of Steady and Direct. */
const STEADY_WINDOW = 60;
/** How often the adapter evaluates a query, and one that anticipates. */
const EVALUATION_SECONDS = 3;
const ANTICIPATE_SECONDS = 60;

export const MIN_REPLICAS = 2;
/** More than any trace needs, so that it does not decide. */
export const MAX_REPLICAS = 100;

/** As `Reaction.Direct` sets it: any size within two syncs. */
const DIRECT_BEHAVIOR = behaviorOf({
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [
      { type: "Pods", value: MAX_REPLICAS / 2, periodSeconds: 10 },
      { type: "Percent", value: 900, periodSeconds: 10 },
    ],
  },
});

const STEADY: Choice = { target: TARGET, minReplicas: MIN_REPLICAS, reaction: "Steady" };
const DIRECT: Choice = { ...STEADY, reaction: "Direct", behavior: DIRECT_BEHAVIOR };
const DAY = usually(PERIOD_SECONDS.Day);
const WEEK = usually(PERIOD_SECONDS.Week);

/** The autoscalers that are compared, in the order of the tables. */
export const AUTOSCALERS = {
  steady: () => STEADY,
  fast: () => ({ ...STEADY, reaction: "Fast" }),
  direct: () => DIRECT,
  day: () => ({ ...STEADY, anticipate: DAY }),
  week: () => ({ ...STEADY, anticipate: WEEK }),
  directWeek: () => ({ ...DIRECT, anticipate: WEEK }),
  schedule: (schedule) => ({ ...STEADY, schedule }),
} as const satisfies Readonly<Record<string, (schedule: readonly ScheduledReplicas[]) => Choice>>;

export type Autoscaler = keyof typeof AUTOSCALERS;

/** Steady with another target. */
export function withTarget(target: number): Choice {
  return { ...STEADY, target };
}

function usually(periodSeconds: number): Anticipate {
  return { periodSeconds, leadSeconds: DEFAULT_LEAD_SECONDS, periods: DEFAULT_PERIODS, growth: true };
}

/** A metric of the HPA, and where the replay reads it. */
interface Read {
  readonly metric: ScaledMetric;
  readonly source: MetricSource;
}

/**
 * An autoscaler as `TrafficAutoscaler` makes it, and the cluster around it.
 *
 * @param phase Where in their periods scrapes and syncs are, from 0 to 1.
 */
export function settingOf(choice: Choice, readyAfterSeconds: number, phase: number): Setting {
  const { minReplicas, behavior, anticipate, schedule } = choice;
  const reads = [
    requests(choice),
    ...(anticipate ? [anticipated(choice, anticipate)] : []),
    ...(schedule ? [scheduled(schedule)] : []),
  ];
  return {
    autoscaling: {
      ...{ minReplicas, maxReplicas: MAX_REPLICAS, behavior },
      metrics: reads.map(({ metric }) => metric),
      tolerance: DEFAULT_TOLERANCE,
      downscaleStabilizationSeconds: 300,
    },
    sources: reads.map(({ source }) => source),
    ...{ readyAfterSeconds, scrapeIntervalSeconds: SCRAPE_SECONDS, scrapePhase: phase },
    ...{ syncSeconds: SYNC_SECONDS, firstSync: SYNC_SECONDS * phase },
  };
}

const windowOf = ({ reaction }: Choice) => (reaction === "Fast" ? FAST_SCRAPES * SCRAPE_SECONDS : STEADY_WINDOW);

function requests(choice: Choice): Read {
  const source = { kind: "requests", load: 0, countedBy: "pods", evaluationSeconds: EVALUATION_SECONDS } as const;
  const read = { windowSeconds: windowOf(choice), isDirect: choice.reaction === "Direct" };
  return { metric: external(choice.target), source: { ...source, ...read } };
}

function anticipated(choice: Choice, anticipate: Anticipate): Read {
  const source = { kind: "anticipated", load: 0, evaluationSeconds: ANTICIPATE_SECONDS } as const;
  return { metric: external(choice.target), source: { ...source, windowSeconds: windowOf(choice), anticipate } };
}

function scheduled(schedule: readonly ScheduledReplicas[]): Read {
  const query = parseQuery(scheduleFloorQuery(schedule));
  const valueAt = query.ok ? clockQueryOf(query.query) : undefined;
  if (!valueAt) throw new RangeError("the query of the schedule does not depend on the time alone");
  return { metric: external(1), source: { kind: "clock", evaluationSeconds: EVALUATION_SECONDS, valueAt } };
}

const external = (target: number): ScaledMetric => ({
  ...{ type: "External", kind: "averageValue" },
  goal: Math.round(target * 1000),
});
