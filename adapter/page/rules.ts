import type { RuleReadStatus, RulesView } from "../src/status/statusJson.ts";
import { showProblems } from "./detail.ts";
import { byId, element, write } from "./element.ts";
import { ago, amount } from "./words.ts";

/** Shows the rules of prometheus-adapter above the neighbouring adapters; nothing without a file of rules. */
export function createRules() {
  const root = byId("rules", HTMLElement);
  const [summary, problems, lists] = [element("p"), element("div"), element("ul", { class: "small" })];
  const details = element("details", {}, element("summary", {}, "Lists of series"), lists);
  root.append(summary, problems, details);
  return {
    /** @param now Unix ms. */
    show(rules: RulesView | undefined, now: number) {
      root.hidden = rules === undefined;
      if (!rules) return;
      write(summary, summaryText(rules, now));
      showProblems(problems, [...rules.problems, ...rules.lists.flatMap(({ problem }) => problem ?? [])]);
      showLines(
        lists,
        rules.lists.map((list) => listText(list, now)),
      );
    },
  };
}

/** Shows what was read of a metric: one line for each set of pods, and its query. */
export function showReads(root: HTMLElement, reads: readonly RuleReadStatus[], now: number): void {
  if (reads.length === 0)
    write(root, "nothing: the HPA controller has not read it from this pod of the adapter lately");
  else
    showLines(
      root,
      reads.map((read) => readText(read, now)),
      reads.map(({ query }) => query),
    );
}

/** `5 of 6 pods (app=web): 3 to 9, mean 6.2, 3 s ago; without a value: web-6 (…)`. */
function readText(read: RuleReadStatus, now: number): string {
  const { pods, evaluatedAt, count = 0, objects = 0, without, problem } = read;
  const subject = pods === undefined ? "" : ` (${pods})`;
  const values = evaluatedAt === undefined ? "" : `${valuesText(read)}, ${ago(evaluatedAt, now)}`;
  const counted =
    pods === undefined && objects < 2 ? "" : `${amount(count)} of ${amount(objects)} have a value${subject}`;
  const missing =
    without.length === 0 ? "" : `without one: ${without.map(({ name, message }) => `${name}: ${message}`).join(" ")}`;
  const failing = problem ? `${problem.code}: ${problem.message}` : "";
  return [failing, counted, values, missing].filter((part) => part !== "").join("; ");
}

function valuesText({ count = 0, min = 0, max = 0, sum = 0, pods }: RuleReadStatus): string {
  if (count === 0) return "no value";
  if (count === 1) return amount(sum);
  return `${amount(min)} to ${amount(max)}, ${pods === undefined ? `sum ${amount(sum)}` : `mean ${amount(sum / count)}`}`;
}

/** One line for each text, with a query in code below it. Lines that have not changed stay. */
function showLines(root: HTMLElement, texts: readonly string[], queries: readonly string[] = []): void {
  const shown = JSON.stringify([texts, queries]);
  if (root.dataset["shown"] === shown) return;
  root.dataset["shown"] = shown;
  const tag = root instanceof HTMLUListElement ? "li" : "div";
  root.replaceChildren(
    ...texts.flatMap((text, index) => {
      const query = queries[index];
      const line = element(tag, {}, text);
      return query === undefined ? [line] : [line, element("pre", { tabindex: "0" }, query)];
    }),
  );
}

/** `Read 5 min ago: 12 rules for Pods and Object metrics give 340 metrics, …`. */
function summaryText({ readAt, rules, metrics, leftOut }: RulesView, now: number): string {
  if (readAt === undefined) return "The file of the rules was not read yet, so no rule is served.";
  const served = (count: number, of: string, given: number) =>
    `${amount(count)} ${count === 1 ? "rule" : "rules"} of the ${of} metrics API for ${amount(given)} ${given === 1 ? "metric" : "metrics"}`;
  const parts = [served(rules.custom, "custom", metrics.custom), served(rules.external, "external", metrics.external)];
  const broken = rules.broken === 0 ? "none is broken" : `${amount(rules.broken)} broken and not served`;
  const more = leftOut === 0 ? "" : ` ${amount(leftOut)} more problems and lists are in the log.`;
  return `Read ${ago(readAt, now)}: ${parts.join(", ")}, ${broken}.${more}`;
}

function listText({ seriesQuery, names, listedAt, problem }: RulesView["lists"][number], now: number): string {
  const age = listedAt === undefined ? "not listed yet" : `listed ${ago(listedAt, now)}`;
  return `${seriesQuery}: ${amount(names)} ${names === 1 ? "name" : "names"}, ${age}${problem ? `, ${problem.code}` : ""}`;
}
