/** `histogram_quantile` of classic histograms. Source: promql/quantile.go of Prometheus v3.16. */
import { boundOf } from "./selector";
import { type Sample, signatureOf, type Vector } from "./vector";

interface Bucket {
  readonly bound: number;
  count: number;
}

/** The quantile of each histogram in a vector of buckets. A sample without a valid `le` is not a bucket. */
export function histogramQuantile(quantile: number, vector: Vector): Vector {
  const histograms = new Map<string, { labels: Sample["labels"]; buckets: Bucket[] }>();
  for (const { labels, value } of vector) {
    const bound = boundOf(labels["le"]);
    if (bound === undefined) continue;
    const { le: _, ...others } = labels;
    const key = signatureOf(others);
    const histogram = histograms.get(key) ?? { labels: others, buckets: [] };
    histograms.set(key, histogram);
    histogram.buckets.push({ bound, count: value });
  }
  return [...histograms.values()].map(({ labels, buckets }) => ({ labels, value: bucketQuantile(quantile, buckets) }));
}

/** Counts that differ relatively by less than this are equal. */
const SMALL = 1e-12;

/**
 * The quantile of one histogram, interpolated inside its bucket. NaN without observations or without the bucket `+Inf`.
 * Pods with different buckets give counts that fall from a bucket to the next. As in Prometheus, such a count is raised
 * to that of the bucket before it.
 */
function bucketQuantile(quantile: number, unsorted: readonly Bucket[]): number {
  if (Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return Number.NEGATIVE_INFINITY;
  if (quantile > 1) return Number.POSITIVE_INFINITY;
  const buckets = coalesced([...unsorted].sort((a, b) => a.bound - b.bound));
  const last = buckets.at(-1);
  if (last?.bound !== Number.POSITIVE_INFINITY) return Number.NaN;
  makeMonotonic(buckets);
  if (buckets.length < 2 || last.count === 0 || Number.isNaN(last.count)) return Number.NaN;
  const rank = quantile * last.count;
  const index = buckets.slice(0, -1).findIndex(({ count }) => count >= rank);
  const found = buckets[index];
  if (!found) return buckets.at(-2)?.bound ?? Number.NaN;
  const before = buckets[index - 1] ?? { bound: 0, count: 0 };
  if (index === 0 && found.bound <= 0) return found.bound;
  return before.bound + (found.bound - before.bound) * ((rank - before.count) / (found.count - before.count));
}

/** Adds the counts of buckets with equal bounds, such as `5` and `5.0`. */
function coalesced(sorted: readonly Bucket[]): Bucket[] {
  const buckets: Bucket[] = [];
  for (const { bound, count } of sorted) {
    const last = buckets.at(-1);
    if (last?.bound === bound) last.count += count;
    else buckets.push({ bound, count });
  }
  return buckets;
}

function makeMonotonic(buckets: readonly Bucket[]): void {
  let most = buckets[0]?.count ?? 0;
  for (const bucket of buckets) {
    if (bucket.count < most || isAlmostEqual(bucket.count, most)) bucket.count = most;
    most = bucket.count;
  }
}

function isAlmostEqual(a: number, b: number): boolean {
  return a === b || (a !== 0 && b !== 0 && Math.abs(a - b) / (Math.abs(a) + Math.abs(b)) < SMALL);
}
