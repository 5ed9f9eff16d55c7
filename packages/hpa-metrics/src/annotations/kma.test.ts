import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { readMetricSpecs } from "./read";
import type { ExternalMetric, MetricSpec } from "./spec";

interface Expected {
  readonly query?: string;
  readonly intervalMs?: number;
  readonly server?: string;
  readonly error?: string;
  readonly parseError?: string;
}
interface Row {
  readonly id: string;
  readonly verdict: "match" | "differ";
  readonly annotations: Record<string, string>;
}
interface CollectorRow extends Row {
  readonly additionalServers: Record<string, string>;
  readonly metrics: readonly ExternalMetric[];
  readonly expect: readonly Expected[];
}
interface SelectionRow extends Row {
  readonly metric: ExternalMetric;
  readonly expect: { readonly collector?: string; readonly error?: string };
}
const vectors: {
  annotationParser: Row[];
  collectorSelection: SelectionRow[];
  prometheusCollector: CollectorRow[];
} = JSON.parse(readFileSync(join(__dirname, "kma.vectors.json"), "utf8"));

/** Aliases are the adapter's to know: there, the unknown one of pc-31 is an error. Here it is only handed on. */
const knownLater = ["pc-31"];

function serverUrl(spec: MetricSpec, servers: Record<string, string>): string | undefined {
  if (spec.server.kind === "default") return undefined;
  return spec.server.kind === "url" ? spec.server.url : servers[spec.server.alias];
}

test.each(vectors.prometheusCollector.filter(({ verdict }) => verdict === "match"))(
  "$id: an HPA of the reference means the same",
  ({ id, annotations, metrics, additionalServers, expect: expected }) => {
    const { specs, problems } = readMetricSpecs(annotations, metrics);
    const refused = expected.filter(({ query }) => query === undefined).length;
    if (knownLater.includes(id)) {
      expect(specs).toMatchObject([{ server: { kind: "alias", alias: "zzz" } }]);
      return;
    }
    expect(specs).toHaveLength(expected.length - refused);
    // "no plugin" is a warning: another adapter may serve the metric.
    if (refused > 0)
      expect(
        problems.filter(({ code, severity }) => severity === "error" || code === "ASM_METRIC_NOT_SERVED"),
      ).not.toEqual([]);
    else expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
    for (const [index, { query, intervalMs, server }] of expected.entries()) {
      const spec = specs[index];
      if (query === undefined || !spec) continue;
      expect(spec.query.text).toBe(query);
      if (intervalMs !== undefined) expect(spec.intervalSeconds).toBe(intervalMs / 1000);
      expect(serverUrl(spec, additionalServers)).toBe(server);
    }
  },
);

/** What we do where the reference has a trap: the query that is served, if any, and the problem that tells. */
const decisions: Record<string, { query?: string; problems: string[] }> = {
  "pc-12": { problems: ["ASM_QUERY_IN_LABEL"] },
  "pc-14": { problems: ["ASM_QUERY_MISSING"] },
  "pc-18": { problems: ["ASM_KEY_NOT_READ", "ASM_QUERY_MISSING"] },
  "pc-24": { problems: ["ASM_INTERVAL_INVALID"] },
  "pc-27": { query: "Q", problems: ["ASM_KEY_UNUSED"] },
  "pc-37": { query: "Q", problems: [] },
  "pc-38": { query: "QP", problems: ["ASM_KEY_NOT_READ"] },
};
const differing = vectors.prometheusCollector.filter(({ verdict }) => verdict === "differ");

test.each(differing)("$id: where the reference has a trap, the decision holds", ({ id, annotations, metrics }) => {
  const { specs, problems } = readMetricSpecs(annotations, metrics);
  const decision = decisions[id];
  expect(specs.map(({ query }) => query.text)).toEqual(decision?.query === undefined ? [] : [decision.query]);
  expect(problems.map(({ code }) => code)).toEqual(decision?.problems);
});

test("each decision is written down for the people who migrate", () => {
  const page = readFileSync(join(__dirname, "../../../../docs/reference/differences.md"), "utf8");
  expect(differing.map(({ id }) => id).filter((id) => !page.includes(id))).toEqual([]);
});

test("cs-01, cs-02, cs-03: the label type chooses the source, else the metric's name", () => {
  // The reference's test registers the sources external-1 and external-2; ours are registered under these names.
  const names = new Map([
    ["external-1", "prometheus-query"],
    ["external-2", "prometheus"],
  ]);
  expect(vectors.collectorSelection.map(({ id }) => id)).toEqual(["cs-01", "cs-02", "cs-03"]);
  for (const { metric, expect: expected } of vectors.collectorSelection) {
    const name = names.get(metric.name) ?? metric.name;
    const labels = Object.entries(metric.matchLabels ?? {}).map(([key, value]) => [key, names.get(value) ?? value]);
    const annotations = { [`metric-config.external.${name}.prometheus/query`]: "Q" };
    const { specs } = readMetricSpecs(annotations, [{ name, matchLabels: Object.fromEntries(labels) }]);
    expect(specs).toHaveLength(expected.error === undefined ? 1 : 0);
  }
});

test("ap-01, ap-05, ap-06: keys of other sources are each named as not read", () => {
  expect(vectors.annotationParser.map(({ id }) => id)).toEqual(["ap-01", "ap-05", "ap-06"]);
  for (const { annotations } of vectors.annotationParser) {
    const { specs, problems } = readMetricSpecs(annotations, []);
    expect(specs).toEqual([]);
    expect(problems.map(({ code, severity, key }) => ({ code, severity, key }))).toEqual(
      Object.keys(annotations).map((key) => ({ code: "ASM_KEY_NOT_READ", severity: "warning", key })),
    );
  }
});
