import { type FindResource, oneLine, type Problem, problem, problemLine } from "@asm-autoscaler/hpa-metrics";
import type { MetricValue, ReadResult } from "../api/dependencies.ts";
import { formatSelector, type Selector } from "../kubernetes/labelSelector.ts";
import { withoutSecrets } from "../kubernetes/secrets.ts";
import type { Answer } from "../prometheus/answer.ts";
import { failure, type Outcome, readAnswer } from "../readings/reading.ts";
import type { MetricIndex, RuleSeries } from "./metricIndex.ts";
import { MOST_SERIES, tooManySeries } from "./objectValues.ts";
import { queryOf } from "./ruleQuery.ts";
import type { RuleRead, RuleReadings } from "./ruleReadings.ts";

/** A read of the external metrics API. */
interface ExternalRead {
  readonly namespace: string;
  readonly metric: string;
  readonly selector: Selector;
}

/** The values of the series of one external metric. */
export interface ExternalValues {
  /** Unix ms of Prometheus's clock, or the time of the oldest sample. */
  readonly evaluatedAt: number;
  readonly items: readonly { readonly labels: MetricValue["labels"]; readonly quantity: string }[];
}

/** The read of an external metric of a rule. */
export interface SeriesRead extends RuleRead<ExternalValues> {
  /** Why there is no query. */
  readonly unbuilt: Problem | undefined;
  text(): string;
}

/** The external metrics of rules. */
export interface ExternalRules {
  metricNames(): readonly string[];
  /** Whether a rule gives the metric. */
  has(metric: string): boolean;
  /** Reads a metric. Undefined if no rule gives it. */
  read(read: ExternalRead): Promise<ReadResult> | undefined;
}

export interface ExternalSources {
  readonly find: FindResource;
  index(): MetricIndex;
  readonly readings: RuleReadings<SeriesRead, ExternalValues>;
  used(found: RuleSeries): void;
}

/** Creates the external metrics of rules. */
export function createExternalRules({ find, index, readings, used }: ExternalSources): ExternalRules {
  const answer = async (read: ExternalRead, found: RuleSeries): Promise<ReadResult> => {
    if (found.problem) return refused(read, found, found.problem, "");
    const key = externalKey(read, found);
    const one = readings.find(key) ?? createSeriesRead(key, read, find, found);
    if (one.unbuilt) return refused(read, found, one.unbuilt, "");
    const outcome = await readings.read(one);
    if (!outcome.ok) return refused(read, found, outcome.problem, one.text());
    const { evaluatedAt, items } = outcome.reading;
    return {
      ok: true,
      readings: items.map(({ labels, quantity }) => {
        return { metricName: read.metric, labels, value: quantity, evaluatedAt };
      }),
    };
  };

  return {
    metricNames: () => index().externalNames(),
    has: (metric) => index().external(metric) !== undefined,
    read(read) {
      const found = index().external(read.metric);
      if (!found) return undefined;
      used(found);
      return answer(read, found);
    },
  };
}

/** The key of a read, and its subject. If another series gives the metric, it is another read. */
export function externalKey(
  { namespace, metric, selector }: ExternalRead,
  { rule, series }: Pick<RuleSeries, "rule" | "series">,
): string {
  return JSON.stringify([namespace, metric, formatSelector(selector), rule.place, series]);
}

function createSeriesRead(
  key: string,
  { namespace, metric, selector }: ExternalRead,
  find: FindResource,
  { rule, series }: RuleSeries,
): SeriesRead {
  const built = queryOf(rule.externalQuery(series, { namespace, selector }, find));
  const query = "query" in built ? built.query : undefined;
  return {
    ...{ key, subject: key, namespace },
    unbuilt: "problem" in built ? built.problem : undefined,
    title: `external metric ${metric} in ${namespace}`,
    text: () => query?.text ?? "",
    question() {
      if (!query) throw new Error("a read was evaluated that has no query");
      return { server: { kind: "default" }, query };
    },
    readAnswer: readExternalValues,
  };
}

/**
 * Reads the value of each series. The HPA controller adds them up, so one series without a number makes the whole sum
 * uncertain and is an error.
 */
function readExternalValues(answer: Answer): Outcome<ExternalValues> {
  if (!answer.ok) return failure(answer.problem);
  if (answer.samples.length === 0) return failure(problem("ASM_NO_SERIES", "the query finds no series"));
  if (answer.samples.length > MOST_SERIES) return failure(tooManySeries(answer.samples.length));
  let { evaluatedAt } = answer;
  const items: ExternalValues["items"][number][] = [];
  for (const sample of answer.samples) {
    const outcome = readAnswer({ ok: true, samples: [sample], evaluatedAt: answer.evaluatedAt }, undefined);
    if (!outcome.ok) return outcome;
    evaluatedAt = Math.min(evaluatedAt, outcome.reading.evaluatedAt);
    items.push({ labels: sample.labels, quantity: outcome.reading.quantity });
  }
  return { ok: true, reading: { evaluatedAt, items } };
}

function refused({ namespace, metric }: ExternalRead, { rule }: RuleSeries, found: Problem, text: string): ReadResult {
  const query = text === "" ? "" : ` Query: ${oneLine(text, 300)}`;
  const message = `external metric ${oneLine(metric, 200)} in ${namespace}, ${rule.place}: ${problemLine(found)}${query}`;
  return { ok: false, message: withoutSecrets(message) };
}
