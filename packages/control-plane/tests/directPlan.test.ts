import { setTimeout as delay } from "node:timers/promises";
import { directPlanOf, type ProxySeries, parseQuery } from "@asm-autoscaler/hpa-metrics";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type LonePrometheus, startLonePrometheus } from "../src/lonePrometheus.ts";
import { METRICS, proxiesText, proxyQuery } from "./proxyQuery.ts";

// What a query gives from the series of proxies is held against what a real Prometheus answers from the same series.

let prometheus: LonePrometheus;
let series: ReadonlyMap<string, readonly ProxySeries[]>;
const begun = Date.now();
let at = 0;

beforeAll(async () => {
  prometheus = await startLonePrometheus({
    paths: ["/stats/prometheus"],
    scrapeIntervalSeconds: 1,
    honorLabels: true,
    metrics: () => proxiesText((Date.now() - begun) / 1000),
  });
  for (const end = Date.now() + 60_000; ; await delay(200)) {
    at = Math.floor(Date.now() / 1000);
    const answer = await ask("count(count_over_time(istio_requests_total[10s]) >= 5)");
    if (answer.length === 1) break;
    if (Date.now() > end) throw new Error("Prometheus has not scraped often enough within a minute");
  }
  series = new Map(await Promise.all(METRICS.map(async (metric) => [metric, await seriesOf(metric)] as const)));
}, 600_000);

afterAll(async () => {
  await prometheus?.stop();
}, 30_000);

interface Sample {
  labels: Record<string, string>;
  value: number;
}

async function ask(query: string): Promise<Sample[]> {
  const response = await fetch(`${prometheus.url}/api/v1/query`, {
    method: "POST",
    body: new URLSearchParams({ query, time: String(at) }),
    signal: AbortSignal.timeout(10_000),
  });
  const { data, error } = (await response.json()) as {
    error?: string;
    data?: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  if (!data) throw new Error(`${query}: ${error}`);
  return data.result.map(({ metric, value }) => ({
    labels: metric,
    value: Number(value[1].replace("Inf", "Infinity")),
  }));
}

/** The series of a metric as a proxy prints them: with the empty label, and without what only Prometheus adds. */
async function seriesOf(metric: string): Promise<ProxySeries[]> {
  const [values, rates] = await Promise.all([ask(metric), ask(`rate(${metric}[10s])`)]);
  const identity = ({ __name__: _, ...labels }: Record<string, string>) =>
    JSON.stringify(Object.entries(labels).sort());
  const perSecond = new Map(rates.map(({ labels, value }) => [identity(labels), value]));
  return values.map(({ labels, value }) => {
    const { __name__: _, pod: _pod, job: _job, le, ...own } = labels;
    const bound = le === undefined ? {} : { le: le === "+Inf" ? le : String(Number(le)) };
    const rate = perSecond.get(identity(labels));
    if (rate === undefined) throw new Error(`no rate of ${identity(labels)}`);
    return { labels: { ...own, ...bound, grpc_response_status: "" }, value, perSecond: rate };
  });
}

test("a query gives from proxies what Prometheus answers", async () => {
  const counts = { refused: 0, without: 0, numbers: 0 };
  await fc.assert(
    fc.asyncProperty(proxyQuery, async (text) => {
      const parsed = parseQuery(text);
      if (!parsed.ok) throw new Error(`${text}\n${parsed.problem.caret}`);
      const result = directPlanOf(parsed.query);
      if (!result.ok) {
        counts.refused++;
        return;
      }
      const answer = await ask(text);
      const own = result.plan.evaluate((metric) => series.get(metric) ?? []);
      expect(answer.length).toBeLessThan(2);
      const [sample] = answer;
      if (sample) counts.numbers++;
      else counts.without++;
      if (sample && Number.isFinite(sample.value)) expect(own).toBeCloseTo(sample.value, 6);
      else expect(own).toBe(sample?.value);
    }),
    { numRuns: Number(process.env["DIRECT_QUERIES"] ?? 600) },
  );
  expect(counts.numbers).toBeGreaterThan(100);
  expect(counts.without).toBeGreaterThan(10);
  expect(counts.refused).toBeLessThan(400);
}, 120_000);
