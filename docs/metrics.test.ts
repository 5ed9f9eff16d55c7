import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { noReadingCounts } from "../adapter/src/readings/readingCounts.ts";
import { createRegistry } from "../adapter/src/status/metricsServer.ts";
import { metricsReference, type RegisteredMetric } from "./metricsReference";

const page = join(__dirname, "reference/metrics.md");
const introduction = readFileSync(join(__dirname, "metrics/introduction.md"), "utf8");

/** What the adapter registers, without an HPA. */
function registered(): RegisteredMetric[] {
  const registry = createRegistry({
    metricRegistry: { allHpaMetrics: () => [] } as never,
    readings: { counts: noReadingCounts(), state: () => ({}) },
    prometheus: { counts: { requests: 0, grouped: 0, splits: 0, queued: 0, refused: 0 } as never },
    events: { written: 0, dropped: 0, failed: 0 },
    watchRestarts: () => 0,
    servingExpiresAt: () => 0,
    delegates: () => [],
    ...{ takeOver: () => [], contests: new Map(), missingApi: { problem: () => undefined } },
  });
  return registry.getMetricsAsArray() as unknown as RegisteredMetric[];
}

// After a change of a metric: WRITE_METRICS=1 npm run test:unit -- docs/metrics
test("the reference of metrics is the one of the adapter's registry", () => {
  const made = metricsReference(introduction, registered());
  if (process.env["WRITE_METRICS"] === "1") writeFileSync(page, made);
  expect(readFileSync(page, "utf8")).toBe(made);
});

test("every metric that an alert, a dashboard or a page names is one of the registry", () => {
  const names = new Set(registered().map(({ name }) => name));
  expect(names.size).toBeGreaterThan(30);
  const sources = ["../packages/asm-autoscaler/src/alerts/adapter.ts", "metrics/introduction.md"];
  const named = sources.flatMap(
    (file) => readFileSync(join(__dirname, file), "utf8").match(/\basm_metrics_adapter_[a-z_]+/g) ?? [],
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !names.has(name))).toEqual([]);
});
