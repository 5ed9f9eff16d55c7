import type { Fields, Shape } from "./shape.ts";

/**
 * The fields of a HorizontalPodAutoscaler in each version of the API.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/ (autoscaling/v2, autoscaling/v1), and
 * k8s.io/api/autoscaling/v2beta1 and v2beta2, which Kubernetes 1.26 removed.
 */

/** Metadata of any object. What the API server fills in is understood and never printed. */
export const METADATA: Shape = {
  fields: {
    name: "text",
    generateName: "text",
    namespace: "text",
    labels: { values: "text" },
    annotations: { values: "words" },
    ...managed(
      "uid",
      "resourceVersion",
      "generation",
      "creationTimestamp",
      "deletionTimestamp",
      "deletionGracePeriodSeconds",
      "managedFields",
      "ownerReferences",
      "finalizers",
      "selfLink",
    ),
  },
};

function managed(...names: string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, "any" as const]));
}

const selector: Shape = {
  fields: {
    matchLabels: { values: "text" },
    matchExpressions: { items: { fields: { key: "text", operator: "text", values: { items: "text" } } } },
  },
};
const metric: Shape = { fields: { name: "text", selector } };
const target: Shape = {
  fields: { type: "text", value: "quantity", averageValue: "quantity", averageUtilization: "count" },
};
const reference: Shape = { fields: { apiVersion: "text", kind: "text", name: "text" } };
const rules: Shape = {
  fields: {
    stabilizationWindowSeconds: "count",
    selectPolicy: "text",
    policies: { items: { fields: { type: "text", value: "count", periodSeconds: "count" } } },
    tolerance: "quantity",
  },
};

/** `spec.behavior`, which KEDA has too. */
export const BEHAVIOR: Shape = { fields: { scaleUp: rules, scaleDown: rules } };

const metricsOfV2: Shape = {
  items: {
    fields: {
      type: "text",
      resource: { fields: { name: "text", target } },
      containerResource: { fields: { name: "text", container: "text", target } },
      pods: { fields: { metric, target } },
      object: { fields: { describedObject: reference, metric, target } },
      external: { fields: { metric, target } },
    },
  },
};

const resource = { name: "text", targetAverageUtilization: "count", targetAverageValue: "quantity" } as const;

/** `spec.metrics` of v2beta1, and of the annotation in which v1 keeps it. */
export const METRICS_OF_V2BETA1: Shape = {
  items: {
    fields: {
      type: "text",
      resource: { fields: resource },
      containerResource: { fields: { ...resource, container: "text" } },
      pods: { fields: { metricName: "text", targetAverageValue: "quantity", selector } },
      object: {
        fields: {
          target: reference,
          metricName: "text",
          targetValue: "quantity",
          averageValue: "quantity",
          selector,
        },
      },
      external: {
        fields: {
          metricName: "text",
          metricSelector: selector,
          targetValue: "quantity",
          targetAverageValue: "quantity",
        },
      },
    },
  },
};

function hpaShape(spec: Fields): Shape {
  const common = { scaleTargetRef: reference, minReplicas: "count", maxReplicas: "count" } as const;
  return {
    fields: {
      apiVersion: "text",
      kind: "text",
      metadata: METADATA,
      spec: { fields: { ...common, ...spec } },
      status: "any",
    },
  };
}

/** The shape of an `autoscaling/v2` HPA, and of one of v2beta2, which has the same fields. */
export const HPA: Shape = hpaShape({ metrics: metricsOfV2, behavior: BEHAVIOR });

/** Shapes by version of the API group `autoscaling`. */
export const HPA_SHAPES: ReadonlyMap<string, Shape> = new Map([
  ["v2", HPA],
  ["v2beta2", HPA],
  ["v2beta1", hpaShape({ metrics: METRICS_OF_V2BETA1 })],
  ["v1", hpaShape({ targetCPUUtilizationPercentage: "count" })],
]);
