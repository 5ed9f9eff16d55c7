import { record } from "@asm-autoscaler/hpa-metrics";
import type { Finding } from "../report.ts";
import { sleepsOf } from "./activation.ts";
import { isTranslatable } from "./prometheusTrigger.ts";
import { goBool, harmless, lost } from "./values.ts";

/** Annotations that pause a ScaledObject in one direction, and the direction of an HPA. */
const ONE_WAY: Readonly<Record<string, "scaleDown" | "scaleUp">> = {
  "autoscaling.keda.sh/paused-scale-in": "scaleDown",
  "autoscaling.keda.sh/paused-scale-down": "scaleDown",
  "autoscaling.keda.sh/paused-scale-out": "scaleUp",
  "autoscaling.keda.sh/paused-scale-up": "scaleUp",
};
const PAUSED = "autoscaling.keda.sh/paused";
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Whether a ScaledObject is paused. */
export interface Pauses {
  /** Whether it is paused altogether. An HPA would end the pause. */
  readonly isPaused: boolean;
  /** The directions in which it is paused. */
  readonly directions: readonly ("scaleDown" | "scaleUp")[];
  readonly findings: readonly Finding[];
}

/**
 * Reads the annotations that pause a ScaledObject. As in KEDA, `paused-replicas` pauses whatever its value is, and a
 * value that is not a boolean counts as true.
 * Source: https://keda.sh/docs/latest/concepts/scaling-deployments/#pausing-autoscaling
 */
export function pausesOf(annotations: Record<string, unknown>): Pauses {
  const set = Object.entries(annotations).filter(
    ([key, value]) => key.startsWith(PAUSED) && (key === `${PAUSED}-replicas` || (goBool(String(value)) ?? true)),
  );
  const oneWay = set.flatMap(([key]) => (ONE_WAY[key] ? [{ key, direction: ONE_WAY[key] }] : []));
  const whole = set.flatMap(([key]) => (ONE_WAY[key] ? [] : [key]));
  return {
    isPaused: whole.length > 0,
    directions: oneWay.map(({ direction }) => direction),
    findings: [
      ...whole.map((key) => lost(key, "the ScaledObject is paused", "no HPA is printed: end the pause first")),
      ...oneWay.map(({ key, direction }) =>
        harmless(
          key,
          "the ScaledObject is paused in one direction",
          `behavior.${direction} has selectPolicy: Disabled: remove that to end the pause`,
          "makes an HPA with selectPolicy Disabled",
        ),
      ),
    ],
  };
}

/** Reports settings of the whole ScaledObject that an HPA does not have. */
export function wholeFindings(spec: Record<string, unknown>): Finding[] {
  const { fallback, advanced, pollingInterval, cooldownPeriod, initialCooldownPeriod, scaleTargetRef } = spec;
  const { horizontalPodAutoscalerConfig, restoreToOriginalReplicaCount, scalingModifiers } = record(advanced);
  const { name: hpaName } = record(horizontalPodAutoscalerConfig);
  const { envSourceContainerName, containerName, deploymentName } = record(scaleTargetRef);
  const sleeps = sleepsOf(spec);
  const period = (key: string, value: unknown) =>
    value === undefined
      ? []
      : [
          sleeps
            ? lost(
                key,
                `it sets ${key} ${String(value)}, the time until it scales to zero`,
                "behavior.scaleDown has a window of 5 minutes unless it sets another",
                "waits so long before it scales to zero",
              )
            : harmless(key, `it sets ${key} ${String(value)}`, "not needed either", "uses it to scale to zero only"),
        ];
  return [
    ...(fallback === undefined || fallback === null ? [] : [fallbackFinding(fallback)]),
    ...(Object.keys(record(scalingModifiers)).length === 0
      ? []
      : [
          lost(
            "advanced.scalingModifiers",
            "the metrics are combined by a formula",
            "no HPA is printed: write the formula as one PromQL query",
            "scales on the result of the formula only",
          ),
        ]),
    ...(pollingInterval === undefined
      ? []
      : [
          harmless(
            "pollingInterval",
            `it sets pollingInterval ${String(pollingInterval)}`,
            "the query runs when the HPA controller asks, and a result is reused for at most 3 s",
            "asks so often, to scale from and to zero and for cached metrics",
          ),
        ]),
    ...period("cooldownPeriod", cooldownPeriod),
    ...period("initialCooldownPeriod", initialCooldownPeriod),
    ...(hpaName === undefined
      ? []
      : [
          lost(
            "advanced.horizontalPodAutoscalerConfig.name",
            `the HPA of KEDA is named ${String(hpaName)}`,
            "the HPA is named like the ScaledObject",
            "uses this name",
          ),
        ]),
    ...(restoreToOriginalReplicaCount === undefined
      ? []
      : [
          harmless(
            "advanced.restoreToOriginalReplicaCount",
            `it sets restoreToOriginalReplicaCount ${String(restoreToOriginalReplicaCount)}`,
            "set it to false before you delete the ScaledObject",
            "with true, sets the original size when the ScaledObject is deleted",
          ),
        ]),
    ...(envSourceContainerName === undefined && containerName === undefined
      ? []
      : [
          harmless(
            "scaleTargetRef.envSourceContainerName",
            "it names a container for settings from the environment",
            "not needed: such settings are named at their trigger",
            "reads the settings …FromEnv in it",
          ),
        ]),
    ...(deploymentName === undefined
      ? []
      : [
          harmless(
            "scaleTargetRef.deploymentName",
            "the Deployment is named in the way of KEDA 1",
            "scaleTargetRef names it",
          ),
        ]),
  ];
}

function fallbackFinding(fallback: unknown): Finding {
  const { behavior, failureThreshold } = record(fallback);
  if (behavior === "currentReplicas") {
    return harmless(
      "fallback",
      "the number of replicas stays when the source fails",
      "the HPA keeps its size as well",
      "keeps it",
    );
  }
  return lost(
    "fallback",
    behavior === undefined || behavior === "static"
      ? "a fixed number of replicas applies when the source fails"
      : `a fallback of behavior ${String(behavior)} applies when the source fails`,
    isTranslatable(fallback)
      ? "on-error holds for targets of type AverageValue, once the source has failed for --metrics-ttl"
      : "the HPA keeps its current replicas instead",
    `applies after ${String(failureThreshold ?? "some")} failures`,
  );
}

/** Reports the labels and annotations that KEDA copies to its HPA. */
export function metadataFindings(metadata: Record<string, unknown>): Finding[] {
  const labels = Object.keys(record(metadata["labels"]));
  const annotations = Object.keys(record(metadata["annotations"])).filter(
    (key) => key !== LAST_APPLIED && !key.startsWith(PAUSED),
  );
  const copied = (key: string, which: readonly string[]) =>
    lost(
      `metadata.${key}`,
      `the ScaledObject has the ${key} ${which.join(", ")}`,
      `not copied to the printed HPA: add the ${key} that something selects by`,
      "copies them to its HPA",
    );
  return [
    ...(labels.length === 0 ? [] : [copied("labels", labels)]),
    ...(annotations.length === 0 ? [] : [copied("annotations", annotations)]),
  ];
}
