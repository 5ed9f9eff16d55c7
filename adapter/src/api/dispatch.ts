import { equalityOf, matchesSelector } from "../kubernetes/labelSelector.ts";
import { type Identity, isHpaController } from "../kubernetes/userInfo.ts";
import { type Answer, answerWith } from "./answer.ts";
import type { Representation, Transformation } from "./contentNegotiation.ts";
import { type ApiDependencies, type Forwarding, SOURCE_HEADER } from "./dependencies.ts";
import {
  aggregatedDiscovery,
  aggregatedDiscoveryTag,
  DISCOVERY_TYPE,
  group,
  groupList,
  resourceList,
  versionInfo,
} from "./discovery.ts";
import {
  openapiDocument,
  openapiHash,
  openapiIndex,
  openapiIndexTag,
  openapiUrl,
  openapiV2,
  openapiV2Tag,
} from "./openapi.ts";
import { LISTING, type MetricRoute, type Route } from "./requestTarget.ts";
import { readingUnavailable } from "./status.ts";
import { table } from "./table.ts";
import { type Listed, listNamespace, valueList } from "./values.ts";

/** The routes that are dispatched. Health checks and refused requests are answered earlier. */
type Served = Exclude<Route, { kind: "health" | "refused" }>;

/** An authorized request. It contains only the headers that are named here. */
export interface Question {
  readonly route: Served;
  readonly identity: Identity;
  readonly representation: Representation;
  readonly ifNoneMatch: string | undefined;
  /** The `host:port` to which the client connected. */
  readonly serverAddress: string;
}

/** The transformations that a route supports in addition to the plain object. */
export function transformations({ kind }: Route): readonly Transformation[] {
  if (kind === "metric") return ["Table"];
  return kind === "groupList" ? ["APIGroupDiscoveryList"] : [];
}

/** Answers an authorized request, or returns how to forward it. Rejects when a dependency rejects. */
export async function dispatch(dependencies: ApiDependencies, question: Question): Promise<Answer | Forwarding> {
  const { route, representation, ifNoneMatch, serverAddress } = question;
  switch (route.kind) {
    case "groupList":
      return representation.as
        ? tagged(ifNoneMatch, aggregatedDiscoveryTag, aggregatedDiscovery, DISCOVERY_TYPE)
        : ok(groupList(serverAddress));
    case "group":
      return ok(group());
    case "resourceList":
      return ok(resourceList(dependencies.metricNames(), dependencies.delegates?.metricNames()));
    case "metric":
      if (isListing(question, route)) return list(dependencies, question, route);
      return dependencies.delegates?.route(route) ?? read(dependencies, question, route);
    case "version":
      return ok(versionInfo);
    case "openapiV2":
      return tagged(ifNoneMatch, openapiV2Tag, openapiV2);
    case "openapiIndex":
      return tagged(ifNoneMatch, openapiIndexTag, openapiIndex);
    case "openapi":
      if (route.hash !== undefined && route.hash !== openapiHash) {
        return { code: 301, body: undefined, headers: { Location: openapiUrl } };
      }
      return tagged(ifNoneMatch, `"${openapiHash}"`, openapiDocument);
  }
}

function ok(body: object): Answer {
  return { code: 200, body };
}

/** Answers with a cacheable document, or with 304 when the client's ETag matches. */
function tagged(ifNoneMatch: string | undefined, tag: string, body: object, type?: string): Answer {
  const headers = { ETag: tag, Vary: "Accept", "Cache-Control": "public" };
  if (ifNoneMatch === tag) return { code: 304, body: undefined, headers };
  return { code: 200, body, headers: type === undefined ? headers : { ...headers, "Content-Type": type } };
}

/**
 * Whether the request lists all readings of a namespace. The HPA controller never gets the listing. It adds up all
 * values that it reads, so an HPA on a metric with the listing's name would scale on the sum of all metrics in the
 * namespace.
 */
function isListing({ identity }: Question, { metric }: MetricRoute): boolean {
  return metric.toLowerCase() === LISTING && !isHpaController(identity);
}

async function list(dependencies: ApiDependencies, question: Question, route: MetricRoute): Promise<Answer> {
  const { readings, missing } = await listNamespace(dependencies, route.namespace);
  const selected = readings.filter(({ labels }) => matchesSelector(route.selector, labels));
  return ok(represent(question, route, { readings: selected, missing: route.selector.length > 0 ? [] : missing }));
}

async function read(dependencies: ApiDependencies, question: Question, route: MetricRoute): Promise<Answer> {
  const { namespace, metric, selector } = route;
  const result = await dependencies.readMetric(
    namespace,
    metric,
    (labels) => matchesSelector(selector, labels),
    equalityOf(selector),
  );
  if (!result.ok) return answerWith(readingUnavailable(result.message));
  const answer = ok(represent(question, route, { readings: result.readings, missing: [] }));
  const [only, ...others] = result.readings;
  if (only?.source === undefined || others.length > 0) return answer;
  return { ...answer, headers: { ...answer.headers, [SOURCE_HEADER]: only.source } };
}

function represent({ representation }: Question, { namespace }: MetricRoute, listed: Listed): object {
  const { as } = representation;
  return as ? table(as.version, namespace, listed) : valueList(listed.readings);
}
