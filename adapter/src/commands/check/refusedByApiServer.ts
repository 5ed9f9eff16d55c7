import {
  METRIC_SOURCES,
  metricSourceOf,
  parseQuantity,
  readMetricSpecs,
  record,
  recordsIn,
} from "@asm-autoscaler/hpa-metrics";
import { parseHpa } from "../../hpas/hpa.ts";
import { checkLabelKey, checkLabelValue } from "../../kubernetes/labels.ts";

/**
 * Returns why the API server would refuse an `autoscaling/v2` HPA, one sentence for each field. A field that is missing
 * is no fault, because a file may contain a part of an HPA only.
 * Source: pkg/apis/autoscaling/validation/validation.go and apimachinery/pkg/api/validation of Kubernetes 1.37.
 */
export function refusedByApiServer(hpa: object): string[] {
  const { metadata, spec } = record(hpa);
  return [...metadataFaults(record(metadata)), ...specFaults(record(spec))];
}

/**
 * Returns why an HPA that `check` wrote must not be printed: the API server would refuse it, a field is missing, or this
 * adapter would not read all of its metrics of type `prometheus`.
 */
export function writtenFaults(hpa: object): string[] {
  const { metadata, spec } = record(hpa);
  const { name, namespace } = record(metadata);
  const { scaleTargetRef, maxReplicas } = record(spec);
  const needed = {
    "metadata.name": name,
    "spec.scaleTargetRef.kind": record(scaleTargetRef)["kind"],
    "spec.scaleTargetRef.name": record(scaleTargetRef)["name"],
    "spec.maxReplicas": maxReplicas,
  };
  const missing = Object.entries(needed).flatMap(([field, value]) =>
    value === undefined || value === null || value === "" ? [`${field} is missing`] : [],
  );
  const read = parseHpa({ ...hpa, metadata: { ...record(metadata), namespace: namespace ?? "default" } });
  const { problems } = readMetricSpecs(read?.annotations ?? {}, read?.externalMetrics ?? []);
  const errors = problems.filter(({ severity }) => severity === "error");
  return [
    ...missing,
    ...refusedByApiServer(hpa),
    ...errors.map(({ code, message }) => `${code}: ${message.split("\n")[0]}`),
  ];
}

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MOST_ANNOTATIONS = 256 * 1024;

function metadataFaults({ name, namespace, labels, annotations }: Record<string, unknown>): string[] {
  const all = Object.entries(record(annotations));
  const bytes = all.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(String(value)), 0);
  return [
    ...(name === undefined || isSubdomain(String(name)) ? [] : [`metadata.name ${quoted(name)} is not a DNS name`]),
    ...(namespace === undefined || /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(String(namespace))
      ? []
      : [`metadata.namespace ${quoted(namespace)} is not a DNS label`]),
    ...Object.entries(record(labels)).flatMap(([key, value]) => labelFaults(key, value)),
    ...all.flatMap(([key]) =>
      checkLabelKey(key.toLowerCase()) ? [`the annotation key ${quoted(key)} is not valid`] : [],
    ),
    ...(bytes > MOST_ANNOTATIONS ? [`the annotations have more than ${MOST_ANNOTATIONS} bytes`] : []),
  ];
}

function isSubdomain(name: string): boolean {
  return name.length <= 253 && SUBDOMAIN.test(name);
}

function labelFaults(key: string, value: unknown): string[] {
  const isValid = checkLabelKey(key) === undefined && checkLabelValue(String(value)) === undefined;
  return isValid ? [] : [`the label ${quoted(key)}: ${quoted(value)} is not valid`];
}

function specFaults(spec: Record<string, unknown>): string[] {
  const { minReplicas, maxReplicas, metrics, behavior, scaleTargetRef } = spec;
  const { scaleUp, scaleDown } = record(behavior);
  const min = minReplicas === undefined ? 1 : Number(minReplicas);
  const max = maxReplicas === undefined ? Number.POSITIVE_INFINITY : Number(maxReplicas);
  return [
    ...(min >= 0 ? [] : [`spec.minReplicas ${quoted(minReplicas)} is less than 0`]),
    ...(max >= 1 ? [] : [`spec.maxReplicas ${quoted(maxReplicas)} is less than 1`]),
    ...(min > max ? [`spec.minReplicas ${min} is more than spec.maxReplicas ${max}`] : []),
    ...(["kind", "name"] as const).flatMap((field) =>
      segmentFaults("spec.scaleTargetRef", field, record(scaleTargetRef)),
    ),
    ...recordsIn(metrics).flatMap((metric, index) => metricFaults(metric, `spec.metrics[${index}]`)),
    ...scalingFaults("spec.behavior.scaleUp", record(scaleUp)),
    ...scalingFaults("spec.behavior.scaleDown", record(scaleDown)),
  ];
}

function segmentFaults(path: string, field: string, of: Record<string, unknown>): string[] {
  const value = of[field];
  if (value === undefined || (String(value) !== "" && !/[/%]|^\.\.?$/.test(String(value)))) return [];
  return [`${path}.${field} ${quoted(value)} is not a valid name`];
}

function metricFaults(metric: Record<string, unknown>, path: string): string[] {
  const type = String(metric["type"]);
  const field = metricSourceOf(type);
  if (field === undefined) return [`${path}.type ${quoted(metric["type"])} is not a metric type`];
  const source = metric[field];
  if (typeof source !== "object" || source === null) return [`${path} is of type ${type} and has no ${field}`];
  const others = Object.values(METRIC_SOURCES).filter((other) => other !== field && metric[other] !== undefined);
  const { metric: identifier, target } = record(source);
  return [
    ...others.map((other) => `${path} is of type ${type} and has ${other}`),
    ...segmentFaults(`${path}.${field}.metric`, "name", record(identifier)),
    ...targetFaults(record(target), `${path}.${field}.target`),
  ];
}

function targetFaults(target: Record<string, unknown>, path: string): string[] {
  const { value, averageValue, averageUtilization } = target;
  const quantities = Object.entries({ value, averageValue }).filter(([, quantity]) => quantity !== undefined);
  const count = quantities.length + (averageUtilization === undefined ? 0 : 1);
  return [
    ...(count === 1 ? [] : [`${path} has ${count === 0 ? "no value" : "more than one value"}`]),
    ...quantities.flatMap(([field, quantity]) =>
      isPositive(String(quantity)) ? [] : [`${path}.${field} ${quoted(quantity)} is not a quantity above 0`],
    ),
    ...(averageUtilization === undefined || Number(averageUtilization) >= 1
      ? []
      : [`${path}.averageUtilization ${quoted(averageUtilization)} is less than 1`]),
  ];
}

function isPositive(quantity: string): boolean {
  try {
    return parseQuantity(quantity).approximate > 0;
  } catch {
    return false;
  }
}

function scalingFaults(path: string, rules: Record<string, unknown>): string[] {
  const { stabilizationWindowSeconds: window = 0, selectPolicy = "Max", policies } = rules;
  const isIn = (value: unknown, from: number, to: number) => Number(value) >= from && Number(value) <= to;
  return [
    ...(isIn(window, 0, 3600) ? [] : [`${path}.stabilizationWindowSeconds ${quoted(window)} is not from 0 to 3600`]),
    ...(["Max", "Min", "Disabled"].includes(String(selectPolicy))
      ? []
      : [`${path}.selectPolicy ${quoted(selectPolicy)} is not Max, Min or Disabled`]),
    ...(Array.isArray(policies) && policies.length === 0 ? [`${path}.policies is empty`] : []),
    ...recordsIn(policies).flatMap(({ type, value, periodSeconds }, index) => {
      const isValid = (type === "Pods" || type === "Percent") && Number(value) > 0 && isIn(periodSeconds, 1, 1800);
      return isValid ? [] : [`${path}.policies[${index}] is not a policy of Kubernetes`];
    }),
  ];
}

function quoted(value: unknown): string {
  return JSON.stringify(value) ?? "undefined";
}
