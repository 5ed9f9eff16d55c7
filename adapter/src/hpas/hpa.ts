import { createHash } from "node:crypto";
import {
  type ExternalMetric,
  type HorizontalPodAutoscaler,
  type HpaStatus,
  isFailure,
  type ObjectMetric,
  objectMetricsOf,
  readHpa,
  type ScaleTarget,
} from "@asm-autoscaler/hpa-metrics";

/** The parts of one HorizontalPodAutoscaler that the adapter uses. The rest of the object is dropped. */
export interface Hpa {
  /** `namespace/name`. */
  id: string;
  namespace: string;
  /** `metadata.uid`. kubectl uses it to find the HPA's events. Empty if the API server sent none. */
  uid: string;
  /** Only the `metric-config.` annotations. */
  annotations: Record<string, string>;
  externalMetrics: readonly ExternalMetric[];
  objectMetrics: readonly ObjectMetric[];
  podsMetrics: readonly ExternalMetric[];
  /** The object that it scales. Undefined if `spec.scaleTargetRef` has no kind or no name. */
  scaleTarget?: ScaleTarget;
  /**
   * Metric types that are configured by annotations but that only the custom metrics API serves: `Pods` and `Object`.
   */
  otherMetrics: string[];
  /**
   * Hash of the UID, annotations, metrics and scale target. It is equal if two states of one HPA request the same metrics. It does
   * not cover the HPA's status, because the status changes at every sync.
   */
  fingerprint: string;
}

const PREFIX = "metric-config.";

/** Parses an `autoscaling/v2` HorizontalPodAutoscaler. Returns `undefined` if it has no namespace or no name. */
export function parseHpa(object: unknown): Hpa | undefined {
  return hpaOf(readHpa(object));
}

/** Returns the parts of an HPA that the adapter uses. Returns `undefined` if it has no namespace or no name. */
export function hpaOf(read: HorizontalPodAutoscaler): Hpa | undefined {
  const { namespace, name, uid, externalMetrics, scaleTarget, status } = read;
  if (namespace === "" || name === "") return undefined;
  const annotations = Object.fromEntries(Object.entries(read.annotations).filter(([key]) => key.startsWith(PREFIX)));
  const objectMetrics = objectMetricsOf(read);
  const podsMetrics = read.customMetrics.flatMap(({ type, metric }) => (type === "Pods" ? metric : []));
  const types = new Set(status.metrics.map(({ type }) => type));
  const otherMetrics = ["Pods", "Object"].filter((type) => types.has(type));
  const asked = JSON.stringify([
    uid,
    annotations,
    externalMetrics,
    objectMetrics,
    podsMetrics,
    otherMetrics,
    scaleTarget,
  ]);
  return {
    id: `${namespace}/${name}`,
    namespace,
    uid,
    annotations,
    externalMetrics,
    objectMetrics,
    podsMetrics,
    ...(scaleTarget ? { scaleTarget } : {}),
    otherMetrics,
    fingerprint: createHash("sha1").update(asked).digest("base64"),
  };
}

/** Reasons of conditions that report normal operation. They are not stored. */
const ORDINARY = [
  "SucceededGetScale",
  "ReadyForNewScale",
  "SucceededRescale",
  "ValidMetricFound",
  "DesiredWithinRange",
];
/** Metrics of one HPA whose status is stored. The first ones are stored. */
const MOST_METRICS = 200;

/**
 * Returns the status of an HPA without what the adapter does not show: conditions that report normal operation, and
 * messages of conditions that are not failures. The status changes at every sync and is stored for each HPA.
 */
export function storedStatus({ status }: HorizontalPodAutoscaler): HpaStatus {
  return {
    ...status,
    metrics: status.metrics.slice(0, MOST_METRICS),
    conditions: status.conditions
      .filter(({ type, reason }) => !ORDINARY.includes(reason) && type !== "ScaledToZero")
      .map((condition) => (isFailure(condition) ? condition : { ...condition, message: "" })),
  };
}
