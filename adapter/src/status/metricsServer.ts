import { createServer } from "node:http";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { Catalogue } from "../hpas/catalogue.ts";
import type { ReadingCounts } from "../readings/readings.ts";

export interface MetricsSources {
  catalogue: Catalogue;
  counts: ReadingCounts;
}

/** Metrics about the adapter itself, in Prometheus's text format; no label is unbounded. */
export function createRegistry({ catalogue, counts }: MetricsSources): Registry {
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
    "HPAs that ask for at least one metric.",
    () => [...catalogue.wishes()].filter((wish) => wish.specs.length > 0).length,
  );
  gauge("asm_metrics_adapter_metrics", "Metrics that HPAs ask for.", () =>
    [...catalogue.wishes()].reduce((sum, wish) => sum + wish.specs.length, 0),
  );
  counter("asm_metrics_adapter_evaluations_total", "Queries sent to Prometheus.", () => counts.evaluations);
  counter(
    "asm_metrics_adapter_failed_evaluations_total",
    "Queries that gave no reading.",
    () => counts.failedEvaluations,
  );
  counter(
    "asm_metrics_adapter_held_reads_total",
    "Reads answered with the last reading because no new one could be had.",
    () => counts.held,
  );
  counter("asm_metrics_adapter_refused_reads_total", "Reads answered with an error.", () => counts.refused);
  return registry;
}

/** Serves GET /metrics in plain HTTP, for Prometheus in the cluster. Rejects when the address cannot be bound. */
export async function serveMetrics(registry: Registry, address: { host: string; port: number }): Promise<() => void> {
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    if (request.method !== "GET" || request.url !== "/metrics") {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    // Stays on: a connection that cannot be accepted later must not end the process.
    server.on("error", reject);
    server.listen(address.port, address.host, resolve);
  });
  return () => {
    server.close();
    server.closeAllConnections();
  };
}
