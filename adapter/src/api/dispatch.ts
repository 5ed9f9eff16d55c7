import { equalityOf, matchesSelector } from "../kubernetes/labelSelector.ts";
import { type Identity, isHpaController } from "../kubernetes/userInfo.ts";
import { type Answer, answerWith } from "./answer.ts";
import type { Transformation } from "./contentNegotiation.ts";
import { customTable, customValueList } from "./customValues.ts";
import { type ApiDependencies, type Forwarding, SOURCE_HEADER } from "./dependencies.ts";
import { createDocuments, type DocumentRequest } from "./documents.ts";
import { type ApiGroup, LISTING } from "./groups.ts";
import type { CustomRoute, MetricRoute, Route } from "./routes.ts";
import { customUnavailable, notFound, readingUnavailable } from "./status.ts";
import { type Listed, listNamespace, valueList, valueTable } from "./values.ts";

/** The routes that are dispatched. Health checks and refused requests are answered earlier. */
type Served = Exclude<Route, { kind: "health" | "refused" }>;

/** An authorized request. It contains only the headers that are named here. */
export interface Question extends DocumentRequest {
  readonly route: Served;
  readonly identity: Identity;
}

/** The transformations that a route supports in addition to the plain object. */
export function transformations({ kind }: Route): readonly Transformation[] {
  if (kind === "metric" || kind === "customMetric") return ["Table"];
  return kind === "groupList" ? ["APIGroupDiscoveryList"] : [];
}

/**
 * Creates the function that answers an authorized request, or returns how to forward it. It rejects when a dependency
 * rejects.
 */
export function createDispatch(
  dependencies: ApiDependencies,
  groups: readonly ApiGroup[],
): (question: Question) => Promise<Answer | Forwarding> {
  const documents = createDocuments(dependencies, groups);

  return async (question) => {
    const { route } = question;
    switch (route.kind) {
      case "metric":
        if (isListing(question, route)) return list(dependencies, question, route);
        return (
          externalRule(dependencies, question, route) ??
          dependencies.delegates?.route(route) ??
          read(dependencies, question, route)
        );
      case "customMetric":
        return readCustom(dependencies, question, route);
      default:
        return documents(route, question);
    }
  };
}

function ok(body: object): Answer {
  return { code: 200, body };
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

/** Answers a read of a metric of a rule. Undefined for another metric. */
function externalRule(
  { externalRules }: ApiDependencies,
  question: Question,
  route: MetricRoute,
): Promise<Answer> | undefined {
  return externalRules?.read(route)?.then((result) => {
    if (!result.ok) return answerWith(readingUnavailable(result.message));
    return ok(represent(question, route, { readings: result.readings, missing: [] }));
  });
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
  return as ? valueTable(as.version, namespace, listed) : valueList(listed.readings);
}

async function readCustom({ custom }: ApiDependencies, question: Question, route: CustomRoute): Promise<Answer> {
  if (!custom) return answerWith(notFound());
  const result = await custom.read(route.read);
  if (!result.ok) return answerWith(customUnavailable(result.status, result.message));
  const { as } = question.representation;
  return ok(as ? customTable(as.version, route, result.values) : customValueList(route, result.values));
}
