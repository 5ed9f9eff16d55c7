import { labelKey, type Sample } from "./answer.ts";

/**
 * Relative difference that two values of one query may have. Prometheus adds the samples of some functions in no fixed
 * order, for example in `stddev(histogram_quantile(…))`, so the last digits can differ between two requests.
 */
const TOLERANCE = 1e-9;

/**
 * The spot check of a grouped query: whether two results of one query are the same, in any order of the samples. A server
 * with a Prometheus-compatible API may group differently.
 */
export function sameSamples(left: readonly Sample[], right: readonly Sample[]): boolean {
  const byLabels = (samples: readonly Sample[]) => new Map(samples.map((sample) => [labelKey(sample), sample.value]));
  const [ours, theirs] = [byLabels(left), byLabels(right)];
  if (left.length !== right.length || ours.size !== theirs.size) return false;
  return [...ours].every(([labels, value]) => isSame(value, theirs.get(labels)));
}

function isSame(left: number, right: number | undefined): boolean {
  if (right === undefined) return false;
  if (Object.is(left, right) || left === right) return true;
  if (!Number.isFinite(left) || !Number.isFinite(right)) return false;
  return Math.abs(left - right) <= TOLERANCE * Math.max(Math.abs(left), Math.abs(right));
}
