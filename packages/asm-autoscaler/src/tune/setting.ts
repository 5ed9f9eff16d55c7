import {
  type Anticipate,
  anticipateQuery,
  canonicalQuery,
  FAST_SCRAPES,
  formatMilli,
  PERIOD_SECONDS,
  promDuration,
  type Query,
  record,
  recordsIn,
  type ScheduledReplicas,
  scheduleFloorQuery,
  WANTED_SCRAPES,
  writeAnnotations,
} from "@asm-autoscaler/hpa-metrics";
import { Reaction } from "../autoscaler/args";
import { hpaBehavior } from "../autoscaler/behavior";
import type { ScalingPace } from "../autoscaler/behaviorArgs";
import { workloadQueryName } from "../autoscaler/signals";
import type { BoundHpa } from "../backtest/binding";
import type { Manifest } from "../backtest/manifest";

/** A setting of an HPA that `tune` tries. What is absent stays as it is today. */
export interface Candidate {
  /** Requests per second per pod of the first metric. The targets of the other metrics of requests change by the same share. */
  readonly target: number;
  readonly minReplicas: number;
  readonly reaction?: Reaction;
  readonly scaleUp?: ScalingPace;
  readonly scaleDown?: ScalingPace;
  readonly anticipate?: Anticipate;
  readonly schedule?: readonly ScheduledReplicas[];
}

/** Shortest rate window of the reaction Steady, in seconds: that of the guide. */
const STEADY_SECONDS = 60;
/** A query name must leave room for `anticipates.` in an annotation key. */
const LONGEST_AHEAD_NAME = 51;

/**
 * The HPA with a setting, as `TrafficAutoscaler` would write it. What is simulated is this HPA, so what `tune` prints is what
 * it has tried.
 *
 * @param today The HPA as it is, with its metrics.
 */
export function withCandidate(
  manifest: Manifest,
  today: BoundHpa,
  candidate: Candidate,
  scrapeSeconds: number,
): Manifest {
  const object = structuredClone(manifest.object);
  const metadata = record(object["metadata"]);
  const spec = record(object["spec"]);
  const annotations = { ...record(metadata["annotations"]) };
  const metrics = recordsIn(spec["metrics"]);
  const first = today.metrics[today.first];
  const ratio = candidate.target / (first?.target ?? candidate.target);
  const scaled = today.metrics.filter(({ reads }) => reads.kind === "requests" || reads.kind === "anticipated");
  for (const { name, scaled: metric } of scaled) {
    const found = metrics.map(({ external }) => record(external)).find((external) => nameOf(external) === name);
    if (found && ratio !== 1)
      found["target"] = {
        ...record(found["target"]),
        averageValue: formatMilli(BigInt(Math.round(metric.goal * ratio))),
      };
  }
  if (candidate.reaction !== undefined) react(annotations, today, candidate.reaction, scrapeSeconds);
  const behavior = behaviorOf(spec, today, candidate);
  if (behavior) spec["behavior"] = behavior;
  else delete spec["behavior"];
  const added = addedQueries(annotations, today, candidate);
  object["metadata"] = { ...metadata, annotations: { ...annotations, ...added.annotations } };
  object["spec"] = { ...spec, minReplicas: candidate.minReplicas, metrics: [...metrics, ...added.metrics] };
  return { ...manifest, object };
}

function nameOf(external: Readonly<Record<string, unknown>>): unknown {
  const { name, selector } = record(external["metric"]);
  return record(record(selector)["matchLabels"])["query-name"] ?? name;
}

/** Sets the windows of the rates, and where they are read. */
function react(
  annotations: Record<string, unknown>,
  { metrics }: BoundHpa,
  reaction: Reaction,
  scrapeSeconds: number,
): void {
  const isFast = reaction === Reaction.Fast;
  const seconds = isFast ? FAST_SCRAPES * scrapeSeconds : Math.max(STEADY_SECONDS, WANTED_SCRAPES * scrapeSeconds);
  for (const { reads, queryKey, query } of metrics) {
    if (reads.kind !== "requests" || queryKey === undefined) continue;
    const [prefix, name] = queryKey.split("/");
    annotations[queryKey] = withWindow(String(annotations[queryKey]), query, seconds);
    // Without a query name, the setting is that of the metric.
    const key = name === "query" ? `${prefix}/reaction` : `${prefix}/reaction.${name}`;
    if (reaction === Reaction.Direct) annotations[key] = "direct";
    else delete annotations[key];
  }
}

/** The query of a request rate with another window. Its range is the last thing in brackets, unless a comment follows. */
function withWindow(written: string, query: Query, seconds: number): string {
  const text = written.includes("#") ? canonicalQuery(query) : written;
  const start = text.lastIndexOf("[");
  return `${text.slice(0, start)}[${promDuration(seconds)}]${text.slice(text.indexOf("]", start) + 1)}`;
}

function behaviorOf(
  spec: Readonly<Record<string, unknown>>,
  { hpa }: BoundHpa,
  { reaction, scaleUp, scaleDown }: Candidate,
): Record<string, unknown> | undefined {
  const today = spec["behavior"] === undefined || spec["behavior"] === null ? undefined : record(spec["behavior"]);
  const { maxReplicas } = hpa.bounds;
  const rules = hpaBehavior({
    ...{ reaction, maxReplicas },
    behavior: {
      ...(scaleUp === undefined ? {} : { scaleUp: { pace: scaleUp } }),
      ...(scaleDown === undefined ? {} : { scaleDown: { pace: scaleDown } }),
    },
  });
  const direct = JSON.stringify(hpaBehavior({ reaction: Reaction.Direct, maxReplicas })?.scaleUp);
  const merged = { ...today };
  // The rates of Direct belong to that reaction.
  if (reaction !== undefined && reaction !== Reaction.Direct && JSON.stringify(today?.["scaleUp"]) === direct)
    delete merged["scaleUp"];
  for (const direction of ["scaleUp", "scaleDown"] as const) {
    const own = rules?.[direction];
    const isAsked =
      direction === "scaleDown" ? scaleDown !== undefined : scaleUp !== undefined || today?.["scaleUp"] === undefined;
    if (own === undefined || !isAsked) continue;
    const { tolerance } = record(today?.[direction]);
    merged[direction] = { ...own, ...(tolerance === undefined ? {} : { tolerance }) };
  }
  return Object.keys(merged).length > 0 || today !== undefined ? merged : undefined;
}

/** The queries that a setting adds, and their metrics. */
function addedQueries(
  annotations: Readonly<Record<string, unknown>>,
  today: BoundHpa,
  { target, anticipate, schedule }: Candidate,
) {
  const first = today.metrics[today.first];
  const workload = today.hpa.id.split("/")[1] ?? "";
  const ahead =
    anticipate && first?.queryKey !== undefined
      ? writeAnnotations([
          {
            queryName: workloadQueryName(first.name, "ahead", LONGEST_AHEAD_NAME),
            query: anticipateQuery(String(annotations[first.queryKey]).trim(), anticipate),
            intervalSeconds: PERIOD_SECONDS.Day / 1_440,
            anticipates: first.name,
          },
        ])
      : undefined;
  const floor = schedule
    ? writeAnnotations([
        {
          queryName: workloadQueryName(workload, "schedule-floor"),
          query: scheduleFloorQuery(schedule, today.hpa.bounds.tolerance.up),
        },
      ])
    : undefined;
  const metricsOf = (written: typeof ahead, averageValue: string) =>
    (written?.metrics ?? []).map(({ name, matchLabels }) => ({
      type: "External",
      external: { metric: { name, selector: { matchLabels } }, target: { type: "AverageValue", averageValue } },
    }));
  return {
    annotations: { ...ahead?.annotations, ...floor?.annotations },
    metrics: [...metricsOf(ahead, formatMilli(BigInt(Math.round(target * 1000)))), ...metricsOf(floor, "1")],
  };
}
