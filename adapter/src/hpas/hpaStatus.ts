import { DEFAULT_TOLERANCE, type ParsedQuantity, parseQuantity, QuantityError, type Tolerance } from "hpa-metrics";
import { record } from "../kubernetes/listWatch.ts";

/**
 * The scale target, replica limits, targets and status of one HPA, as last written by the HPA controller. The status
 * changes at every sync. The adapter therefore stores one such object for each HPA and keeps it small.
 */
export interface HpaStatus {
  /** `Deployment/podinfo`. */
  readonly target: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /**
   * Current replicas, as reported by the HPA controller. Undefined before its first sync. The same applies to
   * `desiredReplicas`.
   */
  readonly currentReplicas: number | undefined;
  readonly desiredReplicas: number | undefined;
  /**
   * How far the current value may differ from the target before the HPA scales. Set only if the HPA sets
   * `behavior.*.tolerance`.
   */
  readonly tolerance: Tolerance | undefined;
  /** Direction in which the HPA must not scale (`selectPolicy: Disabled`). */
  readonly blocked: "up" | "down" | "both" | undefined;
  /** In the order of `spec.metrics`. */
  readonly metrics: readonly HpaStatusMetric[];
  /** Only the conditions that keep the HPA from the replicas that its metrics require. */
  readonly conditions: readonly HpaCondition[];
}

/**
 * One of `spec.metrics` with its target and the current value that the HPA controller reported last. Amounts in
 * thousandths are rounded as by Go's `MilliValue()`.
 */
export interface HpaStatusMetric {
  /**
   * Metric type. This adapter serves `External` metrics. Other APIs serve `Resource`, `ContainerResource`, `Pods` and
   * `Object`.
   */
  readonly type: string;
  /** Name of the metric, or of the resource for `Resource` and `ContainerResource`. */
  readonly name: string;
  readonly kind: TargetKind;
  /** Target, in thousandths. In percent for `utilization`. */
  readonly goal: number;
  /** Current value, in the unit of `goal`. It is per pod if the target is per pod. */
  readonly usage: number | undefined;
}

type TargetKind = "averageValue" | "value" | "utilization";

/** One condition of the HPA's status. */
interface HpaCondition {
  /** For example, `ScaleDownStabilized`. */
  readonly reason: string;
  /** Set only if the condition is a failure. */
  readonly message: string | undefined;
}

/** Maximum number of metrics that are stored for one HPA. The first ones are stored. */
const MOST_METRICS = 200;
/** Maximum length of a stored name and of a stored message, in characters. */
const MOST_NAME = 253;
const MOST_MESSAGE = 2_000;

/** Reasons of conditions that report normal operation. They are not stored. */
const ORDINARY = [
  "SucceededGetScale",
  "ReadyForNewScale",
  "SucceededRescale",
  "ValidMetricFound",
  "DesiredWithinRange",
];

/**
 * Reads `spec` and `status` of an `autoscaling/v2` HorizontalPodAutoscaler. A missing field gets the API server's
 * default.
 */
export function parseHpaStatus(object: unknown): HpaStatus {
  const { spec, status } = record(object);
  const { minReplicas, maxReplicas, metrics, behavior } = record(spec);
  const { kind, name } = record(record(spec)["scaleTargetRef"]);
  const { currentReplicas, desiredReplicas, currentMetrics, conditions } = record(status);
  return {
    target: `${kind}/${name}`,
    minReplicas: whole(minReplicas) ?? 1,
    maxReplicas: whole(maxReplicas) ?? 1,
    // The API omits a zero. Conditions show that the controller has synced the HPA, so a missing value is then 0.
    currentReplicas: whole(currentReplicas) ?? (list(conditions).length > 0 ? 0 : undefined),
    desiredReplicas: whole(desiredReplicas),
    tolerance: toleranceOf(behavior),
    blocked: blockedBy(behavior),
    metrics: list(metrics)
      .slice(0, MOST_METRICS)
      .map((metric, index) => metricOf(metric, list(currentMetrics)[index])),
    conditions: list(conditions).flatMap(conditionOf),
  };
}

const SOURCES: Readonly<Record<string, string>> = {
  External: "external",
  Pods: "pods",
  Object: "object",
  Resource: "resource",
  ContainerResource: "containerResource",
};

function metricOf(metric: unknown, seen: unknown): HpaStatusMetric {
  const type = String(record(metric)["type"]);
  const field = SOURCES[type] ?? "";
  const source = record(record(metric)[field]);
  const { name } = record(source["metric"]);
  const goal = amountOf(record(source["target"]));
  const { kind } = goal;
  // The controller leaves the entry of a metric empty if it could not read the metric.
  const usage =
    record(seen)["type"] === type ? amountOf(record(record(record(seen)[field])["current"]), kind) : undefined;
  return {
    type,
    name: String(name ?? source["name"]).slice(0, MOST_NAME),
    kind,
    goal: goal.amount ?? 0,
    usage: usage?.amount,
  };
}

/** Returns the amount of a target or of a current value. Reads the field of `kind` if `kind` is given. */
function amountOf(value: Record<string, unknown>, kind?: TargetKind): { kind: TargetKind; amount: number | undefined } {
  const { averageUtilization, averageValue, value: total } = value;
  const found =
    kind ?? (averageUtilization !== undefined ? "utilization" : averageValue !== undefined ? "averageValue" : "value");
  if (found === "utilization") return { kind: found, amount: whole(averageUtilization) };
  return { kind: found, amount: milli(found === "value" ? total : averageValue) };
}

/**
 * Condition types that are a failure if their status is False. `ScalingLimited` and `ScaledToZero` (Kubernetes 1.36 and
 * later) are never a failure.
 */
const NEEDED = ["AbleToScale", "ScalingActive"];

function conditionOf(condition: unknown): HpaCondition[] {
  const { type, status, reason, message } = record(condition);
  const isFailure = NEEDED.includes(String(type)) && status === "False";
  if (typeof reason !== "string" || ORDINARY.includes(reason) || type === "ScaledToZero") return [];
  return [{ reason, message: isFailure && typeof message === "string" ? message.slice(0, MOST_MESSAGE) : undefined }];
}

function blockedBy(behavior: unknown): HpaStatus["blocked"] {
  const is = (direction: string) => record(record(behavior)[direction])["selectPolicy"] === "Disabled";
  if (is("scaleUp")) return is("scaleDown") ? "both" : "up";
  return is("scaleDown") ? "down" : undefined;
}

function toleranceOf(behavior: unknown): Tolerance | undefined {
  const of = (direction: string) => quantityOf(record(record(behavior)[direction])["tolerance"])?.approximate;
  const [up, down] = [of("scaleUp"), of("scaleDown")];
  if (up === undefined && down === undefined) return undefined;
  return { up: up ?? DEFAULT_TOLERANCE.up, down: down ?? DEFAULT_TOLERANCE.down };
}

/** The average that the controller reports for zero pods: the maximum or minimum of an int64, in thousandths. */
const OF_NO_PODS = /^-?922337203685477580[78]m$/;

function milli(quantity: unknown): number | undefined {
  const read = OF_NO_PODS.test(String(quantity)) ? undefined : quantityOf(quantity);
  return read && Number(read.milli);
}

function whole(value: unknown): number | undefined {
  return Number.isInteger(value) ? Number(value) : undefined;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Parses a quantity of an HPA. Returns `undefined` if there is none or if it is not valid. */
export function quantityOf(value: unknown): ParsedQuantity | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  try {
    return parseQuantity(String(value));
  } catch (error) {
    if (error instanceof QuantityError) return undefined;
    throw error;
  }
}
