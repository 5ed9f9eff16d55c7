import {
  DEFAULT_TOLERANCE,
  type ExternalMetric,
  type MetricSpec,
  type Proposal,
  parseQuery,
  propose,
  selectorsOf,
  templateInstanceOf,
} from "hpa-metrics";
import type { Hpa } from "../../hpas/hpa.ts";
import { readHpaMetrics } from "../../hpas/readHpaMetrics.ts";
import { admitted, type TenantRules } from "../../hpas/tenantLimits.ts";
import type { Kubernetes } from "../../kubernetes/client.ts";
import type { Answer } from "../../prometheus/answer.ts";
import type { Prometheus } from "../../prometheus/prometheus.ts";
import { readAnswer } from "../../readings/reading.ts";
import { utc } from "../../readings/staleness.ts";
import { readApiState, readServed } from "./apiState.ts";
import { doubledOf } from "./doubled.ts";
import type { Facts, MetricFacts, Value } from "./facts.ts";
import type { HpaState, Target } from "./hpaState.ts";
import { type Ask, countOf, missOf } from "./miss.ts";

/** The sources of the facts. */
export interface Sources {
  readonly kubernetes: Kubernetes;
  readonly prometheus: Pick<Prometheus, "evaluate" | "check">;
  readonly rules: TenantRules;
  /** Unix ms. */
  now(): number;
}

/** Maximum number of selectors per query whose series are counted. */
const MOST_SELECTORS = 4;

/**
 * Collects the facts about an HPA, from its annotations to the replicas that its metrics request. Never rejects: a
 * source that cannot be read is also a fact.
 */
export async function followChain(hpa: Hpa, state: HpaState, sources: Sources): Promise<Facts> {
  // The adapter may have servers that this command does not have. An unknown server is not a problem of the HPA.
  const rules = {
    checkSpec: () => undefined,
    admit: (namespace: string, spec: MetricSpec) => admitted(namespace, spec, sources.rules),
  };
  const { problems } = readHpaMetrics(hpa, rules);
  const specOf = (metric: ExternalMetric) => readHpaMetrics({ ...hpa, externalMetrics: [metric] }, rules).specs[0];
  const [api, ...metrics] = await Promise.all([
    readApiState(sources.kubernetes),
    ...hpa.externalMetrics.map(async (metric, index) => {
      const spec = specOf(metric);
      return spec && metricFacts(spec, state.externalTargets[index], state, hpa.namespace, sources);
    }),
  ]);
  return { hpa: state, api, problems, metrics: metrics.filter((metric) => metric !== undefined) };
}

async function metricFacts(
  spec: MetricSpec,
  target: Target | undefined,
  state: HpaState,
  namespace: string,
  sources: Sources,
): Promise<MetricFacts> {
  const { kubernetes, prometheus } = sources;
  const unasked = prometheus.check(spec.server);
  const [served, asked] = await Promise.all([
    readServed(kubernetes, namespace, spec.metricName, spec.labels),
    unasked ? { reading: { kind: "unknown", why: unasked.message } as const } : askPrometheus(spec, sources),
  ]);
  const value = served.kind === "number" ? served : asked.reading;
  const wanted = value.kind === "number" && target ? proposalOf(value.milli, target, state) : undefined;
  const template = templateInstanceOf(spec.query)?.template;
  return {
    name: spec.metricName,
    labels: spec.labels,
    queryKey: spec.queryKey,
    query: spec.query.text,
    server: serverWords(spec),
    ...(template ? { groupedBy: template.labels } : {}),
    target,
    ...asked,
    served,
    ...(wanted ? { wanted } : {}),
  };
}

/**
 * Computes the replicas that a value requests. The HPA controller divides a `Value` target among the ready pods. This
 * function uses the current pods.
 */
function proposalOf(milli: bigint, target: Target, { current, up, down }: HpaState): Proposal | undefined {
  if (target.milli <= 0n) return undefined;
  const kind = target.type === "AverageValue" ? "averageValue" : "value";
  const tolerance = { up: up.tolerance ?? DEFAULT_TOLERANCE.up, down: down.tolerance ?? DEFAULT_TOLERANCE.down };
  return propose(kind, Number(target.milli), Number(milli), current, tolerance);
}

/** Evaluates the query. If it returns no sample, finds out why. */
async function askPrometheus(
  { server, query, aggregate }: MetricSpec,
  { prometheus, now }: Sources,
): Promise<Pick<MetricFacts, "reading" | "series" | "miss" | "doubled">> {
  const evaluateAt = now();
  const ask: Ask = async (text) => {
    const parsed = parseQuery(text);
    if (!parsed.ok) throw new Error(`no query: ${text}`);
    const [answer] = prometheus.evaluate([{ server, query: parsed.query, namespaces: [] }], evaluateAt);
    return answer as Promise<Answer>;
  };
  const answer = await ask(query.text);
  const outcome = readAnswer(answer, aggregate);
  const reading: Value = outcome.ok
    ? { kind: "number", quantity: outcome.reading.quantity, milli: outcome.reading.milli, at: utc(evaluateAt) }
    : { kind: "problem", problem: outcome.problem, noData: outcome.cause === "no-data" };
  // If the server does not answer, no further queries are sent.
  if (!answer.ok) return { reading };
  const selectors = selectorsOf(query).slice(0, MOST_SELECTORS);
  const counts = await Promise.all(selectors.map(async ({ text }) => countOf(await ask(`count(${text})`))));
  const series = selectors.flatMap(({ text }, index) => {
    const count = counts[index];
    return count === undefined ? [] : [{ selector: text, count }];
  });
  const empty = selectors.find((_, index) => counts[index] === 0) ?? selectors[0];
  const miss = answer.samples.length === 0 && empty ? await missOf(empty, ask) : undefined;
  const full = selectors.find((_, index) => (counts[index] ?? 0) > 0);
  const doubled = full ? await doubledOf(full.text, ask) : undefined;
  return { reading, series, ...(miss ? { miss } : {}), ...(doubled ? { doubled } : {}) };
}

function serverWords({ server }: MetricSpec): string {
  if (server.kind === "default") return "the default one";
  return server.kind === "alias" ? `alias ${server.alias}` : "one of the HPA's own";
}
