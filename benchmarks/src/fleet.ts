import type { LoneTarget } from "control-plane";

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
 * The metrics of a fleet, one path for each namespace. They stand for those of the sidecars: all of a namespace's come in one
 * scrape and their counters grow evenly, which costs Prometheus's scraper less than so many pods and its queries the same.
 */
export function fleetMetrics(size: FleetSize): Pick<LoneTarget, "paths" | "metrics"> {
  const begun = Date.now() - 1_000_000;
  const lines = new Map<string, string[]>();
  for (const workload of fleetWorkloads(size)) {
    const path = `/${workload.namespace}`;
    const own = lines.get(path) ?? [];
    lines.set(path, own);
    own.push(...seriesOf(workload, size.seriesPerWorkload));
  }
  const metrics = (path: string) => {
    const seconds = Math.round((Date.now() - begun) / 1000);
    return (lines.get(path) ?? []).map((series, index) => `${series} ${seconds * (1 + (index % 7))}\n`).join("");
  };
  return { paths: [...lines.keys()], metrics };
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
