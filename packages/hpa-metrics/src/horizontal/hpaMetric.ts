import type { DescribedObject, ExternalMetric, MatchExpression } from "../annotations/spec";
import type { FieldReader } from "./fields";

/** How the target of a metric is written: for each pod, in total, or in percent of what the pods request. */
export type TargetKind = "averageValue" | "value" | "utilization";

/** One of `spec.metrics` with its target and the current value that the HPA controller reported last. */
export interface HpaMetric {
  /** `External`, `Resource`, `ContainerResource`, `Pods` or `Object`. Empty if it is none of them. */
  readonly type: string;
  /** Name of the metric, or of the resource for `Resource` and `ContainerResource`. */
  readonly name: string;
  readonly kind: TargetKind;
  /**
   * Target in thousandths, rounded as by Go's `MilliValue()`. In percent for `utilization`. 0 if the target cannot be
   * read; the API server accepts no target of 0.
   */
  readonly goal: number;
  /**
   * Current value in the unit of `goal`. It is per pod if the target is per pod. Undefined if the HPA controller could
   * not read the metric.
   */
  readonly usage: number | undefined;
  /** What the HPA controller reads for a `Pods` or an `Object` metric. Absent for the other types. */
  readonly custom?: CustomMetric;
}

/**
 * Whether the value of a metric is that of all pods together, and its target that of each pod: an `External` or an `Object`
 * metric with an `averageValue`.
 * Source: pkg/controller/podautoscaler/replica_calculator.go, GetObjectPerPodMetricReplicas and
 * GetExternalPerPodMetricReplicas.
 */
export function isSharedByPods({ type, kind }: Pick<HpaMetric, "type" | "kind">): boolean {
  return (type === "External" || type === "Object") && kind === "averageValue";
}

/** A metric that the HPA controller reads from the custom metrics API. */
export interface CustomMetric {
  readonly type: "Pods" | "Object";
  /** Its name and its selector, as of an external metric. */
  readonly metric: ExternalMetric;
  /** The described object of an `Object` metric. Undefined for `Pods`, whose objects are the pods of the scale target. */
  readonly object?: DescribedObject;
}

/**
 * The field with the source of each type of metric.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/
 */
export const METRIC_SOURCES = {
  Resource: "resource",
  ContainerResource: "containerResource",
  Pods: "pods",
  Object: "object",
  External: "external",
} as const;

/** The field of `spec.metrics[]` with the source of a metric of this type. Undefined for a type that does not exist. */
export function metricSourceOf(type: unknown): (typeof METRIC_SOURCES)[keyof typeof METRIC_SOURCES] | undefined {
  return Object.entries(METRIC_SOURCES).find(([name]) => name === type)?.[1];
}

/** Characters of a metric's name that are stored. */
const MOST_NAME = 253;
/**
 * Terms of a selector, and characters of a name or value, that are read. More than the adapter serves, so that an HPA
 * over its limits is detected.
 */
const MOST_TERMS = 101;
const MOST_TEXT = 4_200;

/**
 * Reads one of `spec.metrics`, and its entry of `status.currentMetrics`. `external` is set for an `External` metric, and
 * `custom` for a `Pods` or an `Object` metric.
 */
export function readHpaMetric(
  fields: FieldReader,
  path: string,
  metric: unknown,
  seen: unknown,
): { metric: HpaMetric; external: ExternalMetric | undefined; custom: CustomMetric | undefined } {
  const all = fields.object(path, metric);
  const type = fields.text(`${path}.type`, all["type"], MOST_NAME) ?? "";
  const field = metricSourceOf(type);
  if (field === undefined) {
    fields.report(`${path}.type`, all["type"]);
    const metric: HpaMetric = { type: "", name: "", kind: "value", goal: 0, usage: undefined };
    return { metric, external: undefined, custom: undefined };
  }
  const place = `${path}.${field}`;
  const source = fields.object(place, all[field]);
  const isResource = type === "Resource" || type === "ContainerResource";
  const external = isResource ? undefined : readMetricIdentifier(fields, `${place}.metric`, source["metric"]);
  const name = isResource ? fields.text(`${place}.name`, source["name"], MOST_NAME) : external?.name;
  if (!name) fields.report(isResource ? `${place}.name` : `${place}.metric.name`, undefined);
  const target = fields.object(`${place}.target`, source["target"]);
  const { kind, amount } = readTarget(fields, `${place}.target`, target);
  const written = target[FIELDS[kind]] ?? undefined;
  if (written === undefined || (amount !== undefined && amount <= 0)) fields.report(`${place}.target`, written);
  const custom = external && readCustom(fields, place, type, external, source["describedObject"]);
  return {
    metric: {
      type,
      name: (name ?? "").slice(0, MOST_NAME),
      kind,
      goal: amount ?? 0,
      usage: readUsage(fields, `status, for ${path}`, seen, { type, field, kind }),
      ...(custom ? { custom } : {}),
    },
    external: type === "External" ? external : undefined,
    custom,
  };
}

function readCustom(
  fields: FieldReader,
  place: string,
  type: string,
  metric: ExternalMetric,
  describedObject: unknown,
): CustomMetric | undefined {
  if (type === "Pods") return { type, metric };
  if (type !== "Object") return undefined;
  const path = `${place}.describedObject`;
  const { apiVersion, kind, name } = fields.object(path, describedObject);
  const text = (value: unknown, of: string) => fields.text(`${path}.${of}`, value, MOST_TEXT) ?? "";
  return {
    ...{ type, metric },
    object: { apiVersion: text(apiVersion, "apiVersion"), kind: text(kind, "kind"), name: text(name, "name") },
  };
}

function readMetricIdentifier(fields: FieldReader, path: string, metric: unknown): ExternalMetric {
  const { name, selector } = fields.object(path, metric);
  const { matchLabels, matchExpressions } = fields.object(`${path}.selector`, selector);
  const text = (value: unknown, of: string) => fields.text(`${path}.${of}`, value, MOST_TEXT) ?? "";
  const labels = Object.entries(fields.object(`${path}.selector.matchLabels`, matchLabels)).slice(0, MOST_TERMS);
  const expressions = fields.list(`${path}.selector.matchExpressions`, matchExpressions, MOST_TERMS);
  return {
    name: text(name, "name"),
    ...(labels.length > 0
      ? { matchLabels: Object.fromEntries(labels.map(([key, value]) => [key, text(value, `selector.${key}`)])) }
      : {}),
    ...(expressions.length > 0
      ? { matchExpressions: expressions.map((one) => readExpression(fields, `${path}.selector`, one)) }
      : {}),
  };
}

function readExpression(fields: FieldReader, path: string, expression: unknown): MatchExpression {
  const { key, operator, values } = fields.object(path, expression);
  const text = (value: unknown, of: string) => fields.text(`${path}.${of}`, value, MOST_TEXT) ?? "";
  const listed = fields.list(`${path}.values`, values, MOST_TERMS).map((value) => text(value, "values"));
  return {
    key: text(key, "key"),
    operator: text(operator, "operator"),
    ...(listed.length > 0 ? { values: listed } : {}),
  };
}

const FIELDS = { averageValue: "averageValue", value: "value", utilization: "averageUtilization" } as const;

function readTarget(
  fields: FieldReader,
  path: string,
  target: Readonly<Record<string, unknown>>,
): { kind: TargetKind; amount: number | undefined } {
  // The HPA controller reads the fields of a target in this order.
  const kinds: readonly TargetKind[] = ["averageValue", "utilization", "value"];
  const kind = kinds.find((one) => target[FIELDS[one]] !== undefined && target[FIELDS[one]] !== null) ?? "value";
  return { kind, amount: readAmount(fields, path, target, kind) };
}

/** The average that the controller reports for zero pods: the maximum or minimum of an int64, in thousandths. */
const OF_NO_PODS = /^-?922337203685477580[78]m$/;

/** Reads the current value. The controller leaves the entry of a metric empty if it could not read the metric. */
function readUsage(
  fields: FieldReader,
  path: string,
  seen: unknown,
  { type, field, kind }: { type: string; field: string; kind: TargetKind },
): number | undefined {
  const entry = fields.object(path, seen);
  if (entry["type"] !== type) return undefined;
  const current = fields.object(path, fields.object(path, entry[field])["current"]);
  const value = current[FIELDS[kind]];
  if (typeof value === "string" && OF_NO_PODS.test(value)) return undefined;
  return readAmount(fields, path, current, kind);
}

function readAmount(
  fields: FieldReader,
  path: string,
  amounts: Readonly<Record<string, unknown>>,
  kind: TargetKind,
): number | undefined {
  const value = amounts[FIELDS[kind]];
  const place = `${path}.${FIELDS[kind]}`;
  if (kind === "utilization") return fields.whole(place, value);
  const milli = fields.quantity(place, value)?.milli;
  return milli === undefined ? undefined : Number(milli);
}
