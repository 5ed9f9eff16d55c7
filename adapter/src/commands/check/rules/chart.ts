import { counted, type RulesOwner, record } from "@asm-autoscaler/hpa-metrics";
import { type Finding, unknownFinding } from "../report.ts";

/** Rules of the chart when `rules.default` is true, which is its default. All are for the custom metrics API. */
const DEFAULT_RULES = 6;

/**
 * Values of prometheus-adapter's chart that configure its pods and have no effect on metrics. This adapter lists series again
 * when a new metric is read, so it does not need the chart's interval.
 * Source: prometheus-community/helm-charts, charts/prometheus-adapter/values.yaml of 5.3
 */
const OF_PODS = new Set(
  `affinity annotations certManager customAnnotations customLabels deploymentAnnotations dnsConfig dnsPolicy enabled env
  extraContainers extraManifests extraVolumeMounts extraVolumes fullnameOverride hostNetwork image imagePullSecrets
  listenPort livenessProbe logLevel metricsRelistInterval nameOverride namespaceOverride nodeSelector
  podAnnotations podDisruptionBudget podLabels podSecurityContext priorityClassName psp rbac readinessProbe replicas
  resources revisionHistoryLimit securityContext service serviceAccount startupProbe strategy tls tolerations
  topologySpreadConstraints`.split(/\s+/),
);
const RULES_KEYS = ["default", "custom", "external", "resource", "existing"];

/** Findings about the chart's values, except its rules. */
export function chartFindings(values: Record<string, unknown>, prefix: string): Finding[] {
  const rules = record(values["rules"]);
  const pods = Object.keys(values).filter((key) => OF_PODS.has(key));
  return [
    ...(rules["existing"] ? [existing(String(rules["existing"]), `${prefix}rules.existing`)] : []),
    ...(values["prometheus"] === undefined ? [] : [server(values["prometheus"], `${prefix}prometheus`)]),
    ...(values["metricsMaxAge"]
      ? [maxAge("prometheus-adapter", values["metricsMaxAge"], `${prefix}metricsMaxAge`)]
      : []),
    ...(values["extraArguments"] === undefined ? [] : [extraArguments(`${prefix}extraArguments`)]),
    ...(pods.length === 0 ? [] : [ofPods(pods.map((key) => prefix + key))]),
    ...Object.keys(rules).flatMap((key) => (RULES_KEYS.includes(key) ? [] : [unknownValue(`${prefix}rules.${key}`)])),
    ...Object.keys(values).flatMap((key) =>
      OF_PODS.has(key) || ["rules", "prometheus", "metricsMaxAge", "extraArguments"].includes(key)
        ? []
        : [unknownValue(prefix + key)],
    ),
  ];
}

/** The finding about the default rules of the chart, which have no annotation. */
export function defaultFindings(values: Record<string, unknown>, prefix: string): Finding[] {
  const rules = record(values["rules"]);
  if (rules["default"] === false || rules["existing"]) return [];
  return [customRules(`${prefix}rules.default`, `the chart's ${DEFAULT_RULES} default rules`)];
}

/** The finding about rules for the custom metrics API, which have no annotation. */
export function customFindings(rules: unknown, key: string, owner: RulesOwner): Finding[] {
  if (rules === undefined || rules === null) return [];
  if (!Array.isArray(rules)) return [unknownFinding(`${key} is not a list of rules`, "not read", key)];
  if (rules.length === 0) return [];
  return [customRules(key, counted(rules.length, "rule"), owner)];
}

function customRules(key: string, which: string, owner: RulesOwner = "prometheus-adapter"): Finding {
  return {
    id: owner,
    differs: true,
    key,
    message: `${which} ${which.startsWith("1 ") ? "is" : "are"} for the custom metrics API (metrics of type Pods and Object)`,
    reference: "serves them by custom.metrics.k8s.io",
    here: `not translated: an annotation is for external metrics. Without --translate-rules, this adapter serves the rules as they are`,
  };
}

/** The finding about `resourceRules`. */
export function resourceFindings(rules: unknown): Finding[] {
  if (rules === undefined || rules === null || Object.keys(record(rules)).length === 0) return [];
  return [
    {
      id: "prometheus-adapter",
      differs: true,
      key: "resourceRules",
      message: "the resource rules serve metrics.k8s.io, which kubectl top and every HPA on CPU or memory read",
      reference: "serves the CPU and memory of pods and nodes",
      here: "not served: if you remove prometheus-adapter, install metrics-server first, or every HPA on CPU or memory stops scaling",
    },
  ];
}

function existing(name: string, key: string): Finding {
  const message = `the rules are in the ConfigMap ${name}, and the chart ignores all others`;
  return unknownFinding(message, "pass check that ConfigMap", key);
}

function server(value: unknown, key: string): Finding {
  const { url, port, path } = record(value);
  const shown = `${String(url ?? "")}${port ? `:${String(port)}` : ""}${String(path ?? "")}`;
  return {
    id: "prometheus-adapter",
    differs: false,
    key,
    message: `prometheus-adapter asks ${shown || "its default server"}`,
    reference: "asks this server",
    here: "asks the server of --prometheus-server: give it the same one",
  };
}

/** The finding about the age of series, which decides whether a metric without new samples exists. */
export function maxAge(owner: RulesOwner, value: unknown, key: string): Finding {
  return {
    id: owner,
    differs: false,
    key,
    message: `a metric exists if it had a sample in the last ${String(value)}`,
    reference: "looks back so far",
    here: "give the same age as --metrics-max-age (maxAgeSeconds); the default is 10 minutes",
  };
}

function extraArguments(key: string): Finding {
  return unknownFinding(
    "the chart passes prometheus-adapter further flags",
    "not read: compare them with the adapter's own flags (docs/reference/flags.md)",
    key,
  );
}

function ofPods(keys: readonly string[]): Finding {
  return {
    id: "prometheus-adapter",
    differs: false,
    message: `${keys.join(", ")} configure the pods of prometheus-adapter`,
    reference: "uses them",
    here: "not needed: MetricsAdapter has its own",
  };
}

function unknownValue(key: string): Finding {
  const message = `${key} is not a value of prometheus-adapter's chart that check knows`;
  return unknownFinding(message, "you decide: check what it does", key);
}
