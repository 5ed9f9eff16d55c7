import { once } from "node:events";
import { createServer } from "node:http";

/** How large a fleet of workloads is. */
export interface FleetSize {
  namespaces: number;
  workloadsPerNamespace: number;
  /** Series of `istio_requests_total` per workload: one, or pods times three response codes. */
  seriesPerWorkload: number;
}

/** One workload of the fleet. */
export interface FleetWorkload {
  namespace: string;
  workload: string;
}

/** Bounds of the latency buckets in milliseconds; fewer than Istio's twenty, so that 300 series stay within one machine. */
const BUCKETS = ["5", "10", "25", "50", "100", "250", "500", "1000", "2500", "+Inf"];
const CODES = ["200", "404", "503"];

/** The workloads; names are unique over the whole fleet. */
export function fleetWorkloads({ namespaces, workloadsPerNamespace }: FleetSize): FleetWorkload[] {
  return Array.from({ length: namespaces * workloadsPerNamespace }, (_, index) => ({
    namespace: `team-${index % namespaces}`,
    workload: `service-${index}`,
  }));
}

/**
 * Serves the metrics of a fleet, one path for each namespace, and resolves to its scrape job. It stands for the sidecars:
 * all of a namespace's come in one scrape and their counters grow evenly, which costs Prometheus's scraper less than so many pods
 * and its queries the same.
 */
export async function serveFleet(size: FleetSize, address: string): Promise<{ job: object; close(): void }> {
  const begun = Date.now() - 1_000_000;
  const lines = new Map<string, string[]>();
  for (const workload of fleetWorkloads(size)) {
    const own = lines.get(workload.namespace) ?? [];
    lines.set(workload.namespace, own);
    own.push(...seriesOf(workload, size.seriesPerWorkload));
  }
  const server = createServer((request, response) => {
    const seconds = Math.round((Date.now() - begun) / 1000);
    const own = lines.get((request.url ?? "").slice(1)) ?? [];
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(own.map((series, index) => `${series} ${seconds * (1 + (index % 7))}\n`).join(""));
  }).listen(15_090, address);
  await once(server, "listening");
  const job = {
    job_name: "fleet",
    static_configs: [...lines.keys()].map((namespace) => ({
      targets: [`${address}:15090`],
      labels: { __metrics_path__: `/${namespace}` },
    })),
  };
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { job, close };
}

function seriesOf({ namespace, workload }: FleetWorkload, count: number): string[] {
  const codes = count < CODES.length ? CODES.slice(0, count) : CODES;
  const pods = Math.max(1, Math.round(count / CODES.length));
  const labels = (pod: number) =>
    `reporter="destination",destination_workload="${workload}",destination_workload_namespace="${namespace}",destination_service_name="${workload}",pod="${workload}-${pod}"`;
  const requests = Array.from({ length: pods }, (_, pod) =>
    codes.map((code) => `istio_requests_total{${labels(pod)},response_code="${code}"}`),
  );
  const latencies = Array.from({ length: Math.max(1, Math.round(count / BUCKETS.length)) }, (_, pod) => [
    ...BUCKETS.map((le) => `istio_request_duration_milliseconds_bucket{${labels(pod)},le="${le}"}`),
    `istio_request_duration_milliseconds_count{${labels(pod)}}`,
  ]);
  return [...requests, ...latencies].flat();
}
