/**
 * The signals of Istio's standard metrics as PromQL, each one number for all pods of a workload. A workload without
 * series has no reading in any of them: nothing is served as 0 that nobody measured. Wherever a part may lack series,
 * `or 0 * sum(…)` of a part that has them stands in, so that the same form holds when it is grouped by workload.
 * All throw RangeError as `trafficSelector` does, and for a window that is no whole number of milliseconds above zero.
 */
import type { Matcher } from "../selector";
import { rateOf, trafficRate, trafficSelector, type WorkloadTraffic } from "./workload";

/** Requests per second, as the ASM guide asks for them. A request counts when it has ended. */
export function requestsPerSecondQuery(traffic: WorkloadTraffic): string {
  return `sum(${trafficRate("istio_requests_total", traffic)})`;
}

/** Whose demand is measured, and over how long. */
export interface ServiceDemand extends Pick<WorkloadTraffic, "windowSeconds" | "matchers"> {
  /** Name of the Service that clients call. */
  readonly service: string;
  /** Namespace of that Service. */
  readonly namespace: string;
}

/**
 * Requests per second that clients and gateways send to a Service, also those that find no pod: they carry the workload
 * `unknown`, 503 and the flag UH, so that the Service tells whose they are. It wakes a workload that has no replica.
 * Without a client in the mesh that has called it, it has no series.
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
 * Requests in evaluation: the seconds of work that end per second, which by Little's law is the mean number of requests under
 * way. Istio counts milliseconds, and a request when it has ended.
 */
export function inFlightRequestsQuery(traffic: WorkloadTraffic): string {
  return `sum(${trafficRate("istio_request_duration_milliseconds_sum", traffic)}) / 1000`;
}

/**
 * Open TCP connections: opened less closed. No rate is needed, because a proxy that restarts loses both counters and its
 * connections together. Before the first close there is no series of closed ones. Below zero, which a proxy shows that
 * has dropped the counter of an old connection, it is 0. The window has no part in it.
 */
export function openConnectionsQuery(traffic: WorkloadTraffic): string {
  const opened = `sum(${trafficSelector("istio_tcp_connections_opened_total", traffic)})`;
  const closed = `sum(${trafficSelector("istio_tcp_connections_closed_total", traffic)})`;
  return `clamp_min(${opened} - (${closed} or 0 * ${opened}), 0)`;
}

/**
 * A quantile of the requests' latency in milliseconds, interpolated between the bounds of Istio's buckets. While nothing
 * is requested it is 0: NaN would fail the reading, and one failing metric keeps an idle workload from scaling down. With
 * requests and without buckets it has no reading.
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
 * The share of requests answered with a 5xx code, 0 to 1. It is 0 before the first error and while nothing is requested,
 * for the reason that `latencyQuery` gives. Errors of gRPC are no 5xx: their response code is 200.
 */
export function errorRatioQuery(traffic: WorkloadTraffic): string {
  const errors = `sum(${trafficRate("istio_requests_total", traffic, failed)})`;
  const requests = `sum(${trafficRate("istio_requests_total", traffic)})`;
  return `${errors} / (${requests} > 0) or 0 * ${requests}`;
}

/**
 * Bytes per second, both directions together: bodies of HTTP requests and responses, and all bytes of TCP connections.
 * Each proxy's series of one protocol have equal labels and are added; those of HTTP and TCP differ and are united.
 */
export function bytesPerSecondQuery(traffic: WorkloadTraffic): string {
  const both = (one: string, other: string) => `(${trafficRate(one, traffic)} + ${trafficRate(other, traffic)})`;
  const http = both("istio_request_bytes_sum", "istio_response_bytes_sum");
  const tcp = both("istio_tcp_received_bytes_total", "istio_tcp_sent_bytes_total");
  return `sum(${http} or ${tcp})`;
}
