import type { HpaView, MetricStatus } from "../src/status/statusJson.ts";
import { element, write } from "./element.ts";
import { createPlot } from "./plot.ts";
import { amount, measured, reading, STATES, target } from "./words.ts";

/** One row of the table: it stays where it is, and shows now this HPA and now that. */
export interface Row {
  readonly root: HTMLTableRowElement;
  readonly link: HTMLAnchorElement;
  /** @param now Unix ms. */
  show(hpa: HpaView, href: string, now: number): void;
}

/** The metric that its row tells of: the one that decides, else the first. */
function deciding({ metrics, decides = 0 }: HpaView): MetricStatus | undefined {
  return metrics[decides];
}

const SPARK_WIDTH = 300;

/** A row with nothing in it. */
export function createRow(): Row {
  const line = (name = "small cut") => element("div", { class: name });
  const link = element("a", { class: "cut" });
  const [badge, namespace] = [element("span", { class: "badge" }), line()];
  const [count, bounds] = [line("big"), line()];
  const [value, unit, goal, age] = [line("big cut"), line(), line(), line()];
  const why = line("text");
  const plot = createPlot("spark", () => SPARK_WIDTH);
  const root = element(
    "tr",
    {},
    element("th", { scope: "row" }, element("div", { class: "cut" }, link), namespace, badge),
    element("td", {}, count, bounds),
    element("td", {}, value, unit, goal, age),
    element("td", {}, plot.root),
    element("td", {}, why),
  );
  return {
    root,
    link,
    show(hpa, href, now) {
      const metric = deciding(hpa);
      const { current, next, min, max } = hpa.replicas;
      root.dataset["state"] = hpa.state;
      write(link, hpa.name);
      if (link.getAttribute("href") !== href) link.setAttribute("href", href);
      write(namespace, `in ${hpa.namespace}`);
      write(badge, STATES[hpa.state]);
      const now_ = current === undefined ? "?" : amount(current);
      write(count, next === undefined || next === current ? now_ : `${now_} → ${amount(next)}`);
      write(bounds, `${amount(min)} to ${amount(max)}`);
      write(value, metric?.reading ? amount(metric.reading.value) : "–");
      write(
        unit,
        metric ? (metric.reading ? reading(metric).replace(/^\S+ ?/, "") || metric.name : "no reading") : "no metric",
      );
      write(goal, metric ? target(metric) : "");
      write(age, metric ? measured(metric, now) : "");
      plot.show(metric);
      const [problem] = hpa.problems;
      write(why, problem ? `${problem.code}: ${problem.message} ${problem.remedy}` : hpa.sentence);
    },
  };
}
