import fc from "fast-check";
import { formatSelector, matchesSelector, type Selector } from "../src/kubernetes/labelSelector.ts";
import { parseSelector } from "../src/kubernetes/labelSelectorParser.ts";
import { explore, promised, type Surface } from "./surface.ts";

type Labels = Record<string, string>;

interface Term {
  text: string;
  holds(labels: Labels): boolean;
}

const key = fc.constantFrom("a", "b", "in", "notin", "x.io/a", "k_1");
const value = fc.constantFrom<string[]>("b", "in", "1", "12", "a.b", "");
const space = fc.constantFrom("", " ", "\t", "  ");

/** A term as text and, apart from our parser, what it means. */
const term: fc.Arbitrary<Term> = fc.oneof(
  fc.tuple(key, space, fc.constantFrom("=", "==", "!="), space, value).map(([k, s, op, t, v]) => ({
    text: `${k}${s}${op}${t}${v}`,
    holds: (labels: Labels) => (labels[k] === v) === (op !== "!="),
  })),
  fc
    .tuple(key, fc.constantFrom("in", "notin"), space, fc.array(value, { minLength: 1, maxLength: 3 }))
    .map(([k, op, s, values]) => ({
      text: `${k} ${op}${s}(${values.join(`,${s}`)})`,
      holds: (labels: Labels) => (k in labels && values.includes(labels[k] ?? "")) === (op === "in"),
    })),
  key.map((k) => ({ text: k, holds: (labels: Labels) => k in labels })),
  fc.tuple(space, key).map(([s, k]) => ({ text: `!${s}${k}`, holds: (labels: Labels) => !(k in labels) })),
  fc.tuple(key, fc.constantFrom(">", "<"), fc.integer({ min: 0, max: 20 })).map(([k, op, limit]) => ({
    text: `${k}${op}${limit}`,
    holds: (labels: Labels) =>
      /^[+-]?\d+$/.test(labels[k] ?? "") && (op === ">" ? Number(labels[k]) > limit : Number(labels[k]) < limit),
  })),
);
const labels = fc.dictionary(key, value, { noNullPrototype: true });
const scrap = fc
  .array(fc.constantFrom("a", "b", "=", "!=", "!", ",", "(", ")", "in", "notin", " ", ">", "é", "/", ".", "\0"), {
    maxLength: 12,
  })
  .map((list) => list.join(""));
const input = fc.record({
  terms: fc.array(term, { maxLength: 4 }),
  scrap: fc.oneof(scrap, fc.string(), fc.string({ unit: "binary" })),
  labels,
});

/** Planted: `notin` of several values lets in the last of them. */
function broken(matches: typeof matchesSelector): typeof matchesSelector {
  return (selector, labels) =>
    matches(
      selector.map((one) =>
        one.operator === "notin" && one.values.length > 1 ? { ...one, values: one.values.slice(0, -1) } : one,
      ),
      labels,
    );
}

/** What stands in `labelSelector`. */
export const selectors: Surface = {
  name: "selectors",
  run(trial) {
    const matches = trial.planted ? broken(matchesSelector) : matchesSelector;
    const roundTrip = (selector: Selector, labels: Labels) => {
      const again = parseSelector(formatSelector(selector));
      promised(again.ok, "the canonical text is a selector");
      if (again.ok) promised(matches(again.selector, labels) === matches(selector, labels), "and the same one");
    };
    return explore(this.name, trial, input, ({ terms, scrap, labels }, tally) => {
      const text = terms.map((one) => one.text).join(",");
      const parsed = parseSelector(text);
      promised(parsed.ok, `"${text}" is a selector`);
      if (parsed.ok) {
        tally.parsed++;
        const wanted = terms.every(({ holds }) => holds(labels));
        promised(matches(parsed.selector, labels) === wanted, `"${text}" chooses as it says`);
        roundTrip(parsed.selector, labels);
      }
      const odd = parseSelector(scrap);
      if (odd.ok) roundTrip(odd.selector, labels);
      else promised(odd.message !== "", "a refusal has a reason");
    });
  },
};
