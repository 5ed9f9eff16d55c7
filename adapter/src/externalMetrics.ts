import { type MetricSpec, problem, problemLine } from "@asm-autoscaler/hpa-metrics";
import type { ReadResult } from "./api/server.ts";
import type { HpaEvents } from "./events/hpaEvents.ts";
import { claimedTwice, type LabelValue, MOST_FOUND, type ServedMetric } from "./hpas/metricIndex.ts";
import type { MetricRegistry } from "./hpas/metricRegistry.ts";
import { withoutSecrets } from "./kubernetes/secrets.ts";
import type { Reading } from "./readings/reading.ts";
import type { Readings } from "./readings/readings.ts";
import { formatSource } from "./readings/sourceText.ts";
import type { WindowChecks, WindowState } from "./readings/windowChecks.ts";

/** Receives the results of metric reads. */
export interface Listener extends Pick<HpaEvents, "troubled" | "well"> {
  /** A read of this HPA's metric returned a number: a new reading, a stale reading or the value of a policy. */
  served(hpa: string, spec: MetricSpec, reading: Reading): void;
}

/**
 * Creates the function that answers an API read. It returns every registered metric that the selector matches. If one
 * of them has no reading, it returns the reason instead. It never serves a part of a sum: the HPA controller adds up
 * all values and would scale down.
 */
export function createMetricReader(
  metricRegistry: MetricRegistry,
  readings: Readings,
  isSynced: (namespace: string) => boolean,
  listener: Listener = { troubled: () => undefined, well: () => undefined, served: () => undefined },
  windowState?: WindowChecks["stateOf"],
) {
  return async (
    namespace: string,
    metric: string,
    matches: (labels: Readonly<Record<string, string>>) => boolean,
    equal?: LabelValue,
  ): Promise<ReadResult> => {
    if (!isSynced(namespace)) return { ok: false, message: NOT_SYNCED };
    const found = metricRegistry.find(namespace, metric, matches, equal);
    if (found.length > MOST_FOUND) return { ok: false, message: TOO_WIDE };
    const outcomes = await Promise.all(found.map((registered) => readOne(registered, namespace, readings, listener)));
    if (windowState) for (const served of found) tellWindow(served, windowState(served.spec, namespace), listener);
    // A read without a selector lists all metrics. An HPA whose metrics are served always has a selector.
    if (found.length > 1 && !matches({})) tellSums(found, listener);
    const refused = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.message]));
    if (refused.length > 0) return { ok: false, message: withoutSecrets(together(refused)) };
    return { ok: true, readings: outcomes.flatMap((outcome) => (outcome.ok ? outcome.readings : [])) };
  };
}

const TOO_WIDE = problemLine(
  problem(
    "ASM_SELECTOR_WIDE",
    `the selector matches more than ${MOST_FOUND} metrics of the namespace, and none is read`,
  ),
);

/** Maximum number of a selector's matches that are compared with all its other matches. */
const MOST_TOLD = 50;

/** The answer while not all HPAs of a namespace are read. */
export const NOT_SYNCED = problemLine(
  problem("ASM_STARTING", "the adapter has not read the HPAs of this namespace yet"),
);

/**
 * Reads one metric, and tells the HPAs that request it how that went.
 *
 * @returns the reading, or the reason that is also the condition of the HPA
 */
export async function readOne(
  { spec, hpas, rival }: ServedMetric,
  namespace: string,
  readings: Readings,
  listener: Listener,
): Promise<ReadResult> {
  if (rival) {
    const clash = claimedTwice(spec, rival.hpa);
    for (const hpa of [...hpas, rival.hpa]) listener.troubled(hpa, spec.queryKey, clash, { refused: true });
    return { ok: false, message: `${about(spec, hpas)}: ${problemLine(clash)}` };
  }
  const outcome = await readings.read(spec, namespace);
  if (!outcome.ok) {
    const { problem, trouble } = outcome;
    for (const hpa of hpas)
      listener.troubled(hpa, spec.queryKey, problem, { ...(trouble ? { trouble } : {}), refused: true });
    return { ok: false, message: `${about(spec, hpas)}: ${problemLine(problem)} Query: ${oneLine(spec.query.text)}` };
  }
  const { reading, trouble } = outcome;
  for (const hpa of hpas) {
    listener.served(hpa, spec, reading);
    if (trouble) listener.troubled(hpa, spec.queryKey, trouble.problem, { trouble, refused: false });
    else listener.well(hpa, spec.queryKey);
  }
  const { quantity, evaluatedAt, source } = reading;
  const { metricName, labels } = spec;
  const from = source ? { source: formatSource(source) } : {};
  return { ok: true, readings: [{ metricName, labels, value: quantity, evaluatedAt, ...from }] };
}

/** Reports to HPAs that the window of a query holds too few scrapes, or that it holds enough again, as far as it is known. */
function tellWindow({ spec, hpas }: ServedMetric, state: WindowState, listener: Listener): void {
  if (state === undefined) return;
  const subject = `window of ${spec.queryKey}`;
  for (const hpa of hpas)
    if (state !== "enough") listener.troubled(hpa, subject, state, { refused: false });
    else listener.well(hpa, subject, "the window holds enough scrapes.");
}

/**
 * Reports to an HPA that its selector also matches another HPA's metric, because its labels are a subset of that
 * metric's labels. The HPA controller then scales on the sum of both. Only the first `MOST_TOLD` matches are checked.
 */
function tellSums(found: readonly ServedMetric[], listener: Listener): void {
  for (const { spec, hpas } of found.slice(0, MOST_TOLD)) {
    const unintended = found.find((other) => other.spec !== spec && includes(other.spec.labels, spec.labels));
    if (!unintended) continue;
    const sum = problem(
      "ASM_SELECTOR_SUMS",
      `the selector of the metric ${spec.metricName} ${JSON.stringify(spec.labels)} also matches ${JSON.stringify(unintended.spec.labels)} of HPA ${some(unintended.hpas)}, and the HPA controller adds up what it matches`,
    );
    for (const hpa of hpas) listener.troubled(hpa, `selector of ${spec.queryKey}`, sum, { refused: true });
  }
}

function includes(labels: MetricSpec["labels"], part: MetricSpec["labels"]): boolean {
  return Object.entries(part).every(([name, value]) => labels[name] === value);
}

function about(spec: MetricSpec, hpas: readonly string[]): string {
  return `HPA ${some(hpas)}, annotation ${spec.queryKey}`;
}

function some(hpas: readonly string[]): string {
  return hpas.length > 3 ? `${hpas.slice(0, 3).join(", ")} and ${hpas.length - 3} more` : hpas.join(", ");
}

/** Joins the problems for a condition. Only the first three are included. */
function together(messages: readonly string[]): string {
  const left = messages.length - 3;
  return left > 0 ? `${messages.slice(0, 3).join(" | ")} | and ${left} more` : messages.join(" | ");
}

function oneLine(query: string): string {
  const line = query.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
