import { createHash } from "node:crypto";
import { type Answer, answerWith } from "./answer.ts";
import type { Representation } from "./contentNegotiation.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { aggregatedDiscovery, DISCOVERY_TYPE, groupDocument, groupList, versionInfo } from "./discovery.ts";
import { type ApiGroup, CUSTOM } from "./groups.ts";
import { createOpenapi, type Tagged } from "./openapi/documents.ts";
import { customResourceList, externalResourceList } from "./resourceLists.ts";
import type { Route } from "./routes.ts";
import { notFound } from "./status.ts";

/** A route to a document that describes the API: discovery, OpenAPI and the version. */
export type DocumentRoute = Exclude<Route, { kind: "health" | "refused" | "metric" | "customMetric" }>;

/** What the answer to a request for a document depends on. */
export interface DocumentRequest {
  readonly representation: Representation;
  readonly ifNoneMatch: string | undefined;
  /** The `host:port` to which the client connected. */
  readonly serverAddress: string;
}

/** Creates the function that answers requests for documents about the served groups. */
export function createDocuments(
  dependencies: Pick<ApiDependencies, "metricNames" | "delegates" | "externalRules" | "custom">,
  groups: readonly ApiGroup[],
): (route: DocumentRoute, request: DocumentRequest) => Answer | Promise<Answer> {
  const openapi = createOpenapi(groups);
  const aggregated = withTag(aggregatedDiscovery(groups));

  const resourceList = async ({ group, version }: Extract<Route, { kind: "resourceList" }>): Promise<Answer> => {
    const { metricNames, custom, externalRules, delegates } = dependencies;
    if (group === CUSTOM) return ok(await customResourceList(version, custom?.metricNames() ?? []));
    const others = [externalRules, delegates].flatMap((one) => (one ? [one.metricNames()] : []));
    return ok(await externalResourceList(version, metricNames(), others.length > 0 ? others : undefined));
  };

  return (route, { representation, ifNoneMatch, serverAddress }) => {
    switch (route.kind) {
      case "groupList":
        return representation.as
          ? tagged(ifNoneMatch, aggregated, DISCOVERY_TYPE)
          : ok(groupList(groups, serverAddress));
      case "group":
        return ok(groupDocument(route.group));
      case "resourceList":
        return resourceList(route);
      case "version":
        return ok(versionInfo);
      case "openapiV2":
        return tagged(ifNoneMatch, openapi.v2);
      case "openapiIndex":
        return tagged(ifNoneMatch, openapi.index);
      case "openapi": {
        const document = openapi.documents.get(route.groupVersion);
        if (!document) return answerWith(notFound());
        if (route.hash === undefined || route.hash === document.hash) return tagged(ifNoneMatch, document);
        return { code: 301, body: undefined, headers: { Location: document.url } };
      }
    }
  };
}

function withTag(body: object): Tagged {
  return { body, tag: `"${createHash("sha256").update(JSON.stringify(body)).digest("hex").toUpperCase()}"` };
}

function ok(body: object): Answer {
  return { code: 200, body };
}

/** Answers with a cacheable document, or with 304 when the client's ETag matches. */
function tagged(ifNoneMatch: string | undefined, { body, tag }: Tagged, type?: string): Answer {
  const headers = { ETag: tag, Vary: "Accept", "Cache-Control": "public" };
  if (ifNoneMatch === tag) return { code: 304, body: undefined, headers };
  const typed = type === undefined ? headers : { ...headers, "Content-Type": type };
  return { code: 200, body, headers: typed };
}
