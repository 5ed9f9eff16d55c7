import { canonicalQuery, type ScaledMetric } from "@asm-autoscaler/hpa-metrics";
import { restrictionsOf, type Simulated, type SimulatedMetric } from "./autoscaler";
import { BacktestError } from "./backtestError";
import type { MetricSource } from "./sources";
import type { Recording } from "./traffic";

/** An HPA whose metrics have their traffic. */
export interface BoundHpa {
  readonly hpa: Simulated;
  /** The metrics that are simulated, with their sources. The load of a source is the index of its recording. */
  readonly metrics: readonly (SimulatedMetric & { readonly source: MetricSource })[];
  readonly scaled: readonly ScaledMetric[];
  /** Index in `metrics` of the first metric of requests. */
  readonly first: number;
  /** What does not count, in words. */
  readonly ignored: readonly string[];
}

/**
 * Gives each metric its traffic: the recording with its name; for requests also the one of a metric that counts the same
 * requests, and for the first metric of requests the one that belongs to no other metric. A metric without traffic is not
 * simulated, and is listed in `ignored`.
 *
 * @param isOwn Whether the recordings are the results of the metrics' own queries.
 * @throws BacktestError if no metric of requests has traffic.
 */
export function bind(hpa: Simulated, recordings: readonly Recording[], isOwn: boolean): BoundHpa {
  const named = (name: string) => recordings.findIndex((recording) => recording.name === name);
  const isFree = ({ name }: Recording) => !hpa.metrics.some((metric) => metric.name === name);
  const free = recordings.findIndex(isFree);
  const loads = new Map<string, number>();
  let rest = named(hpa.metrics.find(({ reads }) => reads.kind === "requests")?.name ?? "") < 0 ? free : -1;
  const usual = rest;
  const loadOf = ({ name, reads }: SimulatedMetric): number | undefined => {
    const own = named(name);
    if (reads.kind === "clock" || reads.kind === "anticipated") return undefined;
    if (reads.kind === "recorded") return own < 0 ? undefined : own;
    const load = own >= 0 ? own : (loads.get(reads.counts) ?? rest);
    if (load < 0) return undefined;
    if (load === rest) rest = -1;
    loads.set(reads.counts, load);
    return load;
  };
  const own = hpa.metrics.map((metric) => ({ metric, load: loadOf(metric) }));
  const sources = own.map(({ metric, load }) => ({ metric, source: sourceOf(metric, load ?? loadBelow(metric, own)) }));
  const metrics = sources.flatMap(({ metric, source }) => (source ? [{ ...metric, source }] : []));
  const first = metrics.findIndex(({ source }) => source.kind === "requests");
  if (first < 0)
    throw new BacktestError(
      "ASM_BACKTEST_METRIC",
      `there is no traffic for a metric of requests of the HPA ${hpa.id}`,
      `Name a column or a query ${hpa.metrics.find(({ reads }) => reads.kind === "requests")?.name}`,
    );
  const without = sources.filter(({ source }) => !source).map(({ metric }) => metric.name);
  const unused = recordings.filter((recording, index) => isFree(recording) && index !== usual);
  const parts = isOwn
    ? []
    : metrics.flatMap(({ source, query }) => (source.kind === "requests" ? restrictionsOf(query) : []));
  return {
    hpa,
    metrics,
    scaled: metrics.map(({ scaled }) => scaled),
    first,
    ignored: [
      ...hpa.ignored,
      ...without.map(
        (name) =>
          `the metric ${name} may ask for more pods and is not simulated, because there is no traffic named ${name}`,
      ),
      ...unused.map(
        ({ name }) => `the traffic ${name ?? "without a name"} belongs to no metric of the HPA and is not used`,
      ),
      ...[...new Set(parts)].map(
        (part) => `its query counts only requests with ${part}, so the traffic must count only these too`,
      ),
    ],
  };
}

/** The load of the metric that another one anticipates. */
function loadBelow(
  { reads }: SimulatedMetric,
  all: readonly { readonly metric: SimulatedMetric; readonly load: number | undefined }[],
): number | undefined {
  if (reads.kind !== "anticipated") return undefined;
  const { base, counts } = reads;
  return all.find(({ metric: { reads: own, query }, load }) => {
    if (load === undefined) return false;
    return own.kind === "requests" ? own.counts === counts : canonicalQuery(query) === base;
  })?.load;
}

function sourceOf({ reads, evaluationSeconds }: SimulatedMetric, load: number | undefined): MetricSource | undefined {
  if (reads.kind === "clock") return { ...reads, evaluationSeconds };
  if (load === undefined) return undefined;
  if (reads.kind === "anticipated") {
    const { anticipate, windowSeconds } = reads;
    return { kind: "anticipated", load, anticipate, windowSeconds, evaluationSeconds };
  }
  return reads.kind === "requests"
    ? { ...reads, load, evaluationSeconds }
    : { kind: "recorded", load, evaluationSeconds };
}
