import { counted, FAST_SCRAPES, type HpaCondition } from "@asm-autoscaler/hpa-metrics";
import { queryName } from "../../status/sentence.ts";
import { aheadWords } from "./ahead.ts";
import { namedPods } from "./customMetrics.ts";
import type { ApiState, CustomApi, CustomFacts, Facts, MetricFacts, NeighbourMetric, Value } from "./facts.ts";
import { missWords } from "./miss.ts";
import { throughWords } from "./neighbours.ts";
import { podReadsWords } from "./podReads.ts";
import type { Reason } from "./reason.ts";
import { windowWords } from "./scrapes.ts";

/** Width of the text output, and of its first column, in characters. */
const WIDTH = 80;
const NAME = 11;

/** Formats the facts and the reasons as text of at most 80 columns and 40 lines. Only a command can be wider. */
export function asText(facts: Facts, reasons: readonly Reason[]): string {
  const troubled = facts.metrics.find(isTroubled);
  const [custom] = facts.custom.toSorted((a, b) => Number(isFine(a)) - Number(isFine(b)));
  const isAlone = facts.metrics.length + facts.neighbours.length === 0;
  const ofCustom = custom && !troubled && (isAlone || !isFine(custom)) ? custom : undefined;
  const shown = ofCustom ? undefined : (troubled ?? facts.metrics[0]);
  const neighbour = ofCustom || shown ? undefined : facts.neighbours[0];
  const also = [
    ...facts.metrics
      .filter((metric) => metric !== shown)
      .map((metric) => `${queryName(metric)}: ${valueWords(metric.reading)}`),
    ...[...facts.neighbours, ...facts.custom]
      .filter((metric) => metric !== neighbour && metric !== ofCustom)
      .map(({ name, served }) => `${name}: ${valueWords(served)}`),
  ];
  const [first, second] = reasons;
  const lines = [
    ...field("HPA", hpaLine(facts), 2),
    ...field("API", apiLine(facts), 1),
    "",
    ...facts.problems
      .slice(0, 1)
      .flatMap(({ code, message }) => field("Mistake", `${code}: ${message.split("\n")[0]}`, 2)),
    ...(shown ? metricLines(shown) : []),
    ...(neighbour ? neighbourLines(neighbour, facts) : []),
    ...(ofCustom ? customLines(ofCustom, facts) : []),
    ...facts.anticipated
      .slice(0, 1)
      .flatMap((ahead) => field("Ahead", aheadWords(ahead, valueWords(ahead.reading)), 2)),
    ...also.slice(0, 1).flatMap((words) => field("Also", words, 1)),
    ...(also.length > 1 ? field("", `and ${counted(also.length - 1, "more metric")}: see --output=json`, 1) : []),
    "",
    ...(facts.hpa.conditions.length === 0 ? field("Conditions", "none yet", 1) : []),
    ...facts.hpa.conditions.slice(0, 3).flatMap((condition) => field(condition.type, conditionLine(condition), 2)),
    "",
    ...(first ? [...field("Why", sentence(first.why), 4), ...field("Do", sentence(first.remedy), 2)] : []),
    ...(first?.wrong && second?.wrong ? field("Besides", sentence(second.why), 1) : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** Formats the facts and the reasons as JSON, the most likely reason first. */
export function asJson(facts: Facts, reasons: readonly Reason[]): string {
  // JSON has no BigInt. A value in thousandths is omitted, because its quantity is printed.
  const plain = (_key: string, value: unknown) => (typeof value === "bigint" ? undefined : value);
  return `${JSON.stringify({ ...facts, reasons }, plain, 2)}\n`;
}

function isTroubled({ reading, served, window, doubled, podReads }: MetricFacts): boolean {
  return (
    reading.kind === "problem" ||
    served.kind === "problem" ||
    (window !== undefined && window.scrapes < FAST_SCRAPES) ||
    doubled !== undefined ||
    podReads?.problem !== undefined
  );
}

function hpaLine({ id, hpa }: Facts): string {
  const { target, minReplicas, maxReplicas, currentReplicas, desiredReplicas = 0, lastScaleTime } = hpa;
  const scaled = lastScaleTime === undefined ? "never scaled yet" : `last scaled ${lastScaleTime}`;
  const current = currentReplicas === undefined ? "replicas not known" : counted(currentReplicas, "replica");
  const limits = `of ${minReplicas} to ${maxReplicas}`;
  return `${id} of ${target.replace("/", " ")}: ${current} ${limits}, wanted ${desiredReplicas}, ${scaled}`;
}

function apiLine({ api }: Facts): string {
  return stateWords(api, "v1beta1.external.metrics.k8s.io");
}

function stateWords(api: ApiState, apiService: string): string {
  switch (api.kind) {
    case "available":
      return `available, served by ${api.service}`;
    case "unavailable":
      return `not available, served by ${api.service}: ${api.why}`;
    case "absent":
      return `nobody serves ${apiService}`;
    case "unknown":
      return `not known: ${api.why}`;
  }
}

function metricLines(metric: MetricFacts): string[] {
  const { name, labels, queryKey, query, server, groupedBy, target, series, window, miss, doubled, wanted } = metric;
  const selected = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  const found = series?.map(({ selector, count }) => `${count} for ${selector}`);
  return [
    ...field("Metric", `${name} (${selected.join(", ")}), ${target}`, 2),
    ...field("Annotation", queryKey, 1),
    ...field("Query", query.replace(/\s+/g, " "), 3),
    ...field("Server", server, 1),
    ...field("Asked", groupedBy ? `together with what differs only in ${groupedBy.join(", ")}` : "alone", 1),
    ...field("Series", found === undefined ? "not known" : found.join("; ") || "the query reads none", 2),
    ...(window ? field("Window", windowWords(window), 1) : []),
    ...(miss ? field("Nearly", missWords(miss).why, 2) : []),
    ...(doubled ? field("Scraped", `${counted(doubled.times, "time")}: ${doubled.scrapes.join(", ")}`, 1) : []),
    ...field("Reading", `${valueWords(metric.reading)}`, 2),
    ...field("Served", `${valueWords(metric.served)}`, 2),
    ...(metric.podReads ? field("Direct", podReadsWords(metric.podReads, metric.served), 3) : []),
    ...(wanted
      ? field("Asks for", `${counted(wanted.replicas, "replica")} (${percent(wanted.ratio)} of the target)`, 1)
      : []),
  ];
}

function neighbourLines(metric: NeighbourMetric, { api }: Facts): string[] {
  const { name, selector, rule, served, command } = metric;
  return [
    ...field("Metric", `${name} (${selector || "no selector"}), not a metric of this adapter`, 2),
    ...field("Read", `from the external metrics API, served ${throughWords(metric, api)}`, 2),
    ...(rule ? field("Rule", `${rule.place}, by the series ${rule.series}`, 2) : []),
    ...(rule?.reads[0] ? field("Query", rule.reads[0].query.replace(/\s+/g, " "), 3) : []),
    ...field("Served", valueWords(served), 3),
    // Not wrapped, so that it can be copied.
    ...(served.kind === "number" ? [] : [`${"Try".padEnd(NAME)}${command}`]),
  ];
}

function isFine({ served, without }: CustomFacts): boolean {
  return served.kind === "number" && without.length === 0;
}

function customLines(
  { name, words, target, served, count, without, annotation, rule, refused, command }: CustomFacts,
  facts: Facts,
): string[] {
  const { customApi, rules } = facts;
  const [read] = rule?.reads ?? [];
  const values =
    read?.values && `${read.values.count} of ${read.values.objects}: ${read.values.min} to ${read.values.max}`;
  const failed = read?.problem && `none: ${read.problem.code}: ${read.problem.message}`;
  const unknown = rules ? "none in the file gives it" : "not known: give --prometheus-adapter-config";
  const [list] = rules?.failedLists ?? [];
  const mean = count === undefined || count < 2 ? "" : ` (the mean of ${count} pods)`;
  return [
    ...field("Metric", `${name} (${words}), ${target}`, 2),
    ...(customApi ? field("Read", `from ${apiWords(customApi)}`, 2) : []),
    ...(annotation
      ? [...field("Annotation", annotation.key, 1), ...field("Query", annotation.query.replace(/\s+/g, " "), 3)]
      : []),
    ...(annotation ? [] : field("Rule", rule ? `${rule.place}, by the series ${rule.series}` : unknown, 2)),
    ...(read ? field("Query", read.query.replace(/\s+/g, " "), 3) : []),
    ...(read ? field("Values", failed ?? values ?? "none", 2) : []),
    ...(rule && refused !== undefined && !failed ? field("Values", `none: ${refused}`, 2) : []),
    ...(list ? field("Lists", `those of ${list.seriesQuery} failed: ${list.message}`, 2) : []),
    ...(without.length > 0 ? field("Without", namedPods(without), 1) : []),
    ...field("Served", `${valueWords(served)}${mean}`, 2),
    // Not wrapped, so that it can be copied.
    ...(served.kind === "number" || command === undefined ? [] : [`${"Try".padEnd(NAME)}${command}`]),
  ];
}

function apiWords({ apiService, state }: CustomApi): string {
  return `${apiService}: ${stateWords(state, apiService)}`;
}

function percent(ratio: number): string {
  return Number.isFinite(ratio) ? `${Math.round(ratio * 100)} %` : "any multiple";
}

function valueWords(value: Value): string {
  switch (value.kind) {
    case "number":
      return `${value.quantity} at ${value.at}`;
    case "problem":
      return `none: ${value.problem.code === "" ? "" : `${value.problem.code}: `}${value.problem.message.split("\n")[0]}`;
    case "unknown":
      return `not known: ${value.why}`;
  }
}

function conditionLine({ status, reason, message }: HpaCondition): string {
  return `${status}, ${reason}: ${message}`;
}

/** Makes words a sentence: with a full stop, and with a capital unless they begin with a query's name. */
function sentence(words: string): string {
  // A whole sentence can begin with the name of a workload.
  if (/[.?!]$/.test(words)) return words;
  return `${words.replace(/^[a-z]+(?= )/, (word) => word.charAt(0).toUpperCase() + word.slice(1))}.`;
}

/** Formats a name and its text, wrapped. Text beyond the maximum number of lines is cut and ends in `…`. */
function field(name: string, text: string, most: number): string[] {
  // A condition's type can be longer than the column.
  const first = name.length < NAME ? name.padEnd(NAME) : `${name} `;
  const wrapped = wrap(text, WIDTH - first.length, WIDTH - NAME);
  const kept = wrapped.slice(0, most);
  const last = kept.at(-1) ?? "";
  if (wrapped.length > most) kept[kept.length - 1] = `${last.slice(0, WIDTH - Math.max(first.length, NAME) - 1)}…`;
  return kept.map((line, index) => `${index === 0 ? first : " ".repeat(NAME)}${line}`.trimEnd());
}

/** Wraps at spaces and after commas. Longer text is broken at the line width. */
function wrap(text: string, firstWidth: number, width: number): string[] {
  const lines: string[] = [];
  let rest = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  while (rest.length > 0) {
    const room = lines.length === 0 ? firstWidth : width;
    if (rest.length <= room) return [...lines, rest];
    const at = Math.max(rest.lastIndexOf(" ", room), rest.lastIndexOf(",", room - 1) + 1);
    const cut = at > room / 2 ? at : room;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return lines;
}
