/**
 * PromQL queries for the signals of Istio's standard metrics. Each returns one number for all pods of a workload. A
 * workload without series has no reading for any signal: a value that nobody measured is never served as 0. If one part
 * of a query may lack series, `or 0 * sum(…)` of a part that has series replaces it. The same form also works when the
 * query is grouped by workload.
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
  /** Name of the Service that clients call. */
  readonly service: string;
  /** Namespace of that Service. */
  readonly namespace: string;
}

/**
 * Requests per second that clients and gateways send to a Service, including requests that find no pod. Those have the
 * workload `unknown`, the code 503 and the flag UH, so only the Service identifies their destination. This signal can
 * scale a workload up from zero replicas. It has no series until a client in the mesh has called the Service.
 */
export function demandPerSecondQuery({ service, namespace, windowSeconds, matchers }: ServiceDemand): string {
  const own: Matcher[] = [
    { label: "destination_service_name", operator: "=", value: service },
    { label: "destination_service_namespace", operator: "=", value: namespace },
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
 * Open TCP connections: opened minus closed. No rate is needed, because a proxy that restarts loses its counters and
 * its connections together. The series of closed connections does not exist before the first close. A negative result
 * becomes 0. It occurs when a proxy has dropped the counter of an old connection. The query does not use the window.
 */
export function openConnectionsQuery(traffic: WorkloadTraffic): string {
  const opened = `sum(${trafficSelector("istio_tcp_connections_opened_total", traffic)})`;
  const closed = `sum(${trafficSelector("istio_tcp_connections_closed_total", traffic)})`;
  return `clamp_min(${opened} - (${closed} or 0 * ${opened}), 0)`;
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
 * protocol, the series of each proxy have equal labels and are added. The series of HTTP and TCP have different labels
 * and are combined with `or`.
 */
export function bytesPerSecondQuery(traffic: WorkloadTraffic): string {
  const both = (one: string, other: string) => `(${trafficRate(one, traffic)} + ${trafficRate(other, traffic)})`;
  const http = both("istio_request_bytes_sum", "istio_response_bytes_sum");
  const tcp = both("istio_tcp_received_bytes_total", "istio_tcp_sent_bytes_total");
  return `sum(${http} or ${tcp})`;
}
