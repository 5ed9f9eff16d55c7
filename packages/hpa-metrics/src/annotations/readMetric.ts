import type { Problem } from "../problem";
import type { Query, QueryResult } from "../promql/query";
import { readQueryInSteps } from "./dialect";
import { ANTICIPATES } from "./key";
import { unsatisfied } from "./labels";
import { findEntry, nameOf, queryInvalid } from "./lookup";
import { neverMatches, withoutSelector } from "./metricProblems";
import { directSpecOf } from "./reaction";
import { type Config, type Entry, type ReadSettings, type Report, readSettings } from "./settings";
import type { ExternalMetric, HasOwnDialect, MetricSpec, ObjectMetric, ScaleTarget } from "./spec";

/** Maximum length of all queries of one HPA together, in characters. Identical texts count once. */
const MOST_TEXT = 65_536;

/** Reads the text of a query, in steps. */
export type ReadQuery = (text: string, settings: ReadSettings | undefined) => Generator<undefined, QueryResult>;

/** Reads queries with a cache. It rejects more text than one HPA may have. */
export function readOnce(hasOwnDialect: HasOwnDialect): ReadQuery {
  const results = new Map<string, QueryResult>();
  let characters = 0;
  return function* (text, found) {
    const dialect = found?.dialect;
    const isOwn = found !== undefined && hasOwnDialect(found.settings.server);
    const key = `${dialect} ${isOwn} ${text}`;
    const known = results.get(key);
    if (known) return known;
    characters += text.length;
    const result = characters > MOST_TEXT ? TOO_MUCH_TEXT : yield* readQueryInSteps(text, dialect, isOwn);
    results.set(key, result);
    return result;
  };
}

const TOO_MUCH_TEXT: QueryResult = {
  ok: false,
  problem: {
    ...{ line: 1, column: 1, caret: "" },
    message: `the queries of this HPA have more than ${MOST_TEXT} characters in total`,
  },
};

/** What the metrics of one HPA share while they are read. */
export interface ReadContext {
  readonly report: Report;
  readonly read: ReadQuery;
  readonly target: ScaleTarget | undefined;
  /** Receives the key of each annotation that the metric uses. */
  readonly claim: (key: string) => void;
}

/**
 * Reads one `External` or `Object` metric. Undefined if it cannot be served; the problems are reported. An `Object`
 * metric needs no selector, because its object tells it apart.
 */
export function* readMetric(
  metric: ExternalMetric | ObjectMetric,
  labels: ReadonlyMap<string, string>,
  config: Config,
  { report, read, target, claim }: ReadContext,
): Generator<undefined, MetricSpec | undefined> {
  const object = "object" in metric ? metric.object : undefined;
  const type = object ? "object" : "external";
  const mismatch = unsatisfied(metric, labels);
  const isUnselected = labels.size === 0 && !object;
  if (mismatch !== undefined) report(neverMatches(metric.name, mismatch));
  else if (isUnselected) report(withoutSelector(metric.name));
  // Read the selector, the query and the settings in any case, so that one check finds all problems.
  const entry = findEntry({ metricName: metric.name, type }, config, labels, report);
  if (entry) claim(entry.key);
  const anticipates = entry && !object ? config.get(`${ANTICIPATES}${nameOf(entry)}`) : undefined;
  if (anticipates) claim(anticipates.key);
  // The settings say how to read the query. Their problems are reported after those of the query.
  const later: Problem[] = [];
  const found = readSettings(config, labels, entry && nameOf(entry), (problem) => later.push(problem), claim);
  const query = entry && (yield* queryOf(entry, found, read, report));
  for (const problem of later) report(problem);
  if (!query || !found) return undefined;
  if (found.direct) yield;
  const direct = found.direct && directSpecOf(query, entry.key, found.direct, { target, report });
  if (mismatch !== undefined || isUnselected) return undefined;
  return {
    metricName: metric.name,
    labels: Object.fromEntries(labels),
    ...(object ? { object } : {}),
    query,
    queryKey: entry.key,
    ...found.settings,
    ...(anticipates ? { anticipates: anticipates.value.trim() } : {}),
    ...(direct ? { direct } : {}),
  };
}

/** The query in an annotation. Reports the problem if it is not valid. */
function* queryOf(
  entry: Entry,
  settings: ReadSettings | undefined,
  read: ReadQuery,
  report: Report,
): Generator<undefined, Query | undefined> {
  const result = yield* read(entry.value, settings);
  if (result.ok) return result.query;
  report(queryInvalid(entry, result.problem));
  return undefined;
}
