import type { ExternalMetric, ObjectMetric, ScaleTarget } from "../annotations/spec";
import { type Behavior, type BehaviorSpec, behaviorOf, readBehavior, toleranceOf } from "./behavior";
import { createFieldReader, type FieldReader } from "./fields";
import { type CustomMetric, type HpaMetric, readHpaMetric } from "./hpaMetric";
import { DEFAULT_TOLERANCE, type Tolerance } from "./proposal";

/**
 * An `autoscaling/v2` HorizontalPodAutoscaler. A missing field has the default of Kubernetes. Source:
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/
 */
export interface HorizontalPodAutoscaler {
  /** `metadata.namespace` and `metadata.name`. Empty if the object has none. */
  readonly namespace: string;
  readonly name: string;
  /** `metadata.uid`. Empty for an object that is not from an API server. */
  readonly uid: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** The `External` metrics, in the order of `spec.metrics`. */
  readonly externalMetrics: readonly ExternalMetric[];
  /** The `Pods` and `Object` metrics, in the order of `spec.metrics`. */
  readonly customMetrics: readonly CustomMetric[];
  /** `spec.scaleTargetRef`. Undefined if it has no kind or no name. */
  readonly scaleTarget: ScaleTarget | undefined;
  /** `spec.behavior`, without defaults. Undefined for an HPA without a `behavior`. */
  readonly behavior: BehaviorSpec | undefined;
  readonly status: HpaStatus;
  /** Fields that are not valid, as `path: value`. They count as absent. Empty for an HPA that an API server accepts. */
  readonly unreadable: readonly string[];
}

/**
 * The scale target, replica limits, targets and status of one HPA, as last written by the HPA controller. This is the
 * input of `explainSize`.
 */
export interface HpaStatus {
  /** `Deployment/podinfo`. */
  readonly target: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** With all defaults. Undefined for an HPA without a `behavior`. */
  readonly behavior: Behavior | undefined;
  readonly tolerance: Tolerance;
  /** In the order of `spec.metrics`. */
  readonly metrics: readonly HpaMetric[];
  /**
   * Replicas in the status. Undefined before the HPA controller's first sync. The same applies to `desiredReplicas`.
   */
  readonly currentReplicas: number | undefined;
  readonly desiredReplicas: number | undefined;
  /** The time of the last change of replicas, as in the status. */
  readonly lastScaleTime: string | undefined;
  readonly conditions: readonly HpaCondition[];
}

/** A condition of the HPA's status. */
export interface HpaCondition {
  readonly type: string;
  readonly status: string;
  /** For example, `ScaleDownStabilized`. */
  readonly reason: string;
  readonly message: string;
}

/** Metrics of one HPA that are read. More than the adapter serves, so that an HPA over its limit is detected. */
const MOST_METRICS = 1_001;
const MOST_CONDITIONS = 20;
/** Characters of a name, and of a condition's message. */
const MOST_NAME = 253;
const MOST_MESSAGE = 2_000;

/**
 * Reads a HorizontalPodAutoscaler of unknown content. Never throws, and reads a bounded part of the object. What is not
 * valid counts as absent and is listed in `unreadable`.
 */
export function readHpa(object: unknown): HorizontalPodAutoscaler {
  const fields = createFieldReader();
  const { metadata, spec, status } = fields.object("the HPA", object);
  const { namespace, name, uid, annotations } = fields.object("metadata", metadata);
  const specFields = fields.object("spec", spec);
  const listed = fields.list("spec.metrics", specFields["metrics"], MOST_METRICS);
  const statusFields = fields.object("status", status);
  const seen = fields.list("status.currentMetrics", statusFields["currentMetrics"], MOST_METRICS);
  const metrics = listed.map((metric, index) => readHpaMetric(fields, `spec.metrics[${index}]`, metric, seen[index]));
  const target = readTarget(fields, specFields["scaleTargetRef"]);
  const behavior = readBehavior(fields, specFields["behavior"]);
  return {
    // Never cut: a shorter name would be the name of another object.
    namespace: fields.text("metadata.namespace", namespace, Number.POSITIVE_INFINITY) ?? "",
    name: fields.text("metadata.name", name, Number.POSITIVE_INFINITY) ?? "",
    uid: fields.text("metadata.uid", uid, MOST_NAME) ?? "",
    annotations: readAnnotations(fields, annotations),
    externalMetrics: metrics.flatMap(({ external }) => external ?? []),
    customMetrics: metrics.flatMap(({ custom }) => custom ?? []),
    scaleTarget: target.kind === "" || target.name === "" ? undefined : target,
    behavior,
    status: {
      target: `${target.kind.slice(0, MOST_NAME)}/${target.name.slice(0, MOST_NAME)}`,
      ...readLimits(fields, specFields),
      behavior: behaviorOf(behavior),
      tolerance: behavior ? toleranceOf(behavior) : DEFAULT_TOLERANCE,
      metrics: metrics.map(({ metric }) => metric),
      ...readStatus(fields, statusFields),
    },
    unreadable: fields.unreadable,
  };
}

function readAnnotations(fields: FieldReader, annotations: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields.object("metadata.annotations", annotations)).flatMap(([key, value]) => {
      const text = fields.text(`metadata.annotations["${key.slice(0, MOST_NAME)}"]`, value, Number.POSITIVE_INFINITY);
      return text === undefined ? [] : [[key, text]];
    }),
  );
}

/** Never cut: a shorter name would be the name of another object. */
function readTarget(fields: FieldReader, scaleTargetRef: unknown): ScaleTarget {
  const { apiVersion, kind, name } = fields.object("spec.scaleTargetRef", scaleTargetRef);
  const text = (field: string, value: unknown) =>
    fields.text(`spec.scaleTargetRef.${field}`, value, Number.POSITIVE_INFINITY) ?? "";
  return { apiVersion: text("apiVersion", apiVersion), kind: text("kind", kind), name: text("name", name) };
}

function readLimits(
  fields: FieldReader,
  { minReplicas, maxReplicas }: Readonly<Record<string, unknown>>,
): Pick<HpaStatus, "minReplicas" | "maxReplicas"> {
  const most = fields.whole("spec.maxReplicas", maxReplicas, 1);
  if (maxReplicas === undefined || maxReplicas === null) fields.report("spec.maxReplicas", maxReplicas);
  return {
    minReplicas: fields.whole("spec.minReplicas", minReplicas) ?? 1,
    maxReplicas: most ?? 1,
  };
}

function readStatus(
  fields: FieldReader,
  { currentReplicas, desiredReplicas, lastScaleTime, conditions }: Readonly<Record<string, unknown>>,
): Pick<HpaStatus, "currentReplicas" | "desiredReplicas" | "lastScaleTime" | "conditions"> {
  const read = fields.list("status.conditions", conditions, MOST_CONDITIONS).map((condition, index): HpaCondition => {
    const path = `status.conditions[${index}]`;
    const { type, status, reason, message } = fields.object(path, condition);
    return {
      type: fields.text(`${path}.type`, type, MOST_NAME) ?? "",
      status: fields.text(`${path}.status`, status, MOST_NAME) ?? "",
      reason: fields.text(`${path}.reason`, reason, MOST_NAME) ?? "",
      message: fields.text(`${path}.message`, message, MOST_MESSAGE) ?? "",
    };
  });
  return {
    // The API omits a zero. Conditions show that the controller has synced the HPA, so a missing number is then 0.
    currentReplicas: fields.whole("status.currentReplicas", currentReplicas) ?? (read.length > 0 ? 0 : undefined),
    desiredReplicas: fields.whole("status.desiredReplicas", desiredReplicas),
    lastScaleTime: fields.text("status.lastScaleTime", lastScaleTime, MOST_NAME),
    conditions: read,
  };
}

/** The `Object` metrics of an HPA, in the order of `spec.metrics`. */
export function objectMetricsOf({
  customMetrics,
  status,
}: Pick<HorizontalPodAutoscaler, "customMetrics" | "status">): ObjectMetric[] {
  const targets = status.metrics.filter(({ type }) => type === "Object");
  const described = customMetrics.flatMap(({ metric, object }) => (object ? [{ ...metric, object }] : []));
  return described.map((metric, index) => ({ ...metric, isPerPod: targets[index]?.kind === "averageValue" }));
}

/** Conditions that are a failure if their status is False. `ScalingLimited` and `ScaledToZero` are never a failure. */
const NEEDED = ["AbleToScale", "ScalingActive"];

/** Whether a condition means that the HPA controller cannot scale. */
export function isFailure({ type, status }: HpaCondition): boolean {
  return NEEDED.includes(type) && status === "False";
}
