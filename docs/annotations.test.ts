import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { annotationKey, reservedKeys, settingsOfQuery } from "../packages/hpa-metrics/src/annotations/key";
import { readMetricSpecs } from "../packages/hpa-metrics/src/annotations/read";
import type { ExternalMetric } from "../packages/hpa-metrics/src/annotations/spec";
import { requestsPerSecondQuery } from "../packages/hpa-metrics/src/istio/signals";

const root = join(__dirname, "..");
const page = readFileSync(join(root, "docs/reference/annotations.md"), "utf8");

/** The rows of the table of keys: the key and its example. */
const rows = [...page.matchAll(/^\| `([\w-]+)` \| `([^`]+)` \| .* \| .* \|$/gm)].map(
  ([, key = "", example = ""]): [string, string] => [key, example],
);

/** Settings of kube-metrics-adapter that the page says have no effect. */
const withoutEffect = rows.filter(([key]) => new RegExp(`\`${key}\` .* No effect`).test(page)).map(([key]) => key);

/** A query for which every setting is valid. */
const QUERY = requestsPerSecondQuery({ workload: "podinfo", namespace: "test" });

/** The codes of the problems of an HPA with these annotations, by the names of its queries. */
function problemsOf(annotations: Record<string, string>, metric: ExternalMetric): string[] {
  return readMetricSpecs(annotations, [metric]).problems.map(({ code }) => code);
}

test("the page has every key that the adapter reads, and no other", () => {
  expect(rows.map(([key]) => key).sort()).toEqual([...reservedKeys, "NAME"].sort());
  const ofOneQuery = page.match(/^(`[\w-]+`, )*`[\w-]+` and `[\w-]+` also exist for one query/m)?.[0] ?? "";
  expect([...ofOneQuery.matchAll(/`([\w-]+)`/g)].map(([, key]) => key)).toEqual([...settingsOfQuery]);
});

test.each(rows)("%s: its example %s is valid", (key, example) => {
  const metric = { name: "m", matchLabels: { type: "prometheus", "query-name": "podinfo-rps" } };
  const annotations = {
    [annotationKey("m", "podinfo-rps")]: QUERY,
    [annotationKey("m", key === "NAME" ? "podinfo-rps" : key)]: example,
  };
  // With `query`, the query of the name is not used.
  const expected = withoutEffect.includes(key) ? ["ASM_KEY_WITHOUT_EFFECT"] : key === "query" ? ["ASM_KEY_UNUSED"] : [];
  expect(problemsOf(annotations, metric)).toEqual(expected);
});

test("every value that the page names for a setting is valid", () => {
  const metric = { name: "m", matchLabels: { type: "prometheus" } };
  const valid: [string, readonly string[]][] = [
    ["aggregate", ["sum", "max", "min", "avg"]],
    ["on-no-data", ["hold", "zero", "value 5", "last-for 10m"]],
    ["on-error", ["direct"]],
    ["dialect", ["server", "promql"]],
    ["reaction", ["direct", "prometheus"]],
  ];
  for (const [key, values] of valid) {
    const row = page.split("\n").find((line) => line.startsWith(`| \`${key}\``)) ?? "";
    for (const value of values) {
      expect(row).toContain(`\`${value}\``);
      const annotations = { [annotationKey("m", "query")]: QUERY, [annotationKey("m", key)]: value };
      expect(problemsOf(annotations, metric)).toEqual([]);
    }
  }
});

interface Hpa {
  readonly kind?: string;
  readonly metadata: { readonly annotations?: Record<string, string> };
  readonly spec: { readonly metrics: readonly { readonly external?: { readonly metric: HpaMetric } }[] };
}

interface HpaMetric {
  readonly name: string;
  readonly selector: Pick<ExternalMetric, "matchLabels">;
}

/** The HPAs in the YAML blocks of all pages. */
const hpas = ["README.md", ...globSync("docs/**/*.md", { cwd: root })].flatMap((file) =>
  [...readFileSync(join(root, file), "utf8").matchAll(/^( *)```yaml\n([\s\S]*?)^\1```$/gm)]
    .flatMap(([, , text = ""]) => parseAllDocuments(text).map((document) => document.toJS() as Hpa))
    .filter(({ kind }) => kind === "HorizontalPodAutoscaler")
    .map((hpa): [string, Hpa] => [file, hpa]),
);

test("the pages have HPAs", () => {
  expect(hpas.length).toBeGreaterThan(2);
});

test.each(hpas)("the HPA of %s is read without a problem", (_, { metadata: { annotations = {} }, spec }) => {
  const metrics = spec.metrics.flatMap(({ external }) =>
    external === undefined ? [] : [{ name: external.metric.name, ...external.metric.selector }],
  );
  const { specs, problems } = readMetricSpecs(annotations, metrics);
  expect([specs.length, problems]).toEqual([metrics.length, []]);
});
