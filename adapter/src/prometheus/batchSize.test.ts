import { groupOf, parseQuery, templateInstanceOf } from "@asm-autoscaler/hpa-metrics";
import { expect, test } from "@jest/globals";
import { sized } from "./batchSize.ts";

const queriesOf = (count: number, textOf: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => {
    const parsed = parseQuery(textOf(index));
    const instance = parsed.ok ? templateInstanceOf(parsed.query) : undefined;
    if (!instance) throw new Error("the query has no template");
    return { instance };
  });

test("whatever the queries, all are in a group, and no text is written that is much longer than a query may be", () => {
  const manySelectors = queriesOf(500, (index) =>
    Array.from({ length: 35 }, () => `x{a="${String(index).padEnd(200, "x")}"}`).join(" + "),
  );
  const manyPods = queriesOf(500, (index) => {
    const pods = Array.from({ length: 20 }, (_, pod) => `pod-${index}-${pod}`.padEnd(200, "x"));
    return `sum by (pod) (x{pod=~"${pods.join("|")}"})`;
  });
  const longSet = queriesOf(300, (index) => {
    const pods = Array.from({ length: 190 }, (_, pod) => `pod-${index}-${pod}`.padEnd(40, "x"));
    return `sum by (pod) (x{pod=~"${pods.join("|")}"})`;
  });
  for (const queries of [manySelectors, manyPods, longSet]) {
    const groups = sized(queries, 500);
    expect(groups.flat()).toEqual(queries);
    for (const group of groups)
      expect(groupOf(group.map(({ instance }) => instance)).text.length).toBeLessThan(500_000);
  }
});
