import { type Fault, faultLine } from "hpa-metrics";
import type { ReadResult } from "../api/server.ts";
import type { Catalogue, Registered } from "../hpas/catalogue.ts";
import type { Readings } from "./readings.ts";

/**
 * Answers a read of the API: every registered metric that the selector matches, or, when one of them has no reading,
 * the reason. Part of a sum is never served, since the HPA controller adds up what it gets and would scale down.
 */
export function createMetricReader(catalogue: Catalogue, readings: Readings, isSynced: () => boolean) {
  return async (
    namespace: string,
    metric: string,
    matches: (labels: Readonly<Record<string, string>>) => boolean,
  ): Promise<ReadResult> => {
    if (!isSynced()) return { ok: false, message: NOT_SYNCED };
    const found = catalogue.find(namespace, metric, matches);
    const outcomes = await Promise.all(found.map((registered) => readOne(registered, readings)));
    const refused = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.message]));
    if (refused.length > 0) return { ok: false, message: refused.join(" | ") };
    return { ok: true, readings: outcomes.flatMap((outcome) => (outcome.ok ? outcome.readings : [])) };
  };
}

const NOT_SYNCED =
  "ASM_STARTING: the adapter has not listed the HPAs of the cluster yet. It answers as soon as it has; if this lasts, its log says why.";

async function readOne({ spec, hpas, rival }: Registered, readings: Readings): Promise<ReadResult> {
  const name = `HPA ${hpas.join(", ")}, annotation ${spec.queryKey}`;
  if (rival) {
    const fault: Fault = {
      code: "ASM_KEY_CLAIMED_TWICE",
      severity: "error",
      message: `HPA ${rival.hpa} gives another query for the same metric ${spec.metricName} ${JSON.stringify(spec.labels)}`,
      remedy: "Give each query of a namespace a query-name of its own",
    };
    return { ok: false, message: `${name}: ${faultLine(fault)}` };
  }
  const outcome = await readings.read(spec);
  if (!outcome.ok)
    return { ok: false, message: `${name}: ${faultLine(outcome.fault)} Query: ${oneLine(spec.query.text)}` };
  const { quantity, evaluatedAt } = outcome.reading;
  return { ok: true, readings: [{ metricName: spec.metricName, labels: spec.labels, value: quantity, evaluatedAt }] };
}

function oneLine(query: string): string {
  const line = query.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
