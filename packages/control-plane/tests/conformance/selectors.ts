import { beforeAll, expect, test } from "@jest/globals";
import { until } from "../until.ts";
import { hpa } from "./hpa.ts";
import { metricPath, type Stage } from "./stage.ts";
import { go } from "./vectors.ts";

/** The label sets of the vectors, each served with a value of its own. */
const SETS: readonly [text: string, labels: Record<string, string>][] = [
  ["{}", {}],
  ["a=", { a: "" }],
  ["a=b", { a: "b" }],
  ["a=c,x=1", { a: "c", x: "1" }],
  ["x=5", { x: "5" }],
  ["x=abc", { x: "abc" }],
];

/** 19: a selector through the API server selects what Go's own selects, and fails with Go's own words. */
export function selectors(stage: () => Stage): void {
  beforeAll(async () => {
    const { apply, read } = stage();
    await apply(
      ...SETS.map(([, labels], index) =>
        hpa(`golden-${index}`, [{ name: "golden", matchLabels: { ...labels, type: "prometheus" } }], {
          annotations: { "metric-config.external.golden.prometheus/query": `vector(${index})` },
        }),
      ),
    );
    await until("all values", async () => (await read(metricPath("golden"))).body.items?.length === SETS.length, 10);
  });

  test.each(go.selectors)("$in", async ({ in: text, matches, err }) => {
    const { status, body } = await stage().read(metricPath("golden", text));
    if (err !== undefined) {
      expect([status, body.reason, body.message]).toEqual([400, "BadRequest", err]);
      return;
    }
    const found = new Set(body.items?.map(({ value }) => Number(value)));
    const chosen = Object.fromEntries(SETS.map(([set], index) => [set, found.has(index)]));
    expect([status, chosen]).toEqual([200, matches]);
  });
}
