/**
 * How a sidecar writes Istio's metrics. `new` is Istio from 1.17 on, whose statistics are native. `old` is Istio up to
 * 1.16, whose statistics came from a Wasm plugin. They differ in the order of labels, in the internal names that a filter
 * is compared with, in escaping and in blank lines.
 * Differences from a real Envoy: there are no versions between the two, and no label is added or removed by the
 * Telemetry API.
 * https://github.com/istio/proxy/blob/master/source/extensions/filters/http/istio_stats/istio_stats.cc
 */
export type Dialect = "new" | "old";

export type Labels = Readonly<Record<string, string>>;

const ORDER: Readonly<Record<Dialect, readonly string[]>> = {
  new: [
    "reporter",
    ...side("source", ["workload", "canonical_service", "canonical_revision", "workload_namespace"]),
    ...side("source", ["principal", "app", "version", "cluster"]),
    ...side("destination", ["workload", "workload_namespace", "principal", "app", "version", "service"]),
    ...side("destination", ["canonical_service", "canonical_revision", "service_name", "service_namespace", "cluster"]),
    ...["request_protocol", "response_code", "grpc_response_status", "response_flags", "connection_security_policy"],
  ],
  old: [
    ...["response_code", "reporter"],
    ...side("source", ["workload", "workload_namespace", "principal", "app", "version", "cluster"]),
    ...side("destination", ["workload", "workload_namespace", "principal", "app", "version", "service"]),
    ...side("destination", ["service_name", "service_namespace", "cluster"]),
    ...["request_protocol", "grpc_response_status", "response_flags", "connection_security_policy"],
    ...side("source", ["canonical_service", "canonical_revision"]),
    ...side("destination", ["canonical_service", "canonical_revision"]),
  ],
};

/** The order of the tags in the internal name of the Wasm plugin, where the response code is not first. */
const OLD_NAME_ORDER = [...ORDER.new].sort((one, other) => Number(isStatus(one)) - Number(isStatus(other)));

/**
 * The name inside Envoy, with which a filter is compared: `istiocustom.istio_requests_total.reporter.destination.…`, or
 * in the old dialect `reporter=.=destination;.;…;.;_istio_requests_total`. An empty value is left out of the new one.
 */
export function internalName(metric: string, labels: Labels, dialect: Dialect): string {
  if (dialect === "new") {
    const parts = ordered(labels, ORDER.new).flatMap(([name, value]) => (value === "" ? [name] : [name, value]));
    return ["istiocustom", metric, ...parts].join(".");
  }
  const tags = ordered(labels, OLD_NAME_ORDER).map(([name, value]) => `${name}=.=${value};.;`);
  return `${tags.join("")}_${metric}`;
}

/** Labels in braces, in the dialect's order. Only the new dialect escapes values; others come last, such as `le`. */
export function braces(labels: Labels, dialect: Dialect): string {
  const escaped = (value: string) =>
    dialect === "old" ? value : value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  const written = ordered(labels, ORDER[dialect]).map(([name, value]) => `${name}="${escaped(value)}"`);
  return `{${written.join(",")}}`;
}

/** A request that is not gRPC has an empty status, which Prometheus takes for no label. */
function ordered(labels: Labels, order: readonly string[]): [string, string][] {
  const whole: Labels = { ...labels, ...("response_code" in labels && { grpc_response_status: "" }) };
  const known = order.filter((name) => name in whole);
  const others = Object.keys(whole).filter((name) => !order.includes(name));
  return [...known, ...others].map((name) => [name, whole[name] ?? ""]);
}

function side(prefix: string, names: readonly string[]): string[] {
  return names.map((name) => `${prefix}_${name}`);
}

function isStatus(name: string): boolean {
  return ["response_code", "grpc_response_status", "response_flags", "connection_security_policy"].includes(name);
}
