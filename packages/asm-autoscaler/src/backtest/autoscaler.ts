import {
  type Anticipate,
  type Autoscaling,
  anticipationOf,
  behaviorOf,
  canonicalQuery,
  type ExternalMetric,
  type HpaMetric,
  type MetricSpec,
  parseQuery,
  type Query,
  queryCost,
  type RulesFile,
  readHpa,
  readMetricSpecs,
  type ScaleTarget,
  selectorsOf,
} from "@asm-autoscaler/hpa-metrics";
import { BacktestError } from "./backtestError";
import { type ClockQuery, clockQueryOf } from "./clockQuery";
import type { Manifest } from "./manifest";
import { customLoad, externalLoad } from "./ruleQuery";

/** An HPA as the simulation takes it. */
export interface Simulated {
  readonly id: string;
  readonly bounds: Omit<Autoscaling, "metrics">;
  /** The metrics that can be simulated, in the order of the HPA. */
  readonly metrics: readonly SimulatedMetric[];
  /** What of the HPA does not count here, in words. */
  readonly ignored: readonly string[];
}

/** A metric that can be simulated, if there is traffic for it. */
export interface SimulatedMetric {
  /** The name of the query if the metric has one, or else the name of the metric. */
  readonly name: string;
  readonly scaled: HpaMetric;
  /** The target: requests per second per pod, for requests. */
  readonly target: number;
  readonly query: Query;
  /** The annotation with the query. Undefined for a metric of a rule. */
  readonly queryKey: string | undefined;
  /** The adapter evaluates at whole multiples of so many seconds. */
  readonly evaluationSeconds: number;
  readonly reads:
    | RequestRate
    | Anticipated
    | { readonly kind: "clock"; readonly valueAt: ClockQuery }
    | { readonly kind: "recorded" };
}

/** What a query of a request rate counts. */
interface RequestRate {
  readonly kind: "requests";
  /** The selector: two metrics with the same one count the same requests. */
  readonly counts: string;
  readonly windowSeconds: number;
  readonly countedBy: "pods" | "clients";
  readonly isDirect: boolean;
}

/** A query that anticipates another one. */
interface Anticipated {
  readonly kind: "anticipated";
  /** The canonical text of that query, and what it counts if it is a request rate. */
  readonly base: string;
  readonly counts: string | undefined;
  /** 0 if it is no request rate. */
  readonly windowSeconds: number;
  readonly anticipate: Anticipate;
}

/** `sum(rate(istio_requests_total{…}[1m]))`, as `TrafficAutoscaler` and the guide write it. */
const REQUESTS = /^sum\(rate\(istio_requests_total(\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})\[[^\]:]+\]\)\)$/;
/** Of the adapter, where the HPA names no longer interval. */
const EVALUATION_SECONDS = 3;
/**
 * Labels of a request; those of its destination say whose traffic it is.
 * https://istio.io/latest/docs/reference/config/metrics/
 */
const PART = /^(source|response|request|grpc|connection)_|^destination_version$/;

/**
 * The metrics of an HPA that a simulation can follow: requests per second per pod follow from the traffic, a query of the
 * time from the clock, and another external metric from its own recorded values. Those that cannot be followed are listed in
 * `ignored`.
 *
 * @param rules The rules of prometheus-adapter, by which `Pods` and `Object` metrics are followed. Undefined: they are not.
 * @throws BacktestError if the HPA has no metric of requests, or a field of its spec that is not valid.
 */
export function simulatedHpa(
  { id, object }: Manifest,
  downscaleStabilizationSeconds: number,
  rules?: RulesFile,
): Simulated {
  const { annotations, externalMetrics, behavior, scaleTarget, status: hpa, unreadable } = readHpa(object);
  const invalid = unreadable.filter((field) => field.startsWith("spec"));
  if (invalid.length > 0) {
    throw new BacktestError(
      "ASM_BACKTEST_INPUT",
      `fields of the HPA ${id} are not valid: ${invalid.join(", ")}`,
      "Correct them, such as an averageValue of 10 or 100m",
    );
  }
  if (hpa.minReplicas > hpa.maxReplicas) {
    throw new BacktestError(
      "ASM_BACKTEST_INPUT",
      `minReplicas ${hpa.minReplicas} of the HPA ${id} is more than maxReplicas ${hpa.maxReplicas}`,
      "Correct one of them",
    );
  }
  const { specs } = readMetricSpecs(annotations, externalMetrics, { target: scaleTarget });
  const externals = hpa.metrics.filter(({ type }) => type === "External");
  const read = hpa.metrics.map((metric) => {
    const external = externalMetrics[externals.indexOf(metric)];
    const name = external?.matchLabels?.["query-name"] ?? metric.name;
    const spec = specs.find((one) => isOf(external, one));
    if (spec) return { name, metric: simulatedMetric(name, metric, spec), why: "" };
    return { name, ...metricOfRule(metric, external, { namespace: id.split("/")[0] ?? "", scaleTarget }, rules) };
  });
  const metrics = read.flatMap(({ metric }) => metric ?? []);
  if (!metrics.some(({ reads }) => reads.kind === "requests")) {
    throw new BacktestError(
      "ASM_BACKTEST_METRIC",
      `the HPA ${id} has no metric of requests per second per pod, and the effect of more pods on its other metrics does not follow from the traffic${read.map(({ name, why }) => (why === "" ? "" : `; ${name}: ${why}`)).join("")}`,
      "Add one with requestsPerSecond, or with the query sum(rate(istio_requests_total{…}[1m])) and an averageValue",
    );
  }
  return {
    id,
    bounds: {
      minReplicas: hpa.minReplicas,
      maxReplicas: hpa.maxReplicas,
      behavior: behaviorOf(behavior, downscaleStabilizationSeconds),
      tolerance: hpa.tolerance,
      downscaleStabilizationSeconds,
    },
    metrics,
    ignored: read.flatMap(({ name, metric, why }) => {
      if (metric) return metric.queryKey === undefined && metric.reads.kind === "requests" ? [sharedLoad(name)] : [];
      return [`the metric ${name} may ask for more pods and is not simulated${why === "" ? "" : `: ${why}`}`];
    }),
  };
}

function sharedLoad(name: string): string {
  return `the metric ${name} is replayed as the sum of its rates, which must not depend on the number of pods`;
}

/** The metric of a rule, or why it is not simulated. */
function metricOfRule(
  scaled: HpaMetric,
  external: ExternalMetric | undefined,
  hpa: { readonly namespace: string; readonly scaleTarget: ScaleTarget | undefined },
  rules: RulesFile | undefined,
): { metric: SimulatedMetric | undefined; why: string } {
  const { type, kind, custom, name } = scaled;
  const none = (why: string) => ({ metric: undefined, why });
  if (!rules) return none(custom ? "it is from a rule, which `backtest --rules` reads" : "");
  const result = external ? externalLoad(external, hpa.namespace, rules) : custom && customLoad(scaled, hpa, rules);
  if (!result) return none("");
  if ("why" in result) return none(result.why);
  const { query, isRate, place } = result.load;
  const isShared = type !== "External" && kind === "averageValue";
  if (type === "Pods" && !isRate)
    return none(`the query of ${place} is not the rate of a counter, so the load that the pods share is not known`);
  const seconds = queryCost(query);
  const isLoad = isShared && isRate && seconds > 0 && Number.isFinite(seconds);
  const counted = { counts: canonicalQuery(query), windowSeconds: seconds, isDirect: false };
  const reads: SimulatedMetric["reads"] = isLoad
    ? { kind: "requests", ...counted, countedBy: type === "Pods" ? "pods" : "clients" }
    : { kind: "recorded" };
  return {
    why: "",
    metric: {
      ...{ name, reads, query, target: scaled.goal / 1000, queryKey: undefined },
      // The mean of the pods times their number is the sum, as in a metric that all pods share.
      scaled: type === "Pods" ? { ...scaled, type: "External" } : scaled,
      evaluationSeconds: EVALUATION_SECONDS,
    },
  };
}

function simulatedMetric(name: string, scaled: HpaMetric, spec: MetricSpec): SimulatedMetric | undefined {
  if (scaled.kind === "utilization") return undefined;
  const reads = readsOf(spec, scaled);
  return {
    ...{ name, scaled, reads, target: scaled.goal / 1000, query: spec.query, queryKey: spec.queryKey },
    evaluationSeconds: Math.max(EVALUATION_SECONDS, Math.ceil(spec.intervalSeconds ?? 0)),
  };
}

function readsOf({ query, aggregate, direct }: MetricSpec, { kind }: HpaMetric): SimulatedMetric["reads"] {
  const anticipation = anticipationOf(query);
  if (anticipation) {
    const base = parseQuery(anticipation.query);
    const rate = base.ok ? requestRateOf(base.query) : undefined;
    const { anticipate, query: text } = anticipation;
    return {
      ...{ kind: "anticipated", base: base.ok ? canonicalQuery(base.query) : text, anticipate },
      ...{ counts: rate?.counts, windowSeconds: rate?.windowSeconds ?? 0 },
    };
  }
  const rate = requestRateOf(query);
  if (rate && kind === "averageValue" && aggregate === undefined) {
    const reporter = matchersOf(query).find(({ label, operator }) => label === "reporter" && operator === "=")?.value;
    const countedBy = reporter === "source" || reporter === "waypoint" ? "clients" : "pods";
    return { kind: "requests", ...rate, countedBy, isDirect: direct?.mode === "always" };
  }
  const valueAt = clockQueryOf(query);
  return valueAt ? { kind: "clock", valueAt } : { kind: "recorded" };
}

/** What a query of a request rate counts, and its window. Undefined for any other query. */
function requestRateOf(query: Query): { counts: string; windowSeconds: number } | undefined {
  const [, counts] = REQUESTS.exec(canonicalQuery(query)) ?? [];
  // The range of its one selector, which is all that such a query costs.
  const windowSeconds = counts === undefined ? 0 : queryCost(query);
  return counts !== undefined && windowSeconds > 0 && Number.isFinite(windowSeconds)
    ? { counts, windowSeconds }
    : undefined;
}

function matchersOf(query: Query) {
  return selectorsOf(query).flatMap(({ matchers }) => matchers);
}

/** What the traffic of a metric must be restricted to, in words. Empty if the query counts all requests of a workload. */
export function restrictionsOf(query: Query): string[] {
  return matchersOf(query)
    .filter(({ label }) => PART.test(label))
    .map(({ label, operator, value }) => `${label}${operator}${JSON.stringify(value)}`);
}

function isOf(metric: ExternalMetric | undefined, { metricName, labels }: MetricSpec): boolean {
  return (
    metric?.name === metricName &&
    Object.entries(metric.matchLabels ?? {}).every(([label, value]) => labels[label] === value)
  );
}
