import type { Reporter } from "../istio/workload";
import { unquote } from "../promql/text";
import { type SyntaxNode, textOf } from "../promql/tree";
import { type Condition, conditionsOf } from "../promql/vectorSelector";
import { selectMicroseconds } from "./cost";
import { type Budget, labelPattern } from "./labelPattern";
import { NotDirect } from "./notDirect";

/** A selector of a query that is evaluated from proxies. */
export interface ProxySelector {
  /** The text of the selector. Equal texts select equal series. */
  readonly text: string;
  /** The sample name, such as `istio_requests_total`. */
  readonly metric: string;
  readonly reporter: Reporter;
  /** The host of the Service that the series have. Undefined if the selector does not require one. */
  readonly destinationService: string | undefined;
  /** The namespace of the workload that the series have. Undefined if the selector does not require one. */
  readonly destinationNamespace: string | undefined;
  /** Time to select each series, in microseconds. */
  readonly microseconds: number;
  /** Whether the series belongs to the selector. @throws OverBudget */
  matches(labels: Readonly<Record<string, string>>, budget: Budget): boolean;
}

/**
 * Istio's standard metrics. Envoy updates `istio_requests_total` at the end of each request. It merges histograms every
 * 5 seconds, and the others have timers of 5 seconds. Source: https://istio.io/latest/docs/reference/config/metrics/
 */
const histograms = ["istio_request_duration_milliseconds", "istio_request_bytes", "istio_response_bytes"];
const METRICS: ReadonlySet<string> = new Set([
  "istio_requests_total",
  "istio_request_messages_total",
  "istio_response_messages_total",
  "istio_tcp_connections_opened_total",
  "istio_tcp_connections_closed_total",
  "istio_tcp_sent_bytes_total",
  "istio_tcp_received_bytes_total",
  ...histograms.flatMap((name) => [`${name}_bucket`, `${name}_sum`, `${name}_count`]),
]);

const peer = [
  "workload",
  "workload_namespace",
  "canonical_service",
  "canonical_revision",
  "principal",
  "app",
  "version",
  "cluster",
];

/** The labels that Envoy writes. Source: `istio_stats.cc` of istio/proxy, in the order of its tags. */
const LABELS: ReadonlySet<string> = new Set([
  "reporter",
  ...peer.map((name) => `source_${name}`),
  ...peer.map((name) => `destination_${name}`),
  "destination_service",
  "destination_service_name",
  "destination_service_namespace",
  "request_protocol",
  "response_code",
  "grpc_response_status",
  "response_flags",
  "connection_security_policy",
]);

const REPORTERS: readonly Reporter[] = ["destination", "source", "waypoint"];

/** Whether a query can group by this label: Envoy's labels, the bound of a bucket, and the proxy. */
export function isProxyLabel(label: string): boolean {
  return LABELS.has(label) || label === "le" || label === "instance";
}

/**
 * Reads a `VectorSelector`.
 *
 * @throws NotDirect if proxies alone cannot tell which series it selects.
 */
export function proxySelector(node: SyntaxNode, text: string): ProxySelector {
  const conditions = conditionsOf(node, text);
  const metric = metricOf(node, text, conditions);
  const matchers = conditions.filter(({ label }) => label !== "__name__").map(matcherOf);
  const reporter = REPORTERS.find((name) => name === required(conditions, "reporter"));
  if (!reporter) {
    throw new NotDirect(`a selector of ${metric} has no reporter="…" with destination, source or waypoint`);
  }
  const destinationService = required(conditions, "destination_service");
  // Callers know no workload where a request finds no pod, so for them the Service is enough.
  if (reporter === "destination" || !destinationService) checkWorkload(metric, reporter, conditions);
  return {
    ...{ text: textOf(node, text), metric, reporter, destinationService },
    destinationNamespace: required(conditions, "destination_workload_namespace"),
    microseconds: selectMicroseconds(conditions.map(({ operator }) => operator)),
    matches: (labels, budget) => matchers.every((matches) => matches(labels, budget)),
  };
}

/**
 * Only proxies near one workload are read. A selector of more would count less than in Prometheus. @throws NotDirect
 */
function checkWorkload(metric: string, reporter: Reporter, conditions: readonly Condition[]): void {
  const missing = ["destination_workload", "destination_workload_namespace"].find(
    (label) => !required(conditions, label),
  );
  if (missing === undefined) return;
  const instead = reporter === "destination" ? "" : ' and no destination_service="…"';
  throw new NotDirect(
    `a selector of ${metric} has no ${missing}="…"${instead}, and only the proxies of one workload are read`,
  );
}

function metricOf(node: SyntaxNode, text: string, conditions: readonly Condition[]): string {
  const identifier = node.getChild("Identifier");
  const quoted = node.getChild("LabelMatchers")?.getChild("QuotedLabelName");
  const metric = identifier ? textOf(identifier, text) : quoted ? unquote(textOf(quoted, text)) : undefined;
  const named = conditions.filter(({ label }) => label === "__name__");
  const [only] = named;
  const found = metric ?? (named.length === 1 && only?.operator === "=" ? only.value : undefined);
  if (found === undefined) throw new NotDirect("a selector has no metric name");
  if (!METRICS.has(found)) throw new NotDirect(`${found} is not one of Istio's standard metrics`);
  return found;
}

/** The value that the selector requires of a label. */
function required(conditions: readonly Condition[], name: string): string | undefined {
  return conditions.find(({ label, operator }) => label === name && operator === "=")?.value;
}

type Matches = ProxySelector["matches"];

function matcherOf({ label, operator, value }: Condition): Matches {
  if (label === "le") return boundMatcher(operator, value);
  if (label === "instance")
    throw new NotDirect("instance is only for grouping, because the port in it may differ in Prometheus");
  if (!LABELS.has(label)) throw new NotDirect(`${label} is not one of the labels that Envoy writes`);
  const isNegated = operator.startsWith("!");
  if (!operator.endsWith("~")) return (labels) => ((labels[label] ?? "") === value) !== isNegated;
  const pattern = labelPattern(value);
  return (labels, budget) => pattern.matches(labels[label] ?? "", budget) !== isNegated;
}

/** Compares bounds as numbers. Envoy writes `250`, and Prometheus 3 stores it as `250.0`. */
function boundMatcher(operator: string, value: string): Matches {
  const bound = boundOf(value);
  if (operator.endsWith("~") || bound === undefined)
    throw new NotDirect(`le${operator}"…" is only supported with = or != and a number`);
  return (labels) => (boundOf(labels["le"]) === bound) === (operator === "=");
}

/** The upper bound of a bucket. Undefined for a text that is not a number. */
export function boundOf(le: string | undefined): number | undefined {
  if (le === undefined || le.trim() === "") return undefined;
  const bound = Number(le.replace(/Inf$/, "Infinity"));
  return Number.isNaN(bound) ? undefined : bound;
}
