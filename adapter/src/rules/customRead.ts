import {
  type ClusterResource,
  type FindResource,
  type Problem,
  problem,
  type Query,
} from "@asm-autoscaler/hpa-metrics";
import type { CustomRead } from "../api/customMetrics.ts";
import { formatSelector } from "../kubernetes/labelSelector.ts";
import type { RuleSeries } from "./metricIndex.ts";
import { type ObjectValues, readObjectValues } from "./objectValues.ts";
import { queryOf } from "./ruleQuery.ts";
import type { RuleRead } from "./ruleReadings.ts";

/** The read of a custom metric. Its query has the names of the objects. */
export interface ObjectsRead extends RuleRead<ObjectValues> {
  /** Sets the objects. Returns why there is no query for them. */
  update(names: readonly string[]): Problem | undefined;
  /** The text of the present query, for messages. */
  text(): string;
  /** The selector of the objects. Empty if one object is read by its name. */
  readonly selector: string;
  /** The names of the objects that the query has. */
  names(): readonly string[];
}

/** What a read looks up when it is evaluated ahead of its request. */
export interface ReadSources {
  readonly find: FindResource;
  /** The names of the objects. Undefined if they are not known now. */
  names(): readonly string[] | undefined;
}

/**
 * The key of a read: all that its query depends on, without the names of the objects. If another series gives the metric
 * later, the readings of the former series are not used for it.
 */
export function readKey(read: CustomRead, { rule, series: from }: Pick<RuleSeries, "rule" | "series">): string {
  const { namespace, group, resource, name, metric, objects, series } = read;
  const selectors = [objects, series].map(formatSelector);
  return JSON.stringify([namespace, group, resource, name, metric, ...selectors, rule.place, from]);
}

/** What an HPA asks for, without the selector of its pods. */
export function subjectOf(read: Omit<CustomRead, "objects">, found: Pick<RuleSeries, "rule" | "series">): string {
  return readKey({ ...read, objects: [] }, found);
}

/** Creates a read of the series of a rule, without a query. `update` must succeed before it is read. */
export function createObjectsRead(
  read: CustomRead,
  resource: ClusterResource,
  found: RuleSeries,
  sources: ReadSources,
): ObjectsRead {
  const { rule, series } = found;
  let names: readonly string[] | undefined;
  let query: Query | undefined;
  let label = "";
  let failed: Problem | undefined;

  const update = (next: readonly string[]): Problem | undefined => {
    if (names !== undefined && (names === next || read.name !== "*")) return failed;
    names = next;
    const ofResource = rule.labelOf(resource, sources.find);
    if (ofResource === undefined) {
      failed = problem("ASM_RULE_RESOURCE", `${rule.place} has no label that names ${resource.resource}`);
      return failed;
    }
    const target = { resource, namespace: read.namespace, names: next, selector: read.series };
    const built = queryOf(rule.customQuery(series, target, sources.find));
    if ("problem" in built) failed = built.problem;
    else [failed, query, label] = [undefined, built.query, ofResource];
    return failed;
  };

  return {
    ...{ key: readKey(read, found), subject: subjectOf(read, found), selector: formatSelector(read.objects) },
    names: () => names ?? [],
    title: titleOf(read),
    // A metric of a namespace uses the share of that namespace.
    namespace: read.namespace === "" && read.resource === "namespaces" ? read.name : read.namespace,
    update,
    text: () => query?.text ?? "",
    question() {
      const now = sources.names();
      if (now && now.length > 0) update(now);
      if (!query) throw new Error("a read was evaluated before it had a query");
      return { server: { kind: "default" }, query };
    },
    readAnswer: (answer) => readObjectValues(answer, label),
  };
}

/** What is read: `http_requests of pods in shop (app=web)`. */
export function titleOf({ namespace, group, resource, name, metric, objects }: CustomRead): string {
  const kind = group === "" ? resource : `${resource}.${group}`;
  const where = namespace === "" ? "" : ` in ${namespace}`;
  const which =
    name === "*"
      ? `${kind}${where}${objects.length > 0 ? ` (${formatSelector(objects)})` : ""}`
      : `${kind} ${name}${where}`;
  return `metric ${metric} of ${which}`;
}
