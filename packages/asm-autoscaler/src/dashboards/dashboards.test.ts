import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseQuery } from "@asm-autoscaler/hpa-metrics";
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { describe, expect, test } from "@jest/globals";
import { adapterDashboard, fleetDashboard, trafficDashboard } from ".";

interface Built {
  uid: string;
  panels: {
    id: number;
    title: string;
    description: string;
    gridPos: Place;
    targets: { refId: string; expr: string }[];
  }[];
  templating: { list: { name: string; query: string }[] };
}

interface Place {
  x: number;
  y: number;
  w: number;
  h: number;
}

const built = (dashboard: Dashboard): Built => JSON.parse(JSON.stringify(dashboard));
const queries = (dashboard: Built) => dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
const metricsIn = (query: string) => [...query.matchAll(/\b([a-z_][a-z0-9_]*)\{/g)].map((match) => match[1] ?? "");

/** Of the standard metrics of Istio and their labels. Source: Istio, "Istio Standard Metrics". */
const ISTIO = [
  "istio_requests_total",
  "istio_request_duration_milliseconds_bucket",
  "istio_request_duration_milliseconds_sum",
  "istio_request_bytes_sum",
  "istio_response_bytes_sum",
  "istio_tcp_connections_opened_total",
  "istio_tcp_connections_closed_total",
];

describe.each([
  ["traffic", trafficDashboard],
  ["adapter", adapterDashboard],
  ["fleet", fleetDashboard],
])("the %s dashboard", (_name, make) => {
  const dashboard = built(make());

  test("asks only in PromQL that Prometheus accepts", () => {
    expect(queries(dashboard).length).toBeGreaterThanOrEqual(dashboard.panels.length);
    for (const query of queries(dashboard)) {
      const parsed = parseQuery(query.replaceAll("$__rate_interval", "1m").replaceAll("$target", "10"));
      expect([query, parsed.ok ? "" : parsed.problem.message]).toEqual([query, ""]);
    }
  });

  test("uses no variable that it does not offer", () => {
    const offered = dashboard.templating.list.map(({ name }) => name);
    expect(offered[0]).toBe("datasource");
    const used = [...JSON.stringify(dashboard).matchAll(/\$\{?([a-z]\w*)/g)].map((match) => match[1] ?? "");
    expect(offered).toEqual(expect.arrayContaining([...new Set(used)]));
  });

  test("has panels with a title, a description and an own id, none over another", () => {
    const taken = new Set<string>();
    for (const { id, title, description, gridPos, targets } of dashboard.panels) {
      expect(title).not.toBe("");
      expect(description).toMatch(/\.$/);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect([title, taken.has(`${x},${y}`)]).toEqual([title, false]);
          taken.add(`${x},${y}`);
        }
      }
      expect(id).toBeGreaterThan(0);
    }
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });

  test("is the same each time, so that a preview is quiet", () => {
    expect(JSON.stringify(make())).toBe(JSON.stringify(make()));
  });
});

test("traffic asks for Istio's standard metrics, always of one reporter", () => {
  for (const query of queries(built(trafficDashboard()))) {
    expect(ISTIO).toEqual(expect.arrayContaining(metricsIn(query)));
    expect(query.split('reporter="$reporter"').length - 1).toBe(metricsIn(query).length);
  }
});

test("fleet asks for what the adapter tells of each metric, and for what kube-state-metrics tells of HPAs", () => {
  const source = readFileSync(join(__dirname, "../../../../adapter/src/status/perMetric.ts"), "utf8");
  const own = [...source.matchAll(/gauge\(\s*"(\w+)"/g)].map((match) => `asm_metrics_adapter_${match[1] ?? ""}`);
  expect(own.length).toBe(4);
  const others = ["asm_metrics_adapter_hpas", "asm_metrics_adapter_faults_total", "asm_metrics_adapter_events_total"];
  const kube = ["status_current_replicas", "spec_max_replicas"].map((what) => `kube_horizontalpodautoscaler_${what}`);
  const used = queries(built(fleetDashboard())).flatMap(metricsIn);
  expect([...own, ...others, ...kube]).toEqual(expect.arrayContaining(used));
  expect(used).toEqual(expect.arrayContaining(own));
});

test("adapter asks only for what the adapter, its process and the scrape expose", () => {
  const source = (file: string) => readFileSync(join(__dirname, "../../../../adapter/src/status", file), "utf8");
  const own = [
    ...`${source("metricsServer.ts")}${source("delegateMetrics.ts")}${source("takeOverMetrics.ts")}`.matchAll(
      /"(asm_metrics_adapter_\w+)"/g,
    ),
    ...source("ruleMetrics.ts").matchAll(/(?:gauge|counter)\(\s*"([a-z_]+)"/g),
  ].map(([, name = ""]) => (name.startsWith("asm_") ? name : `asm_metrics_adapter_${name}`));
  const byLabel = [...source("metricsServer.ts").matchAll(/byLabel\(\s*registry,\s*"(\w+)"/g)].map(
    (match) => `asm_metrics_adapter_${match[1]}_total`,
  );
  // Default metrics of prom-client, and the sample that Prometheus makes of each scrape.
  const others = [
    "up",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
    "nodejs_eventloop_lag_p99_seconds",
  ];
  const used = queries(built(adapterDashboard())).flatMap(metricsIn);
  expect([...own, ...byLabel, ...others]).toEqual(expect.arrayContaining(used));
  expect(used).toEqual(expect.arrayContaining(own));
});
