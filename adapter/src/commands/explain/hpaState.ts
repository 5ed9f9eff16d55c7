import { quantityOf } from "../../hpas/hpaStatus.ts";
import { record, recordsIn } from "../../kubernetes/listWatch.ts";

/** The parts of an HPA other than its annotations: limits, status and targets. */
export interface HpaState {
  /** `namespace/name`. */
  readonly id: string;
  /** The scale target, such as `Deployment podinfo`. */
  readonly target: string;
  readonly min: number;
  readonly max: number;
  /** Current and desired replicas in the HPA's status. */
  readonly current: number;
  readonly desired: number;
  readonly lastScaleTime?: string;
  readonly conditions: readonly Condition[];
  /** The targets of all external metrics, in the order of the spec. */
  readonly externalTargets: readonly (Target | undefined)[];
  /** Types and names of the other metrics, such as `Resource cpu`. */
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

/** A target per pod (`AverageValue`) or in total (`Value`), in thousandths. */
export interface Target {
  readonly type: "AverageValue" | "Value";
  readonly quantity: string;
  readonly milli: bigint;
}

/** The rules of one direction in `spec.behavior`. */
interface Rules {
  readonly disabled: boolean;
  /**
   * Absent: the cluster's default, 0.1.
   * Source: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#tolerance
   */
  readonly tolerance?: number;
  /** Stabilization window in seconds. Absent: the default, 0 up and 300 down. */
  readonly stabilizationSeconds?: number;
}

/** Parses an `autoscaling/v2` HorizontalPodAutoscaler. Missing fields get the defaults of Kubernetes. */
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
