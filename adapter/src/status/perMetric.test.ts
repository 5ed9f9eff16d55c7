import { expect, test } from "@jest/globals";
import { Registry } from "prom-client";
import { parseHpa } from "../hpas/hpa.ts";
import { createMetricRegistry } from "../hpas/metricRegistry.ts";
import { MOST_METRICS, registerPerMetric } from "./perMetric.ts";

const KEY = "metric-config.external.prometheus-query.prometheus/";

async function scrape(hpas: number, codeOf: (query: string) => string | undefined): Promise<string> {
  const metricRegistry = createMetricRegistry({
    checkSpec: () => undefined,
    onAdd: () => undefined,
    onRemove: () => undefined,
  });
  for (let index = 0; index < hpas; index++) {
    const metric = { name: "prometheus-query", selector: { matchLabels: { "query-name": "rps" } } };
    const hpa = parseHpa({
      metadata: { namespace: "shop", name: `h${index}`, annotations: { [`${KEY}rps`]: `x${index}` } },
      spec: { metrics: [{ type: "External", external: { metric } }] },
    });
    if (hpa) metricRegistry.put(hpa);
  }
  const registry = new Registry();
  registerPerMetric(registry, metricRegistry, {
    state: (spec) => {
      const code = codeOf(spec.query.text);
      return code === undefined ? { ageMs: 1500, tookMs: 20 } : { tookMs: 20, code };
    },
  });
  // Twice: what was filled by the first scrape must not stay.
  await registry.metrics();
  return registry.metrics();
}

test("each metric of an HPA has its age, its duration and its fault", async () => {
  const text = await scrape(2, (query) => (query === "x1" ? "ASM_NAN" : undefined));
  const labels = (hpa: string) => `namespace="shop",hpa="${hpa}",metric="prometheus-query",query="rps"`;
  expect(text).toContain(`asm_metrics_adapter_reading_age_seconds{${labels("h0")}} 1.5\n`);
  expect(text).toContain(`asm_metrics_adapter_evaluation_seconds{${labels("h1")}} 0.02\n`);
  expect(text).toContain(`asm_metrics_adapter_reading_fault{${labels("h1")},code="ASM_NAN"} 1\n`);
  expect(text).not.toContain(`reading_age_seconds{${labels("h1")}`);
  expect(text).toContain("asm_metrics_adapter_metrics_left_out 0\n");
});

test("there are never more series than the bound, and those with a fault come first", async () => {
  const text = await scrape(MOST_METRICS + 50, (query) => (query === `x${MOST_METRICS + 49}` ? "ASM_NAN" : undefined));
  expect(text.match(/evaluation_seconds\{/g)).toHaveLength(MOST_METRICS);
  expect(text).toContain("asm_metrics_adapter_metrics_left_out 50\n");
  expect(text).toContain(`hpa="h${MOST_METRICS + 49}"`);
});
