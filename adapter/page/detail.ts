import type { HpaView, ProblemStatus } from "../src/status/statusJson.ts";
import { type Address, pathOf } from "./address.ts";
import { changesOf, type Span, spanOf, spanWords } from "./changes.ts";
import { copyable } from "./copy.ts";
import { byId, element, withCode, write } from "./element.ts";
import { fill, metricSection, newPart, type Part } from "./metricSection.ts";
import { amount, boundsText, clock, STATES, withTimestamps } from "./words.ts";

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
      changes: element("dd"),
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
        element("dt", {}, "Changes of size"),
        nodes.changes,
      ),
      ...hpa.metrics.map((metric, index) => metricSection(metric, parts[index] ?? newPart(), hpa.metrics.length > 1)),
      element("h3", {}, "Look further"),
      copyable(`kubectl -n ${hpa.namespace} describe hpa ${hpa.name}`, "command"),
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
        hpa.metrics.map(({ key, query, delegate, rule, anticipated }) => [
          key,
          query,
          delegate !== undefined,
          rule !== undefined,
          anticipated?.key,
        ]),
      ]);
      if (kind !== built) build(hpa, address);
      built = kind;
      root.dataset["state"] = hpa.state;
      write(nodes.badge, STATES[hpa.state]);
      write(nodes.lead, hpa.sentence);
      const { current, min, max } = hpa.replicas;
      write(
        nodes.pods,
        `${current === undefined ? "not known yet" : amount(current)} (from ${amount(min)} to ${amount(max)} are allowed)`,
      );
      write(nodes.next, nextText(hpa));
      const span = spanOf(hpa.metrics);
      write(nodes.changes, changesText(hpa, span));
      showProblems(nodes.problems, hpa.problems);
      hpa.metrics.forEach((metric, index) => {
        const part = parts[index];
        if (part) fill(part, metric, now, span);
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

/** `3`, or `8, but it is at its maximum of 4`. */
function nextText(hpa: HpaView): string {
  const { next, wanted } = hpa.replicas;
  if (hpa.reason === "at-maximum" && wanted !== undefined) return `${amount(wanted)}, ${boundsText(hpa)}`;
  return next === undefined ? "not known yet" : amount(next);
}

/** The last changes in the number of pods, newest first: `20:55:45 4 → 5, 20:54:45 3 → 4`. */
function changesText({ metrics }: HpaView, span: Span | undefined): string {
  const changes = changesOf(metrics.find(({ history }) => history)?.history).reverse();
  if (changes.length === 0) return `none in the ${spanWords(span).toLowerCase()}`;
  const shown = changes.slice(0, MOST_CHANGES).map(({ at, from, to }) => `${clock(at)} ${from} → ${to}`);
  const more = changes.length > shown.length ? `, and ${changes.length - shown.length} before` : "";
  return `${shown.join(", ")}${more} (UTC)`;
}

const MOST_CHANGES = 8;

/** Shows problems with their remedies. Those that have not changed stay. */
export function showProblems(root: HTMLElement, problems: readonly ProblemStatus[]): void {
  const shown = JSON.stringify(problems);
  if (root.dataset["shown"] === shown) return;
  root.dataset["shown"] = shown;
  root.replaceChildren(
    ...problems.map(({ code, severity, about, message, detail, remedy }) =>
      element(
        "div",
        { class: "problem", "data-severity": severity },
        element("p", {}, element("strong", {}, `${code}: `), withCode(withTimestamps(message))),
        ...(detail === undefined ? [] : [element("pre", { tabindex: "0" }, detail)]),
        element("p", {}, element("strong", {}, "What to do: "), withCode(remedy)),
        ...(about === undefined ? [] : [element("p", { class: "small" }, `About ${about}`)]),
      ),
    ),
  );
}
