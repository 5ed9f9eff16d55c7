import type { HpaView, MetricStatus, ProblemStatus } from "../src/status/statusJson.ts";
import { type Address, pathOf } from "./address.ts";
import { byId, element, write } from "./element.ts";
import { createPlot, type Plot } from "./plot.ts";
import { amount, measured, reading, STATES, target } from "./words.ts";

interface Part {
  plot: Plot;
  facts: Record<"reading" | "goal" | "asks" | "server", HTMLElement>;
}

/** Shows one HPA with all that is known of it; what does not change is not touched. */
export function createDetail() {
  const root = byId("one", HTMLElement);
  let built: string | undefined;
  let focused: string | undefined;
  let parts: Part[] = [];
  let nodes = build0();

  function build0() {
    return {
      badge: element("span", { class: "badge" }),
      lead: element("p", { class: "lead" }),
      problems: element("div"),
      pods: element("dd"),
      next: element("dd"),
    };
  }

  const build = (hpa: HpaView, address: Address) => {
    nodes = build0();
    for (const { plot } of parts) plot.remove();
    parts = hpa.metrics.map(() => newPart());
    const heading = element("h2", { tabindex: "-1" }, `${hpa.name} `, nodes.badge);
    root.replaceChildren(
      element("p", {}, element("a", { href: pathOf({ ...address, hpa: "" }) }, "← All workloads")),
      heading,
      element("p", { class: "small" }, `The autoscaler ${hpa.namespace}/${hpa.name} sets the pods of ${hpa.target}.`),
      nodes.lead,
      nodes.problems,
      element(
        "dl",
        {},
        element("dt", {}, "Pods now"),
        nodes.pods,
        element("dt", {}, "By the present readings"),
        nodes.next,
      ),
      ...hpa.metrics.map((metric, index) => metricSection(metric, parts[index] ?? newPart(), hpa.metrics.length > 1)),
      element("h3", {}, "Look further"),
      element("pre", { tabindex: "0" }, `kubectl -n ${hpa.namespace} describe hpa ${hpa.name}`),
    );
    // Another HPA was chosen; where only its annotations have changed the reader stays where they are.
    if (focused !== `${hpa.namespace}/${hpa.name}`) heading.focus();
    focused = `${hpa.namespace}/${hpa.name}`;
  };

  return {
    root,
    show(hpa: HpaView, address: Address, now: number) {
      const kind = JSON.stringify([
        hpa.namespace,
        hpa.name,
        hpa.target,
        hpa.metrics.map(({ key, query }) => [key, query]),
      ]);
      if (kind !== built) build(hpa, address);
      built = kind;
      root.dataset["state"] = hpa.state;
      write(nodes.badge, STATES[hpa.state]);
      write(nodes.lead, hpa.sentence);
      const { current, next, min, max } = hpa.replicas;
      write(
        nodes.pods,
        `${current === undefined ? "not known yet" : amount(current)} (from ${amount(min)} to ${amount(max)} are allowed)`,
      );
      write(nodes.next, next === undefined ? "not known yet" : amount(next));
      showProblems(nodes.problems, hpa.problems);
      hpa.metrics.forEach((metric, index) => {
        const part = parts[index];
        if (part) fill(part, metric, now);
      });
    },
    /** Nothing is shown any more. */
    clear() {
      built = undefined;
      if (root.hidden) focused = undefined;
      for (const { plot } of parts.splice(0)) plot.remove();
      root.replaceChildren();
    },
  };
}

function newPart(): Part {
  const plot = createPlot("chart", () => Math.min(1_100, document.documentElement.clientWidth - 64));
  return {
    plot,
    facts: { reading: element("dd"), goal: element("dd"), asks: element("dd"), server: element("dd") },
  };
}

function metricSection(metric: MetricStatus, { plot, facts }: Part, isOneOfSeveral: boolean): HTMLElement {
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
            "Last 15 minutes",
            swatch("reading"),
            metric.unit ?? "reading",
            swatch("capacity"),
            carried,
          ),
          plot.root,
        ]),
    element(
      "dl",
      {},
      ...(["Reading", "Target", "Pods it asks for", "Prometheus"] as const).flatMap((name, index) => [
        element("dt", {}, name),
        [facts.reading, facts.goal, facts.asks, facts.server][index] ?? element("dd"),
      ]),
    ),
    ...(metric.query === undefined
      ? []
      : [
          element("p", { class: "small" }, `The query, from the annotation ${metric.key}`),
          element("pre", { tabindex: "0" }, metric.query),
        ]),
  );
}

function fill({ plot, facts }: Part, metric: MetricStatus, now: number): void {
  plot.show(metric);
  const when = measured(metric, now);
  write(facts.reading, `${reading(metric)}${when === "" ? "" : `, ${when}`}`);
  write(facts.goal, target(metric).replace(/^target /, ""));
  write(facts.asks, metric.proposal?.formula ?? "no reading, so none");
  write(facts.server, metric.server ?? "another server answers this one");
}

function showProblems(root: HTMLElement, problems: readonly ProblemStatus[]): void {
  const shown = JSON.stringify(problems);
  if (root.dataset["shown"] === shown) return;
  root.dataset["shown"] = shown;
  root.replaceChildren(
    ...problems.map(({ code, severity, about, message, detail, remedy }) =>
      element(
        "div",
        { class: "problem", "data-severity": severity },
        element("p", {}, element("strong", {}, code), ` ${message}`),
        ...(detail === undefined ? [] : [element("pre", { tabindex: "0" }, detail)]),
        element("p", {}, element("strong", {}, "What to do: "), remedy),
        ...(about === undefined ? [] : [element("p", { class: "small" }, `About ${about}`)]),
      ),
    ),
  );
}
