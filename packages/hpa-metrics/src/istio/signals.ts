/**
 * PromQL queries for the signals of Istio's standard metrics. Each returns one number for all pods of a workload. A
 * workload without series has no reading for any signal: a value that nobody measured is never served as 0. If one part
 * of a query may lack series, `or 0 * sum(…)` of a part that has series replaces it. The same form also works when the
 * query is grouped by workload.
 *
 * A proxy can lose a counter and start it again from zero: when it restarts, when it rotates its metrics
 * (`METRIC_ROTATION_INTERVAL`, Istio 1.18 to 1.27), or when it evicts idle ones (`sidecar.istio.io/statsEvictionInterval`
 * from 1.28 on; both are off by default). `rate()` takes that for a reset, so rates stay correct but for the part of the
 * window in which a series was missing. A series that is missing is never read as another series' share: a part that
 * exists counts alone. A difference of counters is different, see `openConnectionsQuery`.
 * All functions throw RangeError like `trafficSelector`, and for a window that is not a whole number of milliseconds
 * above zero.
 */
import type { Matcher } from "../selector";
import { rateOf, trafficRate, trafficSelector, type WorkloadTraffic } from "./workload";

/** Requests per second, as in the ASM guide. A request is counted when it ends. */
export function requestsPerSecondQuery(traffic: WorkloadTraffic): string {
  return `sum(${trafficRate("istio_requests_total", traffic)})`;
}

/** The Service whose demand is measured, and the window. */
export interface ServiceDemand extends Pick<WorkloadTraffic, "windowSeconds" | "matchers"> {
  /**
   * Name of the Service that clients call, or its whole host name. A name without a dot belongs to the namespace and the
   * cluster domain `cluster.local`.
   */
  readonly service: string;
  /** Namespace of that Service. */
  readonly namespace: string;
}

/**
 * Requests per second that clients and gateways send to a Service, including requests that find no pod. Those have the
 * workload `unknown`, the code 503 and the flag UH, so only the Service identifies their destination. Its host name
 * (`destination_service`) does so in every version. `destination_service_namespace` is `unknown` without pods in proxies
 * from before June 2024 (https://github.com/istio/istio/issues/49842). This signal can scale a workload up from zero
 * replicas. It has no series until a client in the mesh has called the Service.
 */
export function demandPerSecondQuery({ service, namespace, windowSeconds, matchers }: ServiceDemand): string {
  if (service === "" || namespace === "") throw new RangeError("the Service whose demand is measured has no name");
  const host = service.includes(".") ? service : `${service}.${namespace}.svc.cluster.local`;
  const own: Matcher[] = [
    { label: "destination_service", operator: "=", value: host },
    { label: "reporter", operator: "=", value: "source" },
  ];
  return `sum(${rateOf("istio_requests_total", own, { windowSeconds, matchers })})`;
}

/**
 * Requests in flight: the seconds of work that end per second. By Little's law this is the mean number of requests in
 * flight. Istio counts milliseconds, and counts a request when it ends.
 */
export function inFlightRequestsQuery(traffic: WorkloadTraffic): string {
  return `sum(${trafficRate("istio_request_duration_milliseconds_sum", traffic)}) / 1000`;
}

/**
 * Open TCP connections: opened minus closed. No rate is needed, because a proxy that restarts loses its counters and its
 * connections together. The series of closed connections does not exist before the first close.
 *
 * The result is negative if a proxy has closed more connections than it has opened: minus the number of such proxies.
 * That state is impossible. The proxy rotated or evicted a counter, and the true number is unknown. The adapter makes no
 * reading of a negative number, and no policy for missing data applies to it. The sum over all proxies would hide the
 * state, and so would a clamp at 0. A lost counter that leaves a positive difference cannot be recognized, so this signal
 * needs proxies that keep their counters. `instance` is the label that Prometheus gives each scrape target. The query
 * does not use the window.
 */
export function openConnectionsQuery(traffic: WorkloadTraffic): string {
  const opened = trafficSelector("istio_tcp_connections_opened_total", traffic);
  const closed = trafficSelector("istio_tcp_connections_closed_total", traffic);
  const perProxy = (selected: string) => `sum by (instance) (${selected})`;
  const impossible = `${perProxy(closed)} > (${perProxy(opened)} or 0 * ${perProxy(closed)})`;
  return `-count(${impossible}) or sum(${opened}) - (sum(${closed}) or 0 * sum(${opened}))`;
}

/**
 * A quantile of the request latency in milliseconds, interpolated between the bounds of Istio's buckets. It is 0 while
 * there are no requests. NaN would make the reading fail, and one failing metric prevents an idle workload from scaling
 * down. It has no reading if there are requests but no buckets.
 *
 * @throws RangeError for a quantile that is not between 0 and 1.
 */
export function latencyQuery(traffic: WorkloadTraffic, quantile: number): string {
  if (!(quantile > 0 && quantile < 1)) throw new RangeError(`a quantile is between 0 and 1, not ${quantile}`);
  const buckets = `sum by (le) (${trafficRate("istio_request_duration_milliseconds_bucket", traffic)})`;
  const requests = `sum(${trafficRate("istio_request_duration_milliseconds_count", traffic)})`;
  return `histogram_quantile(${quantile}, ${buckets}) >= 0 or ${requests} == 0`;
}

const failed: readonly Matcher[] = [{ label: "response_code", operator: "=~", value: "5.." }];

/**
 * The share of requests with a 5xx response code, 0 to 1. It is 0 before the first error and while there are no
 * requests, for the reason given at `latencyQuery`. gRPC errors are not counted, because their response code is 200.
 */
export function errorRatioQuery(traffic: WorkloadTraffic): string {
  const errors = `sum(${trafficRate("istio_requests_total", traffic, failed)})`;
  const requests = `sum(${trafficRate("istio_requests_total", traffic)})`;
  return `${errors} / (${requests} > 0) or 0 * ${requests}`;
}

/**
 * Bytes per second in both directions: bodies of HTTP requests and responses, and all bytes of TCP connections. For one
 * protocol, the series of each proxy have equal labels and are added. A proxy that has only one direction, for example
 * because it evicted the idle one, counts with that one. The series of HTTP and TCP have different labels and are
 * combined with `or`.
 */
export function bytesPerSecondQuery(traffic: WorkloadTraffic): string {
  const both = (one: string, other: string) => {
    const [left, right] = [trafficRate(one, traffic), trafficRate(other, traffic)];
    return `(${left} + ${right} or ${left} or ${right})`;
  };
  const http = both("istio_request_bytes_sum", "istio_response_bytes_sum");
  const tcp = both("istio_tcp_received_bytes_total", "istio_tcp_sent_bytes_total");
  return `sum(${http} or ${tcp})`;
}
