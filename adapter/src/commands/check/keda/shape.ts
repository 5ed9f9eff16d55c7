import { BEHAVIOR, METADATA } from "../hpaShapes.ts";
import type { Shape } from "../shape.ts";

/**
 * The fields of a ScaledObject.
 * Source: KEDA 2.20, https://keda.sh/docs/latest/reference/scaledobject-spec/, and KEDA 1 (`deploymentName` and
 * `containerName`)
 */
export const SCALED_OBJECT: Shape = {
  fields: {
    apiVersion: "text",
    kind: "text",
    metadata: METADATA,
    spec: {
      fields: {
        scaleTargetRef: {
          fields: {
            apiVersion: "text",
            kind: "text",
            name: "text",
            envSourceContainerName: "text",
            deploymentName: "text",
            containerName: "text",
          },
        },
        pollingInterval: "count",
        initialCooldownPeriod: "count",
        cooldownPeriod: "count",
        idleReplicaCount: "count",
        minReplicaCount: "count",
        maxReplicaCount: "count",
        advanced: {
          fields: {
            restoreToOriginalReplicaCount: "flag",
            horizontalPodAutoscalerConfig: { fields: { name: "text", behavior: BEHAVIOR } },
            scalingModifiers: {
              fields: { formula: "words", target: "words", activationTarget: "words", metricType: "text" },
            },
          },
        },
        fallback: { fields: { failureThreshold: "count", replicas: "count", behavior: "text" } },
        triggers: {
          items: {
            fields: {
              type: "text",
              name: "text",
              useCachedMetrics: "flag",
              metadata: "any",
              authenticationRef: { fields: { name: "text", kind: "text" } },
              metricType: "text",
            },
          },
        },
      },
    },
    status: "any",
  },
};

/** The fields of `metadata` of a trigger, by the trigger's type. Triggers of other types are not translated. */
export const TRIGGERS: Readonly<Record<string, Shape>> = {
  prometheus: {
    fields: {
      serverAddress: "text",
      query: "query",
      threshold: "text",
      activationThreshold: "text",
      ignoreNullValues: "text",
      unsafeSsl: "text",
      timeout: "text",
      namespace: "text",
      customHeaders: "words",
      cortexOrgID: "words",
      queryParameters: "words",
      authModes: "text",
      awsRegion: "text",
      identityOwner: "text",
      credentialsFromEnv: "text",
      credentialsFromEnvFile: "text",
      metricName: "text",
    },
  },
  cpu: { fields: { type: "text", value: "text", activationValue: "text", containerName: "text" } },
  memory: { fields: { type: "text", value: "text", activationValue: "text", containerName: "text" } },
  cron: { fields: { timezone: "text", start: "text", end: "text", desiredReplicas: "text" } },
};
