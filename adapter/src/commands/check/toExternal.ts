import type { EditableHpa, EditableMetric, ObjectMetric } from "./cleanHpa.ts";
import type { Finding } from "./report.ts";
import { queryMistake } from "./translation.ts";

/**
 * Writes an Object metric that kube-metrics-adapter reads from Prometheus as an External metric. Returns undefined when
 * the HPA has no query for it, or when only its owner knows what is intended.
 *
 * `per-replica` divides the value by the number of replicas. With a target of type Value, the HPA then scales as with an
 * External metric of type AverageValue.
 * Source: kube-metrics-adapter, pkg/collector/prometheus_collector.go and skipper_collector.go
 */
export function objectToExternal(object: ObjectMetric, hpa: EditableHpa): Finding | undefined {
  const { name, target } = object;
  const prefix = `metric-config.object.${name}.prometheus/`;
  const query = hpa.annotations[`${prefix}query`];
  const isPerReplica = `${prefix}per-replica` in hpa.annotations;
  const { value, averageValue } = target;
  if (query === undefined || queryMistake(query) !== undefined || (isPerReplica && averageValue !== undefined)) {
    return undefined;
  }
  const own = `metric-config.external.${name}.prometheus/`;
  if (Object.keys(hpa.annotations).some((key) => key.startsWith(own))) return undefined;
  if (hpa.external.some((metric) => metric.name === name)) return undefined;
  for (const [setting, text] of Object.entries(hpa.annotations)) {
    if (!setting.startsWith(prefix)) continue;
    delete hpa.annotations[setting];
    const last = setting.slice(prefix.length);
    if (last !== "per-replica") hpa.annotations[own + last] = text;
  }
  const perPod = isPerReplica ? value : averageValue;
  object.become({
    name,
    matchLabels: { type: "prometheus" },
    matchExpressions: [],
    target: perPod === undefined ? { type: "Value", value } : { type: "AverageValue", averageValue: perPod },
  });
  return {
    id: "ASM_SOURCE_MISSING",
    differs: true,
    key: `${prefix}query`,
    message: `the metric "${name}" is of type Object, with a query on Prometheus`,
    reference: "serves it by the custom metrics API",
    here: `served as an External metric${isPerReplica ? ", whose target AverageValue replaces per-replica" : ""}; with --custom-metrics, it is served as it is`,
  };
}

const HOSTNAME = /^[a-zA-Z0-9.-]+$/;

/**
 * Writes the requests of hostnames (`type: requests-per-second`) as a query on Prometheus, the one that
 * kube-metrics-adapter sends. Returns undefined for other metrics, and when hostnames or weight are not valid.
 * Source: kube-metrics-adapter, pkg/collector/external_rps_collector.go
 */
export function hostnamesToQuery(metric: EditableMetric, hpa: EditableHpa): Finding | undefined {
  const { name } = metric;
  if ((metric.matchLabels["type"] || name) !== "requests-per-second") return undefined;
  const prefix = `metric-config.external.${name}.requests-per-second/`;
  const hostnames = hpa.annotations[`${prefix}hostnames`]?.split(",") ?? [];
  const weight = Number(hpa.annotations[`${prefix}weight`] ?? "100");
  const key = `metric-config.external.${name}.prometheus/query`;
  const isValid = hostnames.length > 0 && hostnames.every((host) => HOSTNAME.test(host)) && Number.isFinite(weight);
  if (!isValid || key in hpa.annotations) return undefined;
  const hosts = hostnames.join("|").replaceAll(".", "_");
  const interval = hpa.annotations[`${prefix}interval`];
  for (const setting of Object.keys(hpa.annotations)) if (setting.startsWith(prefix)) delete hpa.annotations[setting];
  hpa.annotations[key] = `scalar(sum(rate(${REQUESTS}{host=~"${hosts}"}[1m])) * ${(weight / 100).toFixed(4)})`;
  if (interval !== undefined) hpa.annotations[`metric-config.external.${name}.prometheus/interval`] = interval;
  metric.matchLabels = { ...metric.matchLabels, type: "prometheus" };
  return {
    id: "ASM_METRIC_NOT_SERVED",
    differs: true,
    key: `${prefix}hostnames`,
    message: `the metric "${name}" is the requests per second of hostnames`,
    reference: "serves it by its collector for hostnames, from the metrics of skipper",
    here: `served by the query that it sends, now an annotation; if it runs with --external-rps-metric-name, replace ${REQUESTS}`,
  };
}

/** The default of `--external-rps-metric-name`. */
const REQUESTS = "skipper_serve_host_duration_seconds_count";
