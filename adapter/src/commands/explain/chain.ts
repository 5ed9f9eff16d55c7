import {
  explainSize,
  formatMilli,
  type HasOwnDialect,
  type HorizontalPodAutoscaler,
  type HpaMetric,
  type MetricSpec,
  type Problem,
  parseQuery,
  problem,
  type Query,
  reportedUsages,
  selectorsOf,
  templateInstanceOf,
} from "@asm-autoscaler/hpa-metrics";
import { type MetricRead, neighbourReadOf, type Routed } from "../../delegates/routing.ts";
import type { Hpa } from "../../hpas/hpa.ts";
import { readHpaMetrics } from "../../hpas/readHpaMetrics.ts";
import { admitted, type TenantRules } from "../../hpas/tenantLimits.ts";
import type { Kubernetes } from "../../kubernetes/client.ts";
import type { Answer } from "../../prometheus/answer.ts";
import type { Prometheus } from "../../prometheus/prometheus.ts";
import { readAnswer } from "../../readings/reading.ts";
import { utc } from "../../readings/staleness.ts";
import type { Rules, RulesState } from "../../rules/rules.ts";
import { describedMetric, queryName } from "../../status/sentence.ts";
import { readAhead } from "./ahead.ts";
import { readApiState, readServed } from "./apiState.ts";
import { readCustomApi, readCustomMetrics } from "./customMetrics.ts";
import { doubledOf } from "./doubled.ts";
import type { Facts, MetricFacts, NeighbourMetric, RulesFacts, Value } from "./facts.ts";
import { type Ask, countOf, missOf } from "./miss.ts";
import { readNeighbourMetric } from "./neighbours.ts";
import { readPodReads } from "./podReads.ts";
import { windowScrapesOf } from "./scrapes.ts";
import { uncountedOf, type Workload } from "./traffic.ts";

/** The sources of the facts. */
export interface Sources {
  readonly kubernetes: Kubernetes;
  readonly prometheus: Pick<Prometheus, "evaluate" | "check">;
  readonly rules: TenantRules;
  /** By default, no server has a query dialect of its own. */
  readonly hasOwnDialect?: HasOwnDialect;
  /** The rules of `--prometheus-adapter-config`, whose series are listed. By default, there are none. */
  readonly fileRules?: Pick<Rules, "custom" | "external" | "seen" | "state"> | undefined;
  /** The `--delegate` flags. By default, there are none. */
  readonly delegates?: readonly Routed[];
  /** Unix ms. */
  now(): number;
}

/** Maximum number of selectors per query whose series are counted. */
const MOST_SELECTORS = 4;

/**
 * Collects the facts about an HPA, from its annotations to the replicas that its metrics request. Never rejects: a
 * source that cannot be read is also a fact.
 */
export async function followChain(hpa: Hpa, { status }: HorizontalPodAutoscaler, sources: Sources): Promise<Facts> {
  // The adapter may have servers that this command does not have. An unknown server is not a problem of the HPA.
  const rules = {
    checkSpec: () => undefined,
    admit: (namespace: string, spec: MetricSpec) => admitted(namespace, spec, sources.rules),
    ...(sources.hasOwnDialect ? { hasOwnDialect: sources.hasOwnDialect } : {}),
  };
  const { problems, specs: all } = readHpaMetrics(hpa, { ...rules, servesObjects: true });
  const alone = hpa.externalMetrics.map((one) => readHpaMetrics({ ...hpa, externalMetrics: [one] }, rules));
  const specs = alone.map(({ specs: [spec] }) => spec);
  const workload = { namespace: hpa.namespace, target: status.target };
  const places = status.metrics.flatMap(({ type }, place) => (type === "External" ? [place] : []));
  const placeOf = (name: string) => places[specs.findIndex((spec) => spec && queryName(spec) === name)];
  const custom = readCustomApi(status, sources.kubernetes).then(async (customApi) => ({
    ...(customApi ? { customApi } : {}),
    custom: await readCustomMetrics(hpa, status, customApi, { ...sources, rules: sources.fileRules, specs: all }),
  }));
  const [api, anticipated, values, others, ofCustom] = await Promise.all([
    readApiState(sources.kubernetes),
    readAhead(all, status, placeOf, sources),
    Promise.all(specs.map(async (spec) => spec && readValues(spec, workload, sources))),
    Promise.all(
      hpa.externalMetrics.map(async (metric, index) => {
        const read = specs[index] ? undefined : neighbourReadOf(hpa.namespace, metric);
        const notOurs = alone[index]?.problems.find(isNotServed);
        const found = read && readNeighbourMetric(sources.kubernetes, read, sources.delegates ?? [], notOurs);
        return found && { ...(await found), ...(await externalRuleOf(read, sources.fileRules)) };
      }),
    ),
    custom,
  ]);
  const usages = reportedUsages(status);
  for (const [index, place] of places.entries()) {
    const other = others[index];
    usages[place] = usageOf(values[index] ?? (other && { ...other, reading: other.served }), usages[place]);
  }
  for (const { place, served } of ofCustom.custom) usages[place] = usageOf({ served, reading: served }, usages[place]);
  const podReads = await Promise.all(
    specs.map((spec, index) => {
      const served = values[index]?.served;
      const reads = { namespace: hpa.namespace, api, kubernetes: sources.kubernetes };
      return spec?.direct && served && readPodReads(spec.direct, { ...reads, served });
    }),
  );
  const size = explainSize(status, usages);
  const specAt = (place: number) => specs[places.indexOf(place)];
  return {
    ...{ id: hpa.id, hpa: status, api, size, anticipated, ...ofCustom },
    ...(sources.fileRules ? { rules: rulesFacts(sources.fileRules.state()) } : {}),
    // Whether somebody else serves a metric is the API's answer to say.
    problems: problems.filter((problem) => !isNotServed(problem)),
    neighbours: others.flatMap((other) => other ?? []),
    metrics: places.flatMap((place, index) => {
      const [spec, read, metric, wanted] = [specs[index], values[index], status.metrics[place], size.proposals[place]];
      if (!spec || !read || !metric) return [];
      const pods = podReads[index] ? { podReads: podReads[index] } : {};
      return [{ ...described(spec, metric), ...read, ...pods, ...(wanted ? { wanted } : {}) }];
    }),
    described: status.metrics.map((metric, place) =>
      describedMetric(metric, usages[place], status, size.proposals[place], specAt(place)),
    ),
  };
}

/** The rule of the file that serves an external metric, and what its query gives. */
async function externalRuleOf(
  { namespace, metric, selector }: MetricRead,
  rules: Sources["fileRules"],
): Promise<Pick<NeighbourMetric, "rule">> {
  await rules?.external.read({ namespace, metric, selector });
  const rule = rules?.seen({ type: "External", namespace, metric, series: selector });
  return rule ? { rule } : {};
}

function rulesFacts({ file, broken, series }: RulesState): RulesFacts {
  return {
    ...(file.problem ? { problem: file.problem.message } : {}),
    broken: broken.map(({ place, problem: { message } }) => ({ place, message })),
    failedLists: series.flatMap(({ seriesQuery, problem: failed }) =>
      failed ? [{ seriesQuery, message: failed.message }] : [],
    ),
  };
}

function isNotServed({ code }: Problem): boolean {
  return code === "ASM_METRIC_NOT_SERVED";
}

/** The values of a metric, and what was found in Prometheus. */
type Values = Pick<MetricFacts, "reading" | "served" | "series" | "window" | "miss" | "doubled" | "uncounted">;

/**
 * The value that the HPA controller gets, in thousandths: the API's. If the API cannot be read from here, it is the
 * result of the query, or else the value that the controller reported last.
 */
function usageOf(
  values: Pick<Values, "served" | "reading"> | undefined,
  reported: number | undefined,
): number | undefined {
  if (!values) return reported;
  const { served, reading } = values;
  const value = served.kind === "unknown" ? reading : served;
  if (value.kind === "unknown") return reported;
  return value.kind === "number" ? Number(value.milli) : undefined;
}

function described(
  spec: MetricSpec,
  { kind, goal }: HpaMetric,
): Pick<MetricFacts, "name" | "labels" | "queryKey" | "query" | "server" | "groupedBy" | "target"> {
  const template = templateInstanceOf(spec.query)?.template;
  return {
    name: spec.metricName,
    labels: spec.labels,
    queryKey: spec.queryKey,
    query: spec.query.text,
    server: serverWords(spec),
    ...(template ? { groupedBy: template.labels } : {}),
    target: `${kind === "averageValue" ? "AverageValue" : "Value"} ${formatMilli(BigInt(goal))}`,
  };
}

async function readValues(spec: MetricSpec, workload: Workload, sources: Sources): Promise<Values> {
  const { kubernetes, prometheus } = sources;
  const unasked = prometheus.check(spec.server);
  const [served, asked] = await Promise.all([
    readServed(kubernetes, workload.namespace, spec.metricName, selectorText(spec)),
    unasked ? { reading: { kind: "unknown", why: unasked.message } as const } : askPrometheus(spec, workload, sources),
  ]);
  return { ...asked, served };
}

/** Evaluates the query. If it returns no sample, finds out why. */
async function askPrometheus(
  spec: MetricSpec,
  workload: Workload,
  { kubernetes, prometheus, now }: Sources,
): Promise<Omit<Values, "served">> {
  const { server, query, aggregate } = spec;
  const evaluateAt = now();
  const evaluate = (asked: Query) => {
    const [answer] = prometheus.evaluate([{ server, query: asked, namespaces: [] }], evaluateAt);
    return answer as Promise<Answer>;
  };
  const ask: Ask = async (text) => {
    const parsed = parseQuery(text);
    // A long selector, used several times, can make a query that is too long.
    if (!parsed.ok) return { ok: false, problem: problem("ASM_QUERY_INVALID", parsed.problem.message) };
    return evaluate(parsed.query);
  };
  const answer = await evaluate(query);
  const outcome = readAnswer(answer, aggregate);
  const reading: Value = outcome.ok
    ? { kind: "number", quantity: outcome.reading.quantity, milli: outcome.reading.milli, at: utc(evaluateAt) }
    : { kind: "problem", problem: outcome.problem, noData: outcome.cause === "no-data" };
  // If the server does not answer, no further queries are sent. The series of a query that is not parsed are not known.
  if (!answer.ok || query.isUnparsed) return { reading };
  const selectors = selectorsOf(query).slice(0, MOST_SELECTORS);
  const counts = await Promise.all(selectors.map(async ({ text }) => countOf(await ask(`count(${text})`))));
  const series = selectors.flatMap(({ text }, index) => {
    const count = counts[index];
    return count === undefined ? [] : [{ selector: text, count }];
  });
  const empty = selectors.find((_, index) => counts[index] === 0) ?? selectors[0];
  const miss = answer.samples.length === 0 && empty ? await missOf(empty, ask) : undefined;
  const full = selectors.find((_, index) => (counts[index] ?? 0) > 0);
  const window = full ? await windowScrapesOf(query, ask) : undefined;
  const doubled = full ? await doubledOf(full.text, ask) : undefined;
  const isIdle = reading.kind === "number" ? reading.milli === 0n : reading.kind === "problem" && reading.noData;
  const uncounted = await uncountedOf(spec, isIdle, workload, kubernetes, ask);
  return {
    ...{ reading, series },
    ...(window ? { window } : {}),
    ...(miss ? { miss } : {}),
    ...(doubled ? { doubled } : {}),
    ...(uncounted ? { uncounted } : {}),
  };
}

function selectorText({ labels }: MetricSpec): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(",");
}

function serverWords({ server }: MetricSpec): string {
  if (server.kind === "default") return "the default one";
  return server.kind === "alias" ? `alias ${server.alias}` : "one of the HPA's own";
}
