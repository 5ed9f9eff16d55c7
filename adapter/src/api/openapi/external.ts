import { createHash } from "node:crypto";
import { GROUP, GROUP_VERSION, VERSION } from "./requestTarget.ts";

// A small OpenAPI v3 document with upstream's schema names. The API server merges it, and `kubectl explain` reads it.
// kube-openapi/pkg/handler3, kubectl/pkg/explain/v2.

const MODEL = "io.k8s.metrics.pkg.apis.external_metrics.v1beta1";
const LIST_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta";
const QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const TIME = "io.k8s.apimachinery.pkg.apis.meta.v1.Time";
const LIST_KIND = { group: GROUP, version: VERSION, kind: "ExternalMetricValueList" };

const ref = (schema: string) => ({ $ref: `#/components/schemas/${schema}` });
const described = (schema: string, description: string) => ({ allOf: [ref(schema)], description });
const text = (description: string) => ({ type: "string", description });

const typeMeta = {
  apiVersion: text("The versioned schema of this representation of an object."),
  kind: text("The REST resource this object represents."),
};

const schemas = {
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
    "x-kubernetes-group-version-kind": [LIST_KIND],
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
      window: { type: "integer", format: "int64", description: "The seconds of data that a rate was calculated from." },
      value: described(QUANTITY, "The value of the metric."),
    },
  },
  [LIST_META]: {
    type: "object",
    description: "Metadata that lists have.",
    properties: {
      continue: text("A token for the next part of a list; never set here."),
      remainingItemCount: { type: "integer", format: "int64", description: "Items left; never set here." },
      resourceVersion: text("The version of the list; never set here."),
      selfLink: text("Deprecated; never set."),
    },
  },
  [QUANTITY]: text("A fixed-point number such as 8308m (8.308) or 10."),
  [TIME]: { type: "string", format: "date-time", description: "A time in RFC 3339." },
};

const listOperation = {
  get: {
    description: "Read the values of an external metric.",
    operationId: "listExternalMetricsV1beta1NamespacedExternalMetric",
    responses: {
      "200": {
        description: "OK",
        content: { "application/json": { schema: ref(`${MODEL}.ExternalMetricValueList`) } },
      },
    },
    "x-kubernetes-action": "list",
    "x-kubernetes-group-version-kind": LIST_KIND,
  },
  parameters: [{ name: "namespace", in: "path", required: true, schema: { type: "string" } }],
};

/** The OpenAPI v3 document of this API group and version. */
export const openapiDocument: object = {
  openapi: "3.0.0",
  info: { title: "asm-metrics-adapter", version: VERSION },
  paths: { [`/apis/${GROUP_VERSION}/namespaces/{namespace}/externalmetrics`]: listOperation },
  components: { schemas },
};

/** Hash of the document's content. The document's URL and its ETag contain it. */
export const openapiHash: string = createHash("sha256")
  .update(JSON.stringify(openapiDocument))
  .digest("hex")
  .toUpperCase();

/** The URL of the document with the current hash. */
export const openapiUrl = `/openapi/v3/apis/${GROUP_VERSION}?hash=${openapiHash}`;

/**
 * The body of `GET /openapi/v3`. It lists only this API group, because the API server merges these paths with its own
 * without checking them.
 */
export const openapiIndex: object = { paths: { [`apis/${GROUP_VERSION}`]: { serverRelativeURL: openapiUrl } } };

/** The ETag of the index, quoted as HTTP requires. */
export const openapiIndexTag = `"${createHash("sha256").update(openapiUrl).digest("hex").toUpperCase()}"`;

// The same document in OpenAPI v2, for clients older than Kubernetes 1.24 and for software that merges v2 documents.

const v2Operation = {
  get: {
    description: listOperation.get.description,
    operationId: listOperation.get.operationId,
    produces: ["application/json"],
    schemes: ["https"],
    responses: { "200": { description: "OK", schema: ref(`${MODEL}.ExternalMetricValueList`) } },
    "x-kubernetes-action": "list",
    "x-kubernetes-group-version-kind": LIST_KIND,
  },
  parameters: [{ name: "namespace", in: "path", required: true, type: "string" }],
};

/** The OpenAPI v2 document as JSON. */
export const openapiV2: object = JSON.parse(
  JSON.stringify({
    swagger: "2.0",
    info: { title: "asm-metrics-adapter", version: VERSION },
    paths: { [`/apis/${GROUP_VERSION}/namespaces/{namespace}/externalmetrics`]: v2Operation },
    definitions: schemas,
  }).replaceAll("#/components/schemas/", "#/definitions/"),
);

/** The ETag of the OpenAPI v2 document. */
export const openapiV2Tag = `"${createHash("sha256").update(JSON.stringify(openapiV2)).digest("hex").toUpperCase()}"`;
