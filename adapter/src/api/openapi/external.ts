import { EXTERNAL, EXTERNAL_GROUP_VERSION } from "../groups.ts";
import { type Description, described, LIST_META, QUANTITY, ref, TIME, text, typeMeta } from "./schemas.ts";

const MODEL = "io.k8s.metrics.pkg.apis.external_metrics.v1beta1";
const KIND = { group: EXTERNAL.name, version: EXTERNAL.versions[0], kind: EXTERNAL.kind };

/** The external metrics API. */
export const externalDescription: Description = {
  groupVersion: EXTERNAL_GROUP_VERSION,
  schemas: {
    [`${MODEL}.ExternalMetricValueList`]: {
      type: "object",
      description: "A list of values for a given metric for some set of labels.",
      required: ["items"],
      properties: {
        ...typeMeta,
        metadata: described(LIST_META, "Standard list metadata."),
        items: {
          type: "array",
          items: ref(`${MODEL}.ExternalMetricValue`),
          description: "The values of the metric that match a given set of labels.",
        },
      },
      "x-kubernetes-group-version-kind": [KIND],
    },
    [`${MODEL}.ExternalMetricValue`]: {
      type: "object",
      description: "A value of an external metric, identified by the metric's name and a set of labels.",
      required: ["metricName", "metricLabels", "timestamp", "value"],
      properties: {
        ...typeMeta,
        metricName: text("The name of the metric."),
        metricLabels: {
          type: "object",
          additionalProperties: { type: "string" },
          description: "The labels that identify a single time series of the metric.",
        },
        timestamp: described(TIME, "The time at which the metric was evaluated."),
        window: {
          type: "integer",
          format: "int64",
          description: "The seconds of data that a rate was calculated from.",
        },
        value: described(QUANTITY, "The value of the metric."),
      },
    },
  },
  reads: [
    {
      path: `/apis/${EXTERNAL_GROUP_VERSION}/namespaces/{namespace}/externalmetrics`,
      parameters: ["namespace"],
      description: "Read the values of an external metric.",
      operationId: "listExternalMetricsV1beta1NamespacedExternalMetric",
      schema: `${MODEL}.ExternalMetricValueList`,
      action: "list",
      kind: KIND,
    },
  ],
};
