import { anticipationOf, counted, type HpaStatus, type MetricSpec, promDuration } from "@asm-autoscaler/hpa-metrics";
import type { Prometheus } from "../../prometheus/prometheus.ts";
import { readAnswer } from "../../readings/reading.ts";
import { utc } from "../../readings/staleness.ts";
import { queryName } from "../../status/sentence.ts";
import type { AnticipatedFact, Value } from "./facts.ts";

/** The sources of an anticipated load. */
interface AheadSources {
  readonly prometheus: Pick<Prometheus, "evaluate" | "check">;
  /** Unix ms. */
  now(): number;
}

/**
 * What is anticipated for the loads of an HPA, in the order of its annotations. Never rejects: a server that cannot be
 * asked is also a fact.
 *
 * @param specs All metrics of the HPA, with those that are only observed.
 * @param placeOf The index in `spec.metrics` of the metric with this query. Undefined if there is none.
 */
export async function readAhead(
  specs: readonly MetricSpec[],
  { metrics, maxReplicas }: HpaStatus,
  placeOf: (queryName: string) => number | undefined,
  { prometheus, now }: AheadSources,
): Promise<AnticipatedFact[]> {
  const found = specs.flatMap((spec) => (spec.anticipates === undefined ? [] : [{ spec, load: spec.anticipates }]));
  return Promise.all(
    found.map(async ({ spec, load }) => {
      const reading = await readingOf(spec, prometheus, now());
      const metric = metrics[placeOf(load) ?? -1];
      const isPerPod = metric?.kind === "averageValue" && metric.goal > 0;
      const pods = reading.kind === "number" && isPerPod ? Math.ceil(Number(reading.milli) / metric.goal) : undefined;
      const lead = anticipationOf(spec.query)?.anticipate.leadSeconds;
      return {
        ...{ name: queryName(spec), load, mode: spec.isObserved ? ("observe" as const) : ("act" as const), reading },
        ...(lead === undefined ? {} : { leadSeconds: lead }),
        ...(pods === undefined ? {} : { pods, isBeyondMaximum: pods > maxReplicas }),
      };
    }),
  );
}

async function readingOf(
  { server, query, aggregate }: MetricSpec,
  prometheus: AheadSources["prometheus"],
  at: number,
): Promise<Value> {
  const unasked = prometheus.check(server);
  if (unasked) return { kind: "unknown", why: unasked.message };
  const [asked] = prometheus.evaluate([{ server, query, namespaces: [] }], at);
  const answer = await asked;
  if (!answer) return { kind: "unknown", why: "Prometheus was not asked" };
  const outcome = readAnswer(answer, aggregate);
  return outcome.ok
    ? { kind: "number", quantity: outcome.reading.quantity, milli: outcome.reading.milli, at: utc(at) }
    : { kind: "problem", problem: outcome.problem, noData: outcome.cause === "no-data" };
}

/** `80 in the next 10m, for 8 pods (observed: it does not scale)`. `value` is the reading in words. */
export function aheadWords({ mode, leadSeconds, pods, isBeyondMaximum }: AnticipatedFact, value: string): string {
  const when = leadSeconds === undefined ? "" : ` for the next ${promDuration(leadSeconds)}`;
  const size = pods === undefined ? "" : `: ${counted(pods, "pod")}${isBeyondMaximum ? ", more than maxReplicas" : ""}`;
  return `${value}${when}${size}${mode === "observe" ? " (observed: it does not scale)" : ""}`;
}
