import { createServer } from "node:http";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { Delegates } from "../delegates/delegates.ts";
import type { Direct } from "../direct/direct.ts";
import type { EventCounts } from "../events/recorder.ts";
import type { MetricRegistry } from "../hpas/metricRegistry.ts";
import type { Prometheus } from "../prometheus/prometheus.ts";
import type { Readings } from "../readings/readings.ts";
import { limitConnections } from "../serving/connectionPool.ts";
import { listenAddress } from "../serving/listenAddress.ts";
import { registerDelegates } from "./delegateMetrics.ts";
import { registerPerMetric } from "./perMetric.ts";
import { type RulesSource, registerRules } from "./ruleMetrics.ts";
import { type ApiServiceSources, registerTakeOver } from "./takeOverMetrics.ts";

export interface MetricsSources extends ApiServiceSources {
  metricRegistry: MetricRegistry;
  readings: Pick<Readings, "counts" | "state">;
  prometheus: Pick<Prometheus, "counts">;
  events: EventCounts;
  delegates: Delegates["states"];
  /** Absent without `--direct`. */
  direct?: Pick<Direct, "counts"> | undefined;
  /** Absent without rules of prometheus-adapter. */
  rules?: RulesSource;
  /** Number of times that the watch of HPAs restarted. */
  watchRestarts(): number;
  /** When the current serving certificate expires, in Unix milliseconds. */
  servingExpiresAt(): number;
}

/**
 * Creates the metrics about the adapter itself, in Prometheus's text format. Every label has a limited number of
 * values.
 */
export function createRegistry(sources: MetricsSources): Registry {
  const { metricRegistry, readings, prometheus, events, servingExpiresAt } = sources;
  const { counts } = readings;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  gauge(
    "asm_metrics_adapter_hpas",
    "HPAs with at least one metric that this adapter serves.",
    () => [...metricRegistry.allHpaMetrics()].filter((hpaMetrics) => hpaMetrics.specs.length > 0).length,
  );
  gauge("asm_metrics_adapter_metrics", "Metrics of HPAs that this adapter serves.", () =>
    [...metricRegistry.allHpaMetrics()].reduce((sum, hpaMetrics) => sum + hpaMetrics.specs.length, 0),
  );
  counter("asm_metrics_adapter_evaluations_total", "Queries evaluated, alone or in a group.", () => counts.evaluations);
  counter(
    "asm_metrics_adapter_prometheus_requests_total",
    "Requests sent to Prometheus: single queries and groups.",
    () => prometheus.counts.requests,
  );
  counter(
    "asm_metrics_adapter_grouped_evaluations_total",
    "Queries that were answered as part of a group.",
    () => prometheus.counts.grouped,
  );
  counter(
    "asm_metrics_adapter_group_splits_total",
    "Grouped queries that failed and were sent again in parts.",
    () => prometheus.counts.splits,
  );
  gauge(
    "asm_metrics_adapter_queued_requests",
    "Requests to Prometheus that wait for the share of their namespace.",
    () => prometheus.counts.queued,
  );
  counter(
    "asm_metrics_adapter_refused_requests_total",
    "Requests that were not sent to Prometheus, because the share of their namespace was used up.",
    () => prometheus.counts.refused,
  );
  counter(
    "asm_metrics_adapter_failed_evaluations_total",
    "Evaluations that gave no reading.",
    () => counts.failedEvaluations,
  );
  counter(
    "asm_metrics_adapter_old_data_evaluations_total",
    "Evaluations whose data was older than their evaluation time.",
    () => counts.oldData,
  );
  counter(
    "asm_metrics_adapter_held_reads_total",
    "Reads answered with a stale reading, because there was no new one.",
    () => counts.held,
  );
  counter("asm_metrics_adapter_refused_reads_total", "Reads answered with an error.", () => counts.refused);
  gauge(
    "asm_metrics_adapter_serving_certificate_expiry_seconds",
    "When the current serving certificate expires, in Unix seconds.",
    () => Math.floor(servingExpiresAt() / 1000),
  );
  counter("asm_metrics_adapter_watch_restarts_total", "Restarts of the watch of HPAs.", sources.watchRestarts);
  byLabel(
    registry,
    "faults",
    "Evaluations that gave no reading, by the code of their problem.",
    "code",
    () => counts.problems,
  );
  byLabel(registry, "events", "Events about HPAs, by their result.", "result", () => Object.entries(events));
  byLabel(
    registry,
    "direct_scrapes",
    "Scrapes of sidecars, by their result: ok, closed (no connection or no answer), answer, labels, large, busy (the namespace used up its share).",
    "result",
    () => sources.direct?.counts.scrapes ?? [],
  );
  counter(
    "asm_metrics_adapter_direct_bytes_total",
    "Bytes that the sidecars answered.",
    () => sources.direct?.counts.bytes ?? 0,
  );
  byLabel(
    registry,
    "direct_reads",
    "Reads of metrics with the reaction Direct, by whose value is served: pods, or prometheus if both have one. Without a value of the pods, by the code of the reason.",
    "result",
    () => counts.direct,
  );
  registerDelegates(registry, sources.delegates);
  registerTakeOver(registry, sources);
  registerRules(registry, sources.rules);
  registerPerMetric(registry, metricRegistry, readings);
  return registry;
}

function byLabel(
  registry: Registry,
  name: string,
  help: string,
  label: string,
  read: () => Iterable<readonly [string, number]>,
): void {
  new Counter({
    name: `asm_metrics_adapter_${name}_total`,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset();
      for (const [value, count] of read()) this.inc({ [label]: value }, count);
    },
  });
}

/**
 * Connection limits. Anyone in the cluster can connect and must not slow down the API. Prometheus scrapes at least once
 * a minute.
 */
const CONNECTIONS = { most: 32, silentMs: 70_000 };
const HEADER_BYTES = 8 * 1024;
/** How long the rendered text is cached, in milliseconds. Rendering takes some milliseconds per thousand metrics. */
const KEPT_MS = 1_000;

/** Serves GET /metrics over plain HTTP, for Prometheus in the cluster. Rejects when it cannot bind the address. */
export async function serveMetrics(registry: Registry, address: { host: string; port: number }): Promise<() => void> {
  let [text, madeAt] = [Promise.resolve(""), Number.NEGATIVE_INFINITY];
  const metrics = () => {
    if (performance.now() - madeAt > KEPT_MS) [text, madeAt] = [registry.metrics(), performance.now()];
    return text;
  };
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: HEADER_BYTES },
    (request, response) => {
      if (request.method !== "GET" || request.url !== "/metrics") {
        response.writeHead(404).end();
        return;
      }
      metrics().then(
        (body) => response.writeHead(200, { "content-type": registry.contentType }).end(body),
        () => response.writeHead(500).end(),
      );
    },
  );
  limitConnections(server, CONNECTIONS);
  await new Promise<void>((resolve, reject) => {
    // The listener stays: a connection that cannot be accepted later must not end the process.
    server.on("error", reject);
    server.listen(address.port, listenAddress(address.host), resolve);
  });
  return () => {
    server.close();
    server.closeAllConnections();
  };
}
