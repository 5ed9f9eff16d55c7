import { createHash } from "node:crypto";
import { type ApiGroup, CUSTOM } from "../groups.ts";
import { customDescription } from "./custom.ts";
import { externalDescription } from "./external.ts";
import { commonSchemas, type Description, type ReadOperation, ref } from "./schemas.ts";

/** A document with its ETag, quoted as HTTP requires. */
export interface Tagged {
  readonly body: object;
  readonly tag: string;
}

/** The OpenAPI v3 document of one version of an API group. */
interface OpenapiDocument extends Tagged {
  /** Hash of the document's content. Its URL and its ETag contain it. */
  readonly hash: string;
  /** The URL of the document with the current hash. */
  readonly url: string;
}

/** All OpenAPI documents of the adapter. */
export interface OpenapiDocuments {
  /** The v3 documents by group and version. */
  readonly documents: ReadonlyMap<string, OpenapiDocument>;
  /**
   * The body of `GET /openapi/v3`. It lists only the served API groups, because the API server merges these paths with
   * its own without checking them.
   */
  readonly index: Tagged;
  /** The same in OpenAPI v2, for clients older than Kubernetes 1.24 and for software that merges v2 documents. */
  readonly v2: Tagged;
}

/**
 * Creates small OpenAPI documents of the groups, with upstream's schema names. The API server merges them, and
 * `kubectl explain` reads them. kube-openapi/pkg/handler3, kubectl/pkg/explain/v2.
 */
export function createOpenapi(groups: readonly ApiGroup[]): OpenapiDocuments {
  const descriptions = groups.flatMap((group) =>
    group === CUSTOM ? group.versions.map(customDescription) : [externalDescription],
  );
  const documents = new Map(descriptions.map((description) => [description.groupVersion, v3Document(description)]));
  const urls = [...documents].map(([groupVersion, { url }]) => [`apis/${groupVersion}`, { serverRelativeURL: url }]);
  return {
    documents,
    index: { body: { paths: Object.fromEntries(urls) }, tag: `"${hashOf(urlsText(documents))}"` },
    v2: v2Document(descriptions),
  };
}

function urlsText(documents: ReadonlyMap<string, OpenapiDocument>): string {
  return [...documents.values()].map(({ url }) => url).join("\n");
}

function infoOf({ groupVersion }: Description): object {
  return { title: "asm-metrics-adapter", version: groupVersion.split("/")[1] };
}

function v3Document(description: Description): OpenapiDocument {
  const body = {
    openapi: "3.0.0",
    info: infoOf(description),
    paths: pathsOf(description.reads, v3Read),
    components: { schemas: { ...description.schemas, ...commonSchemas } },
  };
  const hash = hashOf(JSON.stringify(body));
  return { body, hash, tag: `"${hash}"`, url: `/openapi/v3/apis/${description.groupVersion}?hash=${hash}` };
}

function v3Read({ parameters, description, operationId, schema, action, kind }: ReadOperation): object {
  return {
    get: {
      description,
      operationId,
      responses: { "200": { description: "OK", content: { "application/json": { schema: ref(schema) } } } },
      "x-kubernetes-action": action,
      "x-kubernetes-group-version-kind": kind,
    },
    parameters: parameters.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
  };
}

function v2Document(descriptions: readonly Description[]): Tagged {
  const [first] = descriptions;
  const schemas = Object.assign({}, ...descriptions.map((description) => description.schemas), commonSchemas);
  const reads = descriptions.flatMap((description) => description.reads);
  const document = {
    swagger: "2.0",
    info: first ? infoOf(first) : {},
    paths: pathsOf(reads, v2Read),
    definitions: schemas,
  };
  const body: object = JSON.parse(JSON.stringify(document).replaceAll("#/components/schemas/", "#/definitions/"));
  return { body, tag: `"${hashOf(JSON.stringify(body))}"` };
}

function v2Read({ parameters, description, operationId, schema, action, kind }: ReadOperation): object {
  return {
    get: {
      description,
      operationId,
      produces: ["application/json"],
      schemes: ["https"],
      responses: { "200": { description: "OK", schema: ref(schema) } },
      "x-kubernetes-action": action,
      "x-kubernetes-group-version-kind": kind,
    },
    parameters: parameters.map((name) => ({ name, in: "path", required: true, type: "string" })),
  };
}

function pathsOf(reads: readonly ReadOperation[], form: (read: ReadOperation) => object): object {
  return Object.fromEntries(reads.map((read) => [read.path, form(read)]));
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").toUpperCase();
}
