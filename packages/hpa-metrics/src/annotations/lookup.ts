import { nearest } from "../nearest";
import { type Problem, problem } from "../problem";
import type { QueryProblem } from "../promql/query";
import { annotationKey, isReserved, type KeyType } from "./key";
import type { Config, Entry, Report } from "./settings";

/** The name of a metric, and whether it is an `External` or an `Object` metric. */
interface Named {
  readonly metricName: string;
  readonly type: KeyType;
}

/** The name of a query: the last part of its annotation's key. */
export function nameOf({ key }: Entry): string {
  return key.slice(key.indexOf("/") + 1);
}

/** The problem of an annotation whose query is not valid. */
export function queryInvalid({ key }: Entry, { line, column, message, caret }: QueryProblem): Problem {
  return problem(
    "ASM_QUERY_INVALID",
    `the query in "${key}" is wrong at line ${line}, column ${column}: ${message}\n${caret}`,
    { key },
  );
}

/**
 * Finds the annotation with the query of a metric. It is the annotation `query`, or else the annotation that
 * `query-name` names. `query-name` is an annotation, or else a label. A label never contains the query itself, because
 * a label value cannot be PromQL. Problems are reported.
 */
export function findEntry(
  metric: Named,
  config: Config,
  labels: ReadonlyMap<string, string>,
  report: Report,
): Entry | undefined {
  const query = config.get("query");
  if (query) return query;
  const { metricName, type } = metric;
  if (labels.has("query")) {
    report(
      problem(
        "ASM_QUERY_IN_LABEL",
        `the metric "${metricName}" has its query in the label query, but a label value cannot be a query`,
        { remedy: `Move the query to the annotation "${annotationKey(metricName, "query", type)}"` },
      ),
    );
    return undefined;
  }
  const name = queryNameOf(metric, config, labels, report);
  if (name === undefined) return undefined;
  const entry = config.get(name);
  if (!entry) report(missing(metric, name, config, labels));
  return entry;
}

function queryNameOf(
  { metricName, type }: Named,
  config: Config,
  labels: ReadonlyMap<string, string>,
  report: Report,
): string | undefined {
  const annotated = config.get("query-name");
  const label = labels.get("query-name");
  if (annotated && label !== undefined && annotated.value !== label) {
    report(
      problem(
        "ASM_LABEL_OVERRIDDEN",
        `the annotation "${annotated.key}" (${annotated.value}) wins over the label query-name (${label})`,
        { key: annotated.key },
      ),
    );
  }
  const name = annotated?.value ?? label;
  if (name === undefined) {
    report(
      problem(
        "ASM_QUERY_MISSING",
        `the metric "${metricName}" has no query: there is neither an annotation "${annotationKey(metricName, "query", type)}" nor a label query-name`,
        { remedy: "Add the annotation, or the label with an annotation of that name" },
      ),
    );
    return undefined;
  }
  if (name === "query" || !isReserved(name)) return name;
  report(
    problem(
      "ASM_QUERY_NAME_RESERVED",
      `the metric "${metricName}" names the query "${name}", but "${name}" is a setting and cannot name a query`,
      { ...(annotated ? { key: annotated.key } : {}) },
    ),
  );
  return undefined;
}

function missing(
  { metricName, type }: Named,
  name: string,
  config: Config,
  labels: ReadonlyMap<string, string>,
): Problem {
  const key = annotationKey(metricName, name, type);
  const near = nearest(
    name,
    [...config.keys()].filter((known) => !isReserved(known)),
  );
  const hint = near === undefined ? "" : `, but there is "${near}"`;
  const inLabel = labels.has(name) ? "; the label of that name is not read: a label value cannot be a query" : "";
  return problem(
    "ASM_QUERY_MISSING",
    `the metric "${metricName}" names the query "${name}", but there is no annotation "${key}"${hint}${inLabel}`,
    { key, remedy: "Add the annotation with the query, or correct the query's name" },
  );
}
