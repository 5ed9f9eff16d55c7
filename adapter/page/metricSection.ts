import type { MetricStatus } from "../src/status/statusJson.ts";
import { queryLink } from "./about.ts";
import { type Span, spanWords } from "./changes.ts";
import { copyable } from "./copy.ts";
import { element, write, writeCode } from "./element.ts";
import { createPlot, type Plot } from "./plot.ts";
import { showReads } from "./rules.ts";
import { sourceText } from "./source.ts";
import { ago, measured, reading, target } from "./words.ts";

/** The parts of a metric's section that change. */
export interface Part {
  readonly plot: Plot;
  readonly span: HTMLElement;
  readonly facts: Record<"reading" | "goal" | "asks" | "server" | "answer" | "anticipated" | "rule", HTMLElement>;
  /** Which of several sources served the reading, and its term. Hidden for a metric of Prometheus alone. */
  readonly source: Record<"term" | "words", HTMLElement>;
}

/** Parts with nothing in them. */
export function newPart(): Part {
  return {
    plot: createPlot("chart"),
    span: element("span"),
    facts: {
      ...{ reading: element("dd"), goal: element("dd"), asks: element("dd") },
      ...{ server: element("dd"), answer: element("dd"), anticipated: element("dd") },
      rule: element("dd"),
    },
    source: { term: element("dt", { hidden: "" }, "Source"), words: element("dd", { hidden: "" }) },
  };
}

/** The section of one metric: its plot, its facts and its query. */
export function metricSection(
  metric: MetricStatus,
  { plot, span, facts, source }: Part,
  isOneOfSeveral: boolean,
): HTMLElement {
  const swatch = (name: string) => element("span", { class: `swatch ${name}` });
  const carried = metric.goal.kind === "averageValue" ? "target × pods: what its pods should carry" : "target";
  return element(
    "section",
    {},
    element("h3", {}, isOneOfSeveral ? `Metric ${metric.name}` : "The metric it scales on"),
    ...(metric.key === undefined
      ? []
      : [
          element(
            "p",
            { class: "small" },
            span,
            ", times in UTC",
            swatch("reading"),
            metric.unit ?? "reading",
            swatch("capacity"),
            carried,
            ...(metric.anticipated ? [swatch("anticipated"), "anticipated for the time that follows"] : []),
            swatch("change"),
            "change of size",
          ),
          plot.root,
        ]),
    element(
      "dl",
      {},
      ...[
        [term("Reading"), facts.reading] as const,
        [source.term, source.words] as const,
        [term("Target"), facts.goal] as const,
        [term("Pods it asks for"), facts.asks] as const,
        ...(metric.anticipated ? [[term("Anticipated"), facts.anticipated] as const] : []),
        [term(metric.query === undefined ? "Served by" : "Prometheus"), facts.server] as const,
        ...(metric.rule ? [[term("Read last"), facts.rule] as const] : []),
        ...(metric.delegate ? [[term("Its last answer"), facts.answer] as const] : []),
      ].flat(),
    ),
    ...(metric.query === undefined
      ? []
      : [
          element("p", { class: "small" }, `The query, from the annotation ${metric.key}`),
          copyable(metric.query, "query", ...linkTo(metric)),
        ]),
  );
}

/** Shows the present state of a metric in its section. */
export function fill(
  { plot, span: words, facts, source }: Part,
  metric: MetricStatus,
  now: number,
  span: Span | undefined,
): void {
  plot.show(metric, span);
  write(words, spanWords(span));
  const when = measured(metric, now);
  write(facts.reading, `${reading(metric)}${when === "" ? "" : `, ${when}`}`);
  const sources = sourceText(metric, now);
  for (const part of [source.term, source.words]) part.hidden = sources === "";
  writeCode(source.words, sources);
  write(facts.goal, target(metric).replace(/^target /, ""));
  write(facts.asks, metric.proposal?.formula ?? "no reading, so none");
  write(facts.server, metric.server ?? servedBy(metric));
  if (metric.rule) showReads(facts.rule, metric.rule.reads, now);
  write(facts.anticipated, metric.anticipated?.sentence ?? "");
  write(facts.answer, answerText(metric, now));
}

function servedBy({ delegate, rule }: MetricStatus): string {
  if (rule) return `${rule.place} of the rules, by the series ${rule.series}`;
  return delegate ? `the delegate ${delegate.name}` : "another server";
}

/** The name of a fact. */
function term(name: string): HTMLElement {
  return element("dt", {}, name);
}

/** `42, 3 s ago`, `HTTP 500: no such ScaledObject, 3 s ago`, or that no read was forwarded. */
function answerText({ delegate }: MetricStatus, now: number): string {
  const answer = delegate?.lastAnswer;
  if (!answer) return "this pod of the adapter has forwarded no read lately";
  const { result, value, message, at } = answer;
  const status = /^\d/.test(result) ? `HTTP ${result}` : result;
  const words = message === undefined ? `${status}, ${value ?? "no value"}` : `${status}: ${message}`;
  return `${words}, ${ago(at, now)}`;
}

/** The link to the query in Prometheus, in a tab of its own. */
function linkTo(metric: MetricStatus): HTMLElement[] {
  const href = queryLink(metric);
  const attributes = { target: "_blank", rel: "noreferrer" };
  return href === undefined ? [] : [element("a", { ...attributes, href }, "Open the query in Prometheus")];
}
