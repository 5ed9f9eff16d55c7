import { DEFAULT_TOLERANCE, type ParsedQuantity, parseQuantity, QuantityError, type Tolerance } from "hpa-metrics";
import { record } from "../kubernetes/listWatch.ts";

/**
 * What an HPA scales, between which bounds and on which targets, and what the HPA controller last made of it. Its status
 * changes at every sync, so there is one such object at a time for each HPA, and as small as can be.
 */
export interface HpaStatus {
  /** `Deployment/podinfo`. */
  readonly target: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Replicas that the HPA controller found and wants; absent before its first round. */
  readonly currentReplicas: number | undefined;
  readonly desiredReplicas: number | undefined;
  /** How far usage may be from its target without a change, where the HPA says so (`behavior.*.tolerance`). */
  readonly tolerance: Tolerance | undefined;
  /** A direction in which it may not go (`selectPolicy: Disabled`). */
  readonly blocked: "up" | "down" | "both" | undefined;
  /** In the order of `spec.metrics`. */
  readonly metrics: readonly HpaStatusMetric[];
  /** Only conditions that keep it from the size that its metrics ask for. */
  readonly conditions: readonly HpaCondition[];
}

/** One of `spec.metrics` with its target, and its usage as the HPA controller last saw it. Thousandths are as Go's `MilliValue()`. */
export interface HpaStatusMetric {
  /** `External` metrics are ours; `Resource`, `ContainerResource`, `Pods` and `Object` are answered by others. */
  readonly type: string;
  /** Of the metric; of the resource for the two types of it. */
  readonly name: string;
  readonly kind: TargetKind;
  /** Thousandths; percent for `utilization`. */
  readonly goal: number;
  /** In the unit of `goal`: for each pod where the target is one for each pod. */
  readonly usage: number | undefined;
}

type TargetKind = "averageValue" | "value" | "utilization";

/** A condition of the HPA's status. */
interface HpaCondition {
  /** Such as `ScaleDownStabilized`. */
  readonly reason: string;
  /** Only where the condition is a failure. */
  readonly message: string | undefined;
}

/** Metrics of one HPA that are remembered, the first ones. */
const MOST_METRICS = 200;
/** Longest name and message that is remembered, characters. */
const MOST_NAME = 253;
const MOST_MESSAGE = 2_000;

/** Conditions that say nothing: there is no hindrance. */
const ORDINARY = [
  "SucceededGetScale",
  "ReadyForNewScale",
  "SucceededRescale",
  "ValidMetricFound",
  "DesiredWithinRange",
];

/** Reads `spec` and `status` of an `autoscaling/v2` HorizontalPodAutoscaler. What is missing is as the API server defaults it. */
export function parseHpaStatus(object: unknown): HpaStatus {
  const { spec, status } = record(object);
  const { minReplicas, maxReplicas, metrics, behavior } = record(spec);
  const { kind, name } = record(record(spec)["scaleTargetRef"]);
  const { currentReplicas, desiredReplicas, currentMetrics, conditions } = record(status);
  return {
    target: `${kind}/${name}`,
    minReplicas: whole(minReplicas) ?? 1,
    maxReplicas: whole(maxReplicas) ?? 1,
    // The API leaves out a zero; the controller's conditions tell it from an HPA that it has not looked at.
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
  // The controller leaves a metric's place empty when it could not be read.
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

/** The amount that a target or a current usage names; of `kind` where it is given. */
function amountOf(value: Record<string, unknown>, kind?: TargetKind): { kind: TargetKind; amount: number | undefined } {
  const { averageUtilization, averageValue, value: total } = value;
  const found =
    kind ?? (averageUtilization !== undefined ? "utilization" : averageValue !== undefined ? "averageValue" : "value");
  if (found === "utilization") return { kind: found, amount: whole(averageUtilization) };
  return { kind: found, amount: milli(found === "value" ? total : averageValue) };
}

/** Each is a failure where it is False; `ScalingLimited` and `ScaledToZero` (Kubernetes 1.36 on) are none either way. */
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

/** What the controller writes as the usage of each of no pods: the greatest or least of an int64, in thousandths. */
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

/** A quantity as an HPA has it; undefined where there is none, or none that can be read. */
export function quantityOf(value: unknown): ParsedQuantity | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  try {
    return parseQuantity(String(value));
  } catch (error) {
    if (error instanceof QuantityError) return undefined;
    throw error;
  }
}
