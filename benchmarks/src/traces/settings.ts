import { clockQueryOf, type MetricSource, type Setting } from "@asm-autoscaler/asm-autoscaler/backtest";
import {
  type Anticipate,
  behaviorOf,
  DEFAULT_LEAD_SECONDS,
  DEFAULT_PERIODS,
  DEFAULT_TOLERANCE,
  PERIOD_SECONDS,
  parseQuery,
  type ScaledMetric,
  type ScheduledReplicas,
  scheduleFloorQuery,
} from "@asm-autoscaler/hpa-metrics";
import { TARGET } from "./trace.ts";

/** The autoscalers that are compared, in the order of the tables. */
export const AUTOSCALERS = ["steady", "fast", "direct", "day", "week", "directWeek", "schedule"] as const;

export type Autoscaler = (typeof AUTOSCALERS)[number];

/** Times from a pod's creation to its readiness, in seconds. */
export const POD_STARTS = [20, 60, 180] as const;

const SYNC_SECONDS = 15;
const SCRAPE_SECONDS = 15;
/** Windows of the rates of Steady and Direct, and of Fast: three scrapes. */
const STEADY_WINDOW = 60;
const FAST_WINDOW = 45;
/** How often the adapter evaluates a query, and one that anticipates. */
const EVALUATION_SECONDS = 3;
const ANTICIPATE_SECONDS = 60;

export const MIN_REPLICAS = 2;
/** More than any trace needs, so that it does not decide. */
export const MAX_REPLICAS = 100;

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
export function settingOf(
  autoscaler: Autoscaler,
  schedule: readonly ScheduledReplicas[],
  readyAfterSeconds: number,
  phase: number,
): Setting {
  const isDirect = autoscaler === "direct" || autoscaler === "directWeek";
  const reads = [
    requests(autoscaler === "fast" ? FAST_WINDOW : STEADY_WINDOW, isDirect),
    ...added(autoscaler, schedule),
  ];
  return {
    autoscaling: {
      minReplicas: MIN_REPLICAS,
      maxReplicas: MAX_REPLICAS,
      metrics: reads.map(({ metric }) => metric),
      behavior: isDirect ? DIRECT_BEHAVIOR : undefined,
      tolerance: DEFAULT_TOLERANCE,
      downscaleStabilizationSeconds: 300,
    },
    sources: reads.map(({ source }) => source),
    readyAfterSeconds,
    scrapeIntervalSeconds: SCRAPE_SECONDS,
    scrapePhase: phase,
    syncSeconds: SYNC_SECONDS,
    firstSync: SYNC_SECONDS * phase,
  };
}

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

/** The second metric of the HPA. */
function added(autoscaler: Autoscaler, schedule: readonly ScheduledReplicas[]): Read[] {
  if (autoscaler === "day") return [anticipated(PERIOD_SECONDS.Day)];
  if (autoscaler === "week" || autoscaler === "directWeek") return [anticipated(PERIOD_SECONDS.Week)];
  return autoscaler === "schedule" ? [scheduled(schedule)] : [];
}

function requests(windowSeconds: number, isDirect: boolean): Read {
  const source = { kind: "requests", load: 0, countedBy: "pods", evaluationSeconds: EVALUATION_SECONDS } as const;
  return { metric: external(TARGET), source: { ...source, windowSeconds, isDirect } };
}

function anticipated(periodSeconds: number): Read {
  const anticipate: Anticipate = {
    ...{ periodSeconds, leadSeconds: DEFAULT_LEAD_SECONDS, periods: DEFAULT_PERIODS, growth: true },
  };
  const source = { kind: "anticipated", load: 0, evaluationSeconds: ANTICIPATE_SECONDS } as const;
  return { metric: external(TARGET), source: { ...source, windowSeconds: STEADY_WINDOW, anticipate } };
}

function scheduled(schedule: readonly ScheduledReplicas[]): Read {
  const query = parseQuery(scheduleFloorQuery(schedule));
  const valueAt = query.ok ? clockQueryOf(query.query) : undefined;
  if (!valueAt) throw new RangeError("the query of the schedule does not depend on the time alone");
  return { metric: external(1), source: { kind: "clock", evaluationSeconds: EVALUATION_SECONDS, valueAt } };
}

const external = (target: number): ScaledMetric => ({ type: "External", kind: "averageValue", goal: target * 1000 });
