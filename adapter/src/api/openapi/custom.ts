import { CUSTOM } from "../groups.ts";
import { type Description, described, LIST_META, QUANTITY, ref, TIME, text, typeMeta } from "./schemas.ts";

const LABEL_SELECTOR = "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector";
const REQUIREMENT = "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement";
const OBJECT_REFERENCE = "io.k8s.api.core.v1.ObjectReference";

const window = { type: "integer", format: "int64", description: "The seconds of data of a rate; never set here." };
const selector = described(LABEL_SELECTOR, "The selector of the request's series.");
const strings = { type: "array", items: { type: "string" } };

/** The API server merges these with its own schemas of the same names, so they have the fields that this API sets. */
const sharedSchemas = {
  [OBJECT_REFERENCE]: {
    type: "object",
    description: "The object that a value describes.",
    properties: {
      apiVersion: text("API version of the object."),
      kind: text("Kind of the object."),
      name: text("Name of the object."),
      namespace: text("Namespace of the object."),
    },
  },
  [LABEL_SELECTOR]: {
    type: "object",
    description: "A label selector. All its requirements must match.",
    properties: {
      matchLabels: {
        type: "object",
        additionalProperties: { type: "string" },
        description: "The labels, with the value that each must have.",
      },
      matchExpressions: { type: "array", items: ref(REQUIREMENT), description: "The other requirements." },
    },
  },
  [REQUIREMENT]: {
    type: "object",
    description: "A requirement of a label selector.",
    required: ["key", "operator"],
    properties: {
      key: text("The label."),
      operator: text("In, NotIn, Exists or DoesNotExist."),
      values: { ...strings, description: "The values of In and NotIn." },
    },
  },
};

/** One version of the custom metrics API. The versions differ in where a value has its metric's name. */
export function customDescription(version: string): Description {
  const groupVersion = `${CUSTOM.name}/${version}`;
  const model = `io.k8s.metrics.pkg.apis.custom_metrics.${version}`;
  const kind = { group: CUSTOM.name, version, kind: CUSTOM.kind };
  const schema = `${model}.MetricValueList`;
  const isOld = version === "v1beta1";
  const name = text("The name of the metric.");
  const ofMetric = isOld
    ? { metricName: name, window, selector }
    : { metric: described(`${model}.MetricIdentifier`, "The metric."), windowSeconds: window };
  const read = { schema, kind, action: "get" } as const;
  const suffix = `CustomMetrics${version.replace("v", "V")}`;
  return {
    groupVersion,
    schemas: {
      [schema]: {
        type: "object",
        description: "A list of values of a metric for some set of objects.",
        required: ["items"],
        properties: {
          ...typeMeta,
          metadata: described(LIST_META, "Standard list metadata."),
          items: { type: "array", items: ref(`${model}.MetricValue`), description: "The value of each object." },
        },
        "x-kubernetes-group-version-kind": [kind],
      },
      [`${model}.MetricValue`]: {
        type: "object",
        description: "The value of a metric for one object.",
        required: ["describedObject", isOld ? "metricName" : "metric", "timestamp", "value"],
        properties: {
          ...typeMeta,
          describedObject: described(OBJECT_REFERENCE, "The object."),
          ...ofMetric,
          timestamp: described(TIME, "The time at which the metric was evaluated."),
          value: described(QUANTITY, "The value of the metric."),
        },
      },
      ...(isOld
        ? {}
        : {
            [`${model}.MetricIdentifier`]: {
              type: "object",
              description: "A metric: its name and the selector of its series.",
              required: ["name"],
              properties: { name, selector },
            },
          }),
      ...sharedSchemas,
    },
    reads: [
      {
        ...read,
        path: `/apis/${groupVersion}/namespaces/{namespace}/metrics/{name}`,
        parameters: ["namespace", "name"],
        description: "Read a metric of a namespace.",
        operationId: `read${suffix}NamespaceMetric`,
      },
      {
        ...read,
        path: `/apis/${groupVersion}/namespaces/{namespace}/{resource}/{name}/{metric}`,
        parameters: ["namespace", "resource", "name", "metric"],
        description: "Read a metric of one object, or of all that labelSelector matches if the name is *.",
        operationId: `read${suffix}NamespacedObjectMetric`,
      },
      {
        ...read,
        path: `/apis/${groupVersion}/{resource}/{name}/{metric}`,
        parameters: ["resource", "name", "metric"],
        description: "Read a metric of an object without a namespace.",
        operationId: `read${suffix}ObjectMetric`,
      },
    ],
  };
}
