import { promDuration } from "../duration";
import { type ProblemCode, ProblemError, problem } from "../problem";
import { runToEnd } from "../steps";
import { readQueryInSteps } from "./dialect";
import { annotationKey, isReserved } from "./key";
import { isDirectPolicy, parsePolicy } from "./noDataPolicy";
import type { AnnotatedQuery } from "./spec";

/** The name of every metric that this module writes. */
const metricName = "prometheus-query";

/** The annotations of an HPA, and the name and selector of the `External` metric of each query, in the same order. */
export interface WrittenAnnotations {
  readonly annotations: Record<string, string>;
  readonly metrics: { readonly name: string; readonly matchLabels: Record<string, string> }[];
}

/**
 * Writes queries into annotations, in the form of the ASM guide: metric `prometheus-query`, label `query-name`. In this
 * form, server alias and aggregate belong to the metric name, so all queries of one HPA share them. Policies, intervals
 * and what a query anticipates are written for each query (`on-no-data.<query-name>`).
 *
 * @throws ProblemError for a query that `readMetricSpecs` would reject; for a query name that is not a label value, is
 * reserved or occurs twice; for a policy that is not valid; and for queries with different aliases or aggregates.
 * @throws RangeError for an interval that is not a whole number of milliseconds above zero.
 */
export function writeAnnotations(queries: readonly AnnotatedQuery[]): WrittenAnnotations {
  const annotations: Record<string, string> = {};
  const [first] = queries;
  for (const query of queries) {
    const key = annotationKey(metricName, query.queryName);
    checkName(query.queryName, key);
    if (key in annotations) throw refused("ASM_QUERY_NAME_TWICE", key, `two queries are named "${query.queryName}"`);
    checkQuery(query, key);
    if (first) checkShared(query, first);
    annotations[key] = query.query;
    const { intervalSeconds } = query;
    Object.assign(
      annotations,
      policies(query),
      ...(["dialect", "reaction", "anticipates"] as const).map((setting) => ofQuery(query, setting, query[setting])),
      ofQuery(query, "interval", intervalSeconds === undefined ? undefined : promDuration(intervalSeconds)),
    );
  }
  return {
    annotations: { ...annotations, ...sharedSettings(first) },
    metrics: queries.map(({ queryName }) => ({ name: metricName, matchLabels: { "query-name": queryName } })),
  };
}

/**
 * Checks a query name. It must be valid as a label value and as the last part of an annotation key. Kubernetes has the
 * same rules for both.
 */
function checkName(name: string, key: string): void {
  if (!/^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(name)) {
    throw refused(
      "ASM_QUERY_NAME_INVALID",
      key,
      `the query name ${JSON.stringify(name)} is not a Kubernetes label value`,
    );
  }
  if (isReserved(name)) {
    throw refused("ASM_QUERY_NAME_RESERVED", key, `the query name "${name}" is the name of a setting`);
  }
}

function checkQuery({ query, dialect }: AnnotatedQuery, key: string): void {
  const result = runToEnd(readQueryInSteps(query, dialect, false));
  if (result.ok) return;
  const { line, column, message, caret } = result.problem;
  throw refused("ASM_QUERY_INVALID", key, `the query is wrong at line ${line}, column ${column}: ${message}\n${caret}`);
}

/** Maximum length of an annotation key after the slash, in characters. */
const LONGEST_NAME = 63;

function policies({ queryName, onNoData, onError }: AnnotatedQuery): Record<string, string> {
  const written: Record<string, string> = {};
  for (const [name, policy] of Object.entries({ "on-no-data": onNoData, "on-error": onError })) {
    if (policy === undefined) continue;
    const key = annotationKey(metricName, `${name}.${queryName}`);
    const parsed = name === "on-error" && isDirectPolicy(policy) ? undefined : parsePolicy(key, policy);
    if (parsed && "code" in parsed) throw new ProblemError(parsed);
    if (`${name}.${queryName}`.length > LONGEST_NAME) {
      const most = LONGEST_NAME - name.length - 1;
      const message = `the query name "${queryName}" is too long for a query with a policy, whose key is "${name}.${queryName}"`;
      throw refused("ASM_QUERY_NAME_INVALID", key, message, `Use up to ${most} characters`);
    }
    written[key] = policy;
  }
  return written;
}

/** A setting of one query, if it has a value. */
function ofQuery({ queryName }: AnnotatedQuery, setting: string, value: string | undefined): Record<string, string> {
  if (value === undefined) return {};
  const key = annotationKey(metricName, `${setting}.${queryName}`);
  const most = LONGEST_NAME - setting.length - 1;
  if (queryName.length > most) {
    const message = `the query name "${queryName}" is too long for a query with a ${setting}, whose key is "${setting}.${queryName}"`;
    throw refused("ASM_QUERY_NAME_INVALID", key, message, `Use up to ${most} characters`);
  }
  return { [key]: value };
}

const shared = ["serverAlias", "aggregate"] as const;

function checkShared(query: AnnotatedQuery, first: AnnotatedQuery): void {
  const setting = shared.find((name) => query[name] !== first[name]);
  if (setting === undefined) return;
  const message = `the queries "${first.queryName}" and "${query.queryName}" differ in ${setting} (${first[setting] ?? "none"}, ${query[setting] ?? "none"})`;
  throw refused("ASM_SETTINGS_DIFFER", annotationKey(metricName, query.queryName), message);
}

function sharedSettings(query: AnnotatedQuery | undefined): Record<string, string> {
  const settings: Record<string, string> = {};
  const { serverAlias, aggregate } = query ?? {};
  if (serverAlias === "") {
    const key = annotationKey(metricName, "prometheus-server-alias");
    throw refused(
      "ASM_SERVER_INVALID",
      key,
      "the alias of the Prometheus server is empty",
      "Name a server of the adapter",
    );
  }
  if (serverAlias !== undefined) settings[annotationKey(metricName, "prometheus-server-alias")] = serverAlias;
  if (aggregate !== undefined) settings[annotationKey(metricName, "aggregate")] = aggregate;
  return settings;
}

function refused(code: ProblemCode, key: string, message: string, remedy?: string): ProblemError {
  return new ProblemError(problem(code, message, { key, ...(remedy === undefined ? {} : { remedy }) }));
}
