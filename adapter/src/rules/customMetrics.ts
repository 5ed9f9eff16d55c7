import {
  type ClusterResource,
  type FindResource,
  oneLine,
  type Problem,
  problem,
  problemLine,
} from "@asm-autoscaler/hpa-metrics";
import type { CustomMetrics, CustomRead, CustomResult, ObjectValue } from "../api/customMetrics.ts";
import { withoutSecrets } from "../kubernetes/secrets.ts";
import { createObjectsRead, type ObjectsRead, readKey, titleOf } from "./customRead.ts";
import type { MetricIndex, RuleSeries } from "./metricIndex.ts";
import type { Objects } from "./objects.ts";
import type { ObjectValues } from "./objectValues.ts";
import type { RuleReadings } from "./ruleReadings.ts";

/** What the custom metrics are read with. */
export interface CustomSources {
  readonly find: FindResource;
  index(): MetricIndex;
  readonly objects: Pick<Objects, "names" | "known">;
  readonly readings: RuleReadings<ObjectsRead, ObjectValues>;
  /** Records that an HPA reads the series of a rule. */
  used(found: RuleSeries): void;
  /**
   * Called for a metric that no rule gives. Returns why that is not certain, such as a list of series that failed.
   * Undefined if no rule gives the metric.
   */
  missed(): Problem | undefined;
}

/** Creates the custom metrics of rules. */
export function createCustomMetrics(sources: CustomSources): CustomMetrics {
  const { find, index, objects, readings, used, missed } = sources;

  const readOf = (read: CustomRead, resource: ClusterResource, found: RuleSeries): ObjectsRead =>
    readings.find(readKey(read, found)) ??
    createObjectsRead(read, resource, found, {
      find,
      names: () => (read.name === "*" ? objects.known(resource, read.namespace, read.objects) : [read.name]),
    });

  return {
    metricNames: () => index().customNames(),
    async read(read) {
      const resource = resourceOf(read, find);
      const notFound = () => {
        const doubt = missed();
        return doubt ? refused(503, read, doubt) : refused(404, read, notServed(read, resource));
      };
      if (!resource || !index().custom(read.metric, resource)) return notFound();
      const named = await namesOf(read, resource, objects);
      // The rules may have changed while the names were listed.
      const found = index().custom(read.metric, resource);
      if (!found) return notFound();
      if (found.problem) return refused(503, read, found.problem, found);
      used(found);
      if (!named.ok) return refused(503, read, named.problem);
      const { names } = named;
      if (names.length === 0) return refused(404, read, noObjects(resource));
      const one = readOf(read, resource, found);
      const unbuilt = one.update(names);
      if (unbuilt) return refused(503, read, unbuilt, found);
      const outcome = await readings.read(one);
      if (!outcome.ok) return refused(503, read, outcome.problem, found, one.text());
      const values = valuesOf(outcome.reading, names, resource, read.namespace);
      if (values.length > 0) return { ok: true, values };
      return refused(503, read, whyNone(outcome.reading, names), found, one.text());
    },
  };
}

/** The kind of object that is read. It must be spelled as its permission is: the plural name and the whole group. */
function resourceOf({ namespace, group, resource }: CustomRead, find: FindResource): ClusterResource | undefined {
  const found = find(group, resource);
  const isSpelled = found?.resource === resource && found.group === group;
  return isSpelled && found.isNamespaced === (namespace !== "") ? found : undefined;
}

async function namesOf(read: CustomRead, resource: ClusterResource, objects: CustomSources["objects"]) {
  if (read.name === "*") return objects.names(resource, read.namespace, read.objects);
  return { ok: true as const, names: [read.name] };
}

function valuesOf(
  { evaluatedAt, values, ofEach }: ObjectValues,
  names: readonly string[],
  { kind, group, version }: ClusterResource,
  namespace: string,
): ObjectValue[] {
  const apiVersion = group === "" ? version : `${group}/${version}`;
  return names.flatMap((name) => {
    const value = values.get(name) ?? ofEach;
    return value === undefined ? [] : { kind, apiVersion, namespace, name, value, evaluatedAt };
  });
}

function whyNone({ unusable }: ObjectValues, names: readonly string[]): Problem {
  const first = names.find((name) => unusable.has(name));
  const found = first === undefined ? undefined : unusable.get(first);
  if (first !== undefined && found) return { ...found, message: `${first}: ${found.message}` };
  const which = names.length === 1 ? `${names[0]}` : `any of the ${names.length} objects`;
  return problem("ASM_NO_SERIES", `the query finds no series of ${which}`);
}

function notServed(read: CustomRead, resource: ClusterResource | undefined): Problem {
  const kind = read.group === "" ? read.resource : `${read.resource}.${read.group}`;
  const why = resource ? `no rule gives it for ${kind}` : `the cluster has no such kind as ${oneLine(kind, 100)} there`;
  return problem("ASM_CUSTOM_METRIC", why);
}

function noObjects({ resource }: ClusterResource): Problem {
  return problem("ASM_CUSTOM_NO_OBJECTS", `the selector matches none of the ${resource}`);
}

function refused(
  status: 404 | 503,
  read: CustomRead,
  found: Problem,
  from?: RuleSeries,
  text?: string,
): CustomResult & { ok: false } {
  const rule = from ? `, ${from.rule.place}` : "";
  const query = text ? ` Query: ${oneLine(text, 300)}` : "";
  const message = `${oneLine(titleOf(read), 300)}${rule}: ${problemLine(found)}${query}`;
  return { ok: false, status, message: withoutSecrets(message) };
}
