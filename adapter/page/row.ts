import type { HpaView, MetricStatus } from "../src/status/statusJson.ts";
import type { Span } from "./changes.ts";
import { element, write, writeCode } from "./element.ts";
import { createPlot } from "./plot.ts";
import { amount, boundsText, measured, podsText, reading, STATES, target, withTimestamps } from "./words.ts";

/** One row of the table: it stays where it is, and shows now this HPA and now that. */
export interface Row {
  readonly root: HTMLTableRowElement;
  readonly link: HTMLAnchorElement;
  /**
   * @param now Unix ms.
   * @param span The time that the plots of all rows show.
   */
  show(hpa: HpaView, href: string, now: number, span: Span | undefined): void;
}

/** The metric that its row tells of: the one that decides, else the first. */
export function deciding({ metrics, decides = 0 }: HpaView): MetricStatus | undefined {
  return metrics[decides];
}

/** A row with nothing in it. */
export function createRow(): Row {
  const line = (name = "small") => element("div", { class: name });
  const link = element("a", { class: "cut" });
  const [badge, namespace] = [element("span", { class: "badge" }), line("small cut")];
  const [count, bounds] = [line("big cut"), line()];
  const [value, unit, goal, age] = [line("big cut"), line(), line(), line()];
  const [code, message, toDo, remedy] = [element("strong"), element("span"), element("strong"), element("span")];
  const more = line();
  const plot = createPlot("spark");
  const root = element(
    "tr",
    {},
    element("th", { scope: "row" }, element("div", { class: "cut" }, link), namespace, badge),
    element("td", {}, count, bounds),
    element("td", {}, value, unit, goal, age),
    element("td", {}, plot.root),
    element("td", {}, element("div", {}, code, message), element("div", {}, toDo, remedy), more),
  );
  return {
    root,
    link,
    show(hpa, href, now, span) {
      const metric = deciding(hpa);
      root.dataset["state"] = hpa.state;
      write(link, hpa.name);
      if (link.getAttribute("href") !== href) link.setAttribute("href", href);
      write(namespace, `in ${hpa.namespace}`);
      write(badge, STATES[hpa.state]);
      write(count, podsText(hpa));
      write(bounds, boundsText(hpa));
      write(value, metric?.reading ? amount(metric.reading.value) : "–");
      write(
        unit,
        metric ? (metric.reading ? reading(metric).replace(/^\S+ ?/, "") || metric.name : "no reading") : "no metric",
      );
      write(goal, metric ? target(metric) : "");
      write(age, metric ? measured(metric, now) : "");
      plot.show(metric, span);
      const [problem, ...others] = hpa.problems;
      write(code, problem ? `${problem.code}: ` : "");
      writeCode(message, problem ? withTimestamps(problem.message) : hpa.sentence);
      write(toDo, problem ? "What to do: " : "");
      writeCode(remedy, problem?.remedy ?? "");
      write(
        more,
        others.length === 0 ? "" : `and ${others.length === 1 ? "another problem" : `${others.length} others`}`,
      );
    },
  };
}
