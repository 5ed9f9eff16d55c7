import type { MetricStatus } from "../src/status/statusJson.ts";

/** A change of the number of pods, as the history of a metric has it. */
export interface Change {
  /** Unix ms: the first point with the new number. A history has one point every 15 s. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/** The changes of the number of pods, oldest first. A number after a gap is no change: nobody saw when it came. */
export function changesOf(history: MetricStatus["history"]): Change[] {
  if (!history) return [];
  const { endsAt, stepMs, replicas } = history;
  return replicas.flatMap((to, index) => {
    const from = replicas[index - 1];
    const isChange = to !== null && from !== null && from !== undefined && from !== to;
    return isChange ? [{ at: endsAt - (replicas.length - 1 - index) * stepMs, from, to }] : [];
  });
}

/** The time of the first point with a reading or a number of pods in Unix ms; undefined where there is none. */
function startOf(history: MetricStatus["history"]): number | undefined {
  if (!history) return undefined;
  const { endsAt, stepMs, readings, replicas } = history;
  const first = readings.findIndex((reading, index) => reading !== null || (replicas[index] ?? null) !== null);
  return first < 0 ? undefined : endsAt - (readings.length - 1 - first) * stepMs;
}

/** The span of the plots of several metrics in Unix ms, so that they share one axis: from the first point of all. */
export function spanOf(metrics: readonly (MetricStatus | undefined)[]): Span | undefined {
  const histories = metrics.flatMap((metric) => (metric?.history ? [metric.history] : []));
  const starts = histories.flatMap((history) => startOf(history) ?? []);
  if (starts.length === 0) return undefined;
  const until = Math.max(...histories.map(({ endsAt }) => endsAt));
  return { from: Math.min(...starts, until - SHORTEST_MS), until };
}

export interface Span {
  readonly from: number;
  readonly until: number;
}

/** The shortest span of a plot in milliseconds, for an adapter that has just started. */
const SHORTEST_MS = 60_000;

/** `Last 15 minutes`, or fewer where the adapter has run for less. */
export function spanWords(span: Span | undefined): string {
  const minutes = span ? Math.round((span.until - span.from) / 60_000) : 15;
  return `Last ${minutes === 1 ? "minute" : `${minutes} minutes`}`;
}
