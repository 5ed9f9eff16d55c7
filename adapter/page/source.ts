import type { MetricStatus, SourceStatus } from "../src/status/statusJson.ts";
import { ago, amount } from "./words.ts";

/**
 * Says whose reading is served, why, and how many pods were read: `the pods, the larger of both: 5 of 5 pods read, 1 s
 * ago. Prometheus has 30.1, 4 s ago.` Empty for a metric that is read from Prometheus alone.
 */
export function sourceText({ reading }: MetricStatus, now: number): string {
  const source = reading?.source;
  if (!source) return "";
  const { from, prometheus, pods, problem, tooLow } = source;
  const low = tooLow ? ` The value of the pods may be too low. ${tooLow.code}: ${tooLow.message}` : "";
  const why = `${problem ? ` ${problem.code}: ${problem.message}` : ""}${low}`;
  const count = pods ? `${podsRead(pods, tooLow !== undefined)}, ${ago(pods.evaluatedAt, now)}` : "";
  if (!pods) return `Prometheus alone, because the pods give no reading.${why}`;
  if (from === "pods" && !prometheus) return `the pods alone, because Prometheus gives no reading: ${count}.${why}`;
  if (!prometheus) return count;
  const other = `${amount(prometheus.value)}, ${ago(prometheus.evaluatedAt, now)}`;
  if (from === "pods") return `the pods, the larger of both: ${count}. Prometheus has ${other}.${why}`;
  return `Prometheus. The pods have ${amount(pods.value)}, which is not larger by more than its noise of ${amount(pods.noise)}: ${count}.${why}`;
}

/** `5 of 5 pods read`, and what the others count as: nothing, if the value may be too low. */
function podsRead({ pods, sampled, read }: NonNullable<SourceStatus["pods"]>, isLow: boolean): string {
  const words = `${amount(read)} of ${amount(sampled)} pods read`;
  const all = sampled < pods ? `${words}, a sample of ${amount(pods)} pods` : words;
  return read < sampled && !isLow ? `${all}, and the others count like their mean` : all;
}
