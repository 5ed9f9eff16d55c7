import type { DirectPlan, ProxySeries } from "@asm-autoscaler/hpa-metrics";
import { isServing, type ProxyWindow } from "./proxyWindow.ts";
import type { TrackedSeries } from "./seriesTable.ts";

type SeriesByMetric = ReadonlyMap<string, readonly ProxySeries[]>;

/** The series that a plan reads, by metric. */
export function seriesOf(plan: DirectPlan, windows: readonly ProxyWindow[], isCopy = false): SeriesByMetric {
  const found = new Map<string, ProxySeries[]>();
  for (const { proxy, increases } of windows) {
    const instance = isCopy ? `${proxy.instance} copy` : proxy.instance;
    for (const { tracked, perSecond } of increases) {
      const { metric } = tracked.series;
      const list = found.get(metric);
      const one = { labels: labelsOf(plan, tracked, instance), value: tracked.value, perSecond };
      if (list) list.push(one);
      else found.set(metric, [one]);
    }
  }
  return found;
}

/** Kept over evaluations, because a plan stores what it computes from a labels object with that object. */
const kept = new WeakMap<TrackedSeries, Map<string, ProxySeries["labels"]>>();

/** The labels of a series as the plan needs them: most do not need `instance`, and a copy of all labels takes time. */
export function labelsOf(
  { usesInstance }: DirectPlan,
  tracked: TrackedSeries,
  instance: string,
): ProxySeries["labels"] {
  if (!usesInstance) return tracked.series.labels;
  const own = kept.get(tracked) ?? new Map<string, ProxySeries["labels"]>();
  const labels = own.get(instance) ?? { ...tracked.series.labels, instance };
  kept.set(tracked, own.set(instance, labels));
  return labels;
}

/**
 * Evaluates the plan as if there were `factor` times as many serving proxies. A query that doubles when each of them
 * exists twice is a sum over proxies, as each request rate is. A query that then stays the same is a ratio, a quantile,
 * a mean or a maximum.
 */
export function evaluate(
  plan: DirectPlan,
  windows: readonly ProxyWindow[],
  series: SeriesByMetric,
  factor: number,
): Value {
  const result = (of: SeriesByMetric, copies?: SeriesByMetric) =>
    plan.evaluate((metric) =>
      copies ? [...(of.get(metric) ?? []), ...(copies.get(metric) ?? [])] : (of.get(metric) ?? []),
    );
  const value = result(series);
  if (typeof value !== "number" || factor === 1) return value;
  const serving = windows.filter(({ proxy }) => isServing(proxy));
  const ofServing = serving.length === windows.length ? series : seriesOf(plan, serving);
  const once = ofServing === series ? value : result(ofServing);
  if (once === "over-budget") return once;
  if (once === undefined) return "not-additive";
  const added = (factor - 1) * once;
  if (plan.isRequestRate) return value + added;
  const twice = result(ofServing, seriesOf(plan, serving, true));
  if (twice === "over-budget") return twice;
  if (twice === undefined) return "not-additive";
  const isTwice = (other: number) => Math.abs(twice - other) <= 1e-9 * Math.abs(other);
  if (isTwice(2 * once)) return value + added;
  return isTwice(once) ? value : "not-additive";
}

type Value = number | undefined | "over-budget" | "not-additive";

/** Series that are tried to find the query's constant factor. */
const MOST_PROBES = 10;

/** What one request per second of one matching series adds to a request rate. 1 if no series matches. */
export function factorIn(plan: DirectPlan, series: SeriesByMetric): number {
  for (const [metric, list] of series) {
    for (const one of largestOf(list, ({ perSecond }) => perSecond)) {
      const value = factorOf(plan, metric, one);
      if (typeof value === "number" && value > 0) return value;
    }
  }
  return 1;
}

/** What one request per second of one series adds to a request rate. Undefined or 0 if the query does not select it. */
export function factorOf(plan: DirectPlan, metric: string, one: ProxySeries): ReturnType<DirectPlan["evaluate"]> {
  return plan.evaluate((name) => (name === metric ? [{ ...one, perSecond: 1 }] : []));
}

/** The few items with the largest sizes, the largest first. */
export function largestOf<T>(all: Iterable<T>, sizeOf: (one: T) => number): T[] {
  const largest: { one: T; size: number }[] = [];
  for (const one of all) {
    const size = sizeOf(one);
    if (largest.length === MOST_PROBES && size <= (largest.at(-1)?.size ?? 0)) continue;
    const place = largest.findIndex((other) => other.size < size);
    largest.splice(place < 0 ? largest.length : place, 0, { one, size });
    largest.splice(MOST_PROBES);
  }
  return largest.map(({ one }) => one);
}
