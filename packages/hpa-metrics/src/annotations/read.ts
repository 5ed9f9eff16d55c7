import type { Problem } from "../problem";
import type { Query, QueryResult } from "../promql/query";
import { runToEnd } from "../steps";
import { observedMetrics, withLoads } from "./anticipated";
import { readQueryInSteps } from "./dialect";
import { ANTICIPATES, parseKey } from "./key";
import { servedLabels, unsatisfied } from "./labels";
import { findEntry, nameOf, queryInvalid } from "./lookup";
import {
  isServedType,
  neverMatches,
  notRead,
  notServed,
  tooLarge,
  tooManyMetrics,
  withoutSelector,
} from "./metricProblems";
import { createProblemList } from "./problemList";
import { directSpecOf } from "./reaction";
import { type Config, type Entry, type ReadSettings, type Report, readSettings } from "./settings";
import type { ExternalMetric, HasOwnDialect, MetricSpec, ScaleTarget } from "./spec";
import { unusedKeys } from "./unused";

/** The metrics that an HPA requests, and all problems found in them. */
export interface ReadMetricSpecs {
  readonly specs: MetricSpec[];
  readonly problems: Problem[];
}

/** What `readMetricSpecs` needs besides the HPA's annotations and metrics. */
export interface ReadOptions {
  /** Maximum number of metrics. If the HPA has more, none is served. Default: MOST_METRICS_PER_HPA. */
  readonly most?: number | undefined;
  /**
   * Whether a server has a query dialect of its own. Queries for it that are not PromQL are not parsed. By default, no
   * server has.
   */
  readonly hasOwnDialect?: HasOwnDialect | undefined;
  /** The object that the HPA scales. Without it, no metric is read from proxies. */
  readonly target?: ScaleTarget | undefined;
  /**
   * Whether another adapter may serve a metric that this adapter does not serve. Such a metric is not reported with
   * ASM_METRIC_NOT_SERVED. By default, no other adapter does.
   */
  readonly isServedElsewhere?: ((metric: ExternalMetric) => boolean) | undefined;
}

/** Default maximum number of `External` metrics in one HPA. */
export const MOST_METRICS_PER_HPA = 100;
/** Maximum length of all queries of one HPA together, in characters. Identical texts count once. */
const MOST_TEXT = 65_536;
/** Number of annotations that one step reads. */
const STEP_KEYS = 200;

/**
 * Reads the metrics that an HPA requests from Prometheus, in both forms of kube-metrics-adapter. The function does not
 * throw. It collects each problem with its annotation key, and a problem in one metric does not affect the HPA's other
 * metrics.
 *
 * @param annotations All annotations of the HPA, including those that are not about metrics.
 * @param metrics The `External` metrics of its spec.
 */
export function readMetricSpecs(
  annotations: Readonly<Record<string, string>>,
  metrics: readonly ExternalMetric[],
  options: ReadOptions = {},
): ReadMetricSpecs {
  return runToEnd(readMetricSpecsInSteps(annotations, metrics, options));
}

/**
 * `readMetricSpecs` in steps of at most about 30 ms each, so that even the largest HPA that the Kubernetes API accepts
 * does not block the caller. Each text is parsed once, even if several metrics name it.
 */
export function* readMetricSpecsInSteps(
  annotations: Readonly<Record<string, string>>,
  metrics: readonly ExternalMetric[],
  {
    most = MOST_METRICS_PER_HPA,
    hasOwnDialect = () => false,
    target,
    isServedElsewhere = () => false,
  }: ReadOptions = {},
): Generator<undefined, ReadMetricSpecs> {
  if (metrics.length > most) return { specs: [], problems: [tooManyMetrics(most)] };
  const problems = createProblemList();
  const { report } = problems;
  const configs = yield* readConfigs(annotations, report);
  const read = readOnce(hasOwnDialect);
  const specs = new Map<string, MetricSpec>();
  const served = new Set<string>();
  const unserved = new Set<string>();
  const claimed = new Set<string>();
  for (const metric of metrics) {
    yield;
    const size = tooLarge(metric);
    if (size) {
      report(size);
      continue;
    }
    const labels = servedLabels(metric);
    const type = labels.get("type") || metric.name;
    if (!isServedType(type)) {
      unserved.add(metric.name);
      if (!isServedElsewhere(metric)) report(notServed(metric.name, labels.get("type")));
      continue;
    }
    served.add(metric.name);
    const config = configs.get(metric.name) ?? new Map<string, Entry>();
    const spec = yield* readMetric(metric, labels, config, { report, read, target, claim: (key) => claimed.add(key) });
    if (spec) specs.set(JSON.stringify([spec.metricName, spec.labels]), spec);
  }
  for (const metric of observedMetrics(configs, served, claimed).slice(0, most)) {
    yield;
    const config = configs.get(metric.name) ?? new Map<string, Entry>();
    const context = { report, read, target, claim: (key: string) => claimed.add(key) };
    const spec = yield* readMetric(metric, servedLabels(metric), config, context);
    // Another annotation can take precedence over the query of that name.
    if (spec?.anticipates === undefined) continue;
    specs.set(JSON.stringify([spec.metricName, spec.labels]), { ...spec, isObserved: true });
  }
  for (const [metricName, config] of configs) {
    // The warning about the metric itself already covers its annotations.
    if (unserved.has(metricName) && !served.has(metricName)) continue;
    if (problems.isFull("warning")) break;
    yield;
    for (const problem of unusedKeys(metricName, config, claimed, served)) report(problem);
  }
  return { specs: withLoads([...specs.values()], report), problems: problems.list() };
}

/** Reads the text of a query, in steps. */
type ReadQuery = (text: string, settings: ReadSettings | undefined) => Generator<undefined, QueryResult>;

/** Reads queries with a cache. It rejects more text than one HPA may have. */
function readOnce(hasOwnDialect: HasOwnDialect): ReadQuery {
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

/** Groups the annotations by metric name. Reports keys that look like the adapter's keys but cannot be read. */
function* readConfigs(
  annotations: Readonly<Record<string, string>>,
  report: Report,
): Generator<undefined, Map<string, Config>> {
  const configs = new Map<string, Map<string, Entry>>();
  for (const [index, [key, value]] of Object.entries(annotations).entries()) {
    if (index % STEP_KEYS === STEP_KEYS - 1) yield;
    const parsed = parseKey(key);
    if (parsed.kind === "unread") report(notRead(key, parsed.reason));
    if (parsed.kind !== "config") continue;
    const config = configs.get(parsed.metricName) ?? new Map<string, Entry>();
    configs.set(parsed.metricName, config.set(parsed.name, { key, value }));
  }
  return configs;
}

interface ReadContext {
  readonly report: Report;
  readonly read: ReadQuery;
  readonly target: ScaleTarget | undefined;
  readonly claim: (key: string) => void;
}

function* readMetric(
  metric: ExternalMetric,
  labels: ReadonlyMap<string, string>,
  config: Config,
  { report, read, target, claim }: ReadContext,
): Generator<undefined, MetricSpec | undefined> {
  const mismatch = unsatisfied(metric, labels);
  if (mismatch !== undefined) report(neverMatches(metric.name, mismatch));
  else if (labels.size === 0) report(withoutSelector(metric.name));
  // Read the selector, the query and the settings in any case, so that one check finds all problems.
  const entry = findEntry(metric.name, config, labels, report);
  if (entry) claim(entry.key);
  const anticipates = entry && config.get(`${ANTICIPATES}${nameOf(entry)}`);
  if (anticipates) claim(anticipates.key);
  // The settings say how to read the query. Their problems are reported after those of the query.
  const later: Problem[] = [];
  const found = readSettings(config, labels, entry && nameOf(entry), (problem) => later.push(problem), claim);
  const query = entry && (yield* queryOf(entry, found, read, report));
  for (const problem of later) report(problem);
  if (!query || !found) return undefined;
  if (found.direct) yield;
  const direct = found.direct && directSpecOf(query, entry.key, found.direct, { target, report });
  if (mismatch !== undefined || labels.size === 0) return undefined;
  return {
    metricName: metric.name,
    labels: Object.fromEntries(labels),
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
