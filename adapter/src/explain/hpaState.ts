import { quantityOf } from "../hpas/hpaStatus.ts";
import { record, recordsIn } from "../kubernetes/listWatch.ts";

/** What is read of an HPA besides its annotations: its limits, what the HPA controller made of it, and its targets. */
export interface HpaState {
  /** `namespace/name`. */
  readonly id: string;
  /** What it scales, such as `Deployment podinfo`. */
  readonly target: string;
  readonly min: number;
  readonly max: number;
  /** Replicas that the HPA controller saw, and that it wants. */
  readonly current: number;
  readonly desired: number;
  readonly lastScaleTime?: string;
  readonly conditions: readonly Condition[];
  /** Of every external metric, in the order of the spec. */
  readonly externalTargets: readonly (Target | undefined)[];
  /** Types of its other metrics, such as `Resource cpu`. */
  readonly otherMetrics: readonly string[];
  readonly up: Rules;
  readonly down: Rules;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** What one pod (`AverageValue`) or all together (`Value`) should have, in milli. */
export interface Target {
  readonly type: "AverageValue" | "Value";
  readonly quantity: string;
  readonly milli: bigint;
}

/** One direction of `spec.behavior`. */
interface Rules {
  readonly disabled: boolean;
  /** Absent: the cluster's default, 0.1. https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#tolerance */
  readonly tolerance?: number;
  /** Absent: the default, 0 up and 300 down. */
  readonly stabilizationSeconds?: number;
}

/** Parses an `autoscaling/v2` HorizontalPodAutoscaler at the edge; what is missing is as Kubernetes defaults it. */
export function parseHpaState(object: unknown): HpaState {
  const { metadata, spec, status } = record(object);
  const { namespace, name } = record(metadata);
  const { minReplicas, maxReplicas, scaleTargetRef, metrics, behavior } = record(spec);
  const { currentReplicas, desiredReplicas, lastScaleTime, conditions } = record(status);
  const { kind, name: target } = record(scaleTargetRef);
  const listed = recordsIn(metrics);
  return {
    id: `${text(namespace)}/${text(name)}`,
    target: `${text(kind)} ${text(target)}`,
    min: number(minReplicas, 1),
    max: number(maxReplicas, 1),
    current: number(currentReplicas, 0),
    desired: number(desiredReplicas, 0),
    ...(typeof lastScaleTime === "string" ? { lastScaleTime } : {}),
    conditions: recordsIn(conditions).map((condition) => ({
      type: text(condition["type"]),
      status: text(condition["status"]),
      reason: text(condition["reason"]),
      message: text(condition["message"]),
    })),
    externalTargets: listed.filter(({ type }) => type === "External").map(targetOf),
    otherMetrics: listed.filter(({ type }) => type !== "External").map(nameOf),
    up: rulesOf(record(behavior)["scaleUp"]),
    down: rulesOf(record(behavior)["scaleDown"]),
  };
}

function targetOf(metric: Record<string, unknown>): Target | undefined {
  const { type, averageValue, value } = record(record(metric["external"])["target"]);
  const quantity = type === "AverageValue" ? averageValue : value;
  const milli = quantityOf(quantity)?.milli;
  if (milli === undefined || (type !== "AverageValue" && type !== "Value")) return undefined;
  return { type, quantity: text(quantity), milli };
}

function nameOf(metric: Record<string, unknown>): string {
  const type = text(metric["type"]);
  const source = record(metric[type.charAt(0).toLowerCase() + type.slice(1)]);
  return `${type} ${text(source["name"] ?? record(source["metric"])["name"])}`.trim();
}

function rulesOf(rules: unknown): Rules {
  const { selectPolicy, tolerance, stabilizationWindowSeconds } = record(rules);
  const share = quantityOf(tolerance)?.approximate;
  return {
    disabled: selectPolicy === "Disabled",
    ...(share === undefined ? {} : { tolerance: share }),
    ...(typeof stabilizationWindowSeconds === "number" ? { stabilizationSeconds: stabilizationWindowSeconds } : {}),
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
