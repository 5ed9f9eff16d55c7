import type { Endpoint } from "./meshPod.ts";

/** One Istio time series of a sidecar: its labels and its number of requests. */
export interface RequestSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Whole requests. */
  readonly requests: number;
}

/** The buckets of Istio's duration histogram (Envoy's default), in milliseconds. */
const bucketBounds = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];

/**
 * Share of requests that took at most this many milliseconds. It is constant, so the result of a latency query is
 * known.
 */
const shareWithin = (milliseconds: number): number => {
  if (milliseconds < 5) return 0;
  if (milliseconds < 10) return 0.6;
  if (milliseconds < 25) return 0.9;
  return milliseconds < 50 ? 0.99 : 1;
};

/** Mean duration in milliseconds, from which `_sum` is computed. */
const meanMilliseconds = 6;

/**
 * The response of a sidecar on /stats/prometheus, in Prometheus text format: `istio_requests_total` and the histogram
 * `istio_request_duration_milliseconds`, with the names of Istio's standard metrics.
 */
export function exposition(series: readonly RequestSeries[]): string {
  const lines = ["# TYPE istio_requests_total counter"];
  for (const { labels, requests } of series) lines.push(`istio_requests_total${braces(labels)} ${requests}`);
  lines.push("# TYPE istio_request_duration_milliseconds histogram");
  for (const { labels, requests } of series) {
    for (const bound of bucketBounds) {
      const within = Math.floor(requests * shareWithin(bound));
      lines.push(`istio_request_duration_milliseconds_bucket${braces({ ...labels, le: String(bound) })} ${within}`);
    }
    lines.push(`istio_request_duration_milliseconds_bucket${braces({ ...labels, le: "+Inf" })} ${requests}`);
    lines.push(`istio_request_duration_milliseconds_sum${braces(labels)} ${requests * meanMilliseconds}`);
    lines.push(`istio_request_duration_milliseconds_count${braces(labels)} ${requests}`);
  }
  return `${lines.join("\n")}\n`;
}

/** The labels of a destination's sidecar for HTTP 200 requests over mutual TLS (Istio's standard metrics). */
export function istioLabels(source: Endpoint, destination: Endpoint, service: string): Record<string, string> {
  return {
    reporter: "destination",
    ...side("source", source),
    ...side("destination", destination),
    destination_service: `${service}.${destination.namespace}.svc.cluster.local`,
    destination_service_name: service,
    destination_service_namespace: destination.namespace,
    request_protocol: "http",
    response_code: "200",
    response_flags: "-",
    connection_security_policy: "mutual_tls",
  };
}

/** What the clients' sidecars write as `destination_service_namespace` of a Service without endpoints. */
export type MeshAge = "old" | "new";

/**
 * The labels of a client's sidecar for the same requests, and for requests that find no endpoint. Envoy itself responds
 * to those with 503 and the flag UH. For their destination, it knows the Service but no workload. Sidecars from before
 * June 2024 (`old`) take the namespace of the Service from an endpoint, so they do not know that either.
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#response-flags
 * https://github.com/istio/proxy/pull/5617
 */
export function sourceLabels(
  source: Endpoint,
  destination: Pick<Endpoint, "namespace" | "workload">,
  service: string,
  isServed: boolean,
  mesh: MeshAge = "new",
): Record<string, string> {
  const { namespace, workload } = destination;
  const known: Endpoint = { namespace, workload, serviceAccount: "default", app: workload };
  const unknown: Endpoint = { namespace: "unknown", workload: "unknown", serviceAccount: "unknown", app: "unknown" };
  return {
    ...istioLabels(source, isServed ? known : unknown, service),
    destination_service: `${service}.${namespace}.svc.cluster.local`,
    destination_service_namespace: isServed || mesh === "new" ? namespace : "unknown",
    reporter: "source",
    ...(isServed ? {} : { destination_principal: "unknown", response_code: "503", response_flags: "UH" }),
  };
}

function side(prefix: "source" | "destination", endpoint: Endpoint): Record<string, string> {
  return {
    [`${prefix}_workload`]: endpoint.workload,
    [`${prefix}_workload_namespace`]: endpoint.namespace,
    [`${prefix}_principal`]: `spiffe://cluster.local/ns/${endpoint.namespace}/sa/${endpoint.serviceAccount}`,
    [`${prefix}_app`]: endpoint.app,
    [`${prefix}_version`]: endpoint.version ?? "unknown",
    [`${prefix}_canonical_service`]: endpoint.app,
    [`${prefix}_canonical_revision`]: endpoint.version ?? "latest",
    [`${prefix}_cluster`]: "Kubernetes",
  };
}

function braces(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(
      ([name, value]) => `${name}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`,
    )
    .join(",")}}`;
}
