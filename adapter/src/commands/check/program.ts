import { isDeepStrictEqual } from "node:util";
import {
  canonicalQuery,
  type HasOwnDialect,
  type MetricSpec,
  type Policy,
  parseQuantity,
  parseQuery,
  readHpa,
  readMetricSpecs,
  record,
  recordsIn,
  requestsPerSecondQuery,
} from "@asm-autoscaler/hpa-metrics";
import { anticipateArgs } from "./anticipateArgs.ts";
import { editHpa } from "./cleanHpa.ts";
import { commented } from "./comment.ts";
import { scalingArgs } from "./scalingArgs.ts";
import { freeName, inner, LONGEST_NAME } from "./translation.ts";

/** The arguments of a `TrafficAutoscaler` that an HPA determines. */
type Args = Record<string, unknown>;

/** TypeScript for a `TrafficAutoscaler`. */
export interface Program {
  readonly text: string;
  /** Whether something of the HPA is left out. Comments in `text` say what. */
  readonly leavesOut: boolean;
}

/**
 * Returns TypeScript for a `TrafficAutoscaler` of asm-autoscaler that scales like an HPA (`autoscaling/v2`). Comments
 * before it list what it cannot express. Returns undefined when the HPA has no metric on which a `TrafficAutoscaler`
 * can scale.
 * @param schedules Arguments `schedules`, beside the metrics of the HPA.
 * @param hasOwnDialect By default, no server has a query dialect of its own.
 */
export function trafficAutoscaler(
  hpa: object,
  schedules: readonly object[] = [],
  hasOwnDialect?: HasOwnDialect,
): Program | undefined {
  const { metadata, spec } = record(hpa) as { metadata: unknown; spec: unknown };
  const { name, namespace = "default", labels, annotations } = record(metadata);
  const { minReplicas, maxReplicas, behavior, scaleTargetRef } = record(spec);
  const target = record(scaleTargetRef);
  const left: string[] = [];
  const aliases = new Set<string>();
  const reactions = new Set<string>();
  const metrics = metricsOf(
    hpa as Record<string, unknown>,
    { workload: String(target["name"]), namespace: String(namespace), aliases, reactions, hasOwnDialect },
    left,
  );
  const [alias = "", ...more] = aliases;
  if (more.length > 0) {
    left.push("prometheus-server-alias, which differs: all queries of one TrafficAutoscaler go to one server");
  }
  if (metrics.length === 0) return undefined;
  const isDirect = reactions.has("Direct") && reactions.size === 1;
  if (reactions.size > 1)
    left.push("reaction: direct of some of its metrics: all of one TrafficAutoscaler have it, or none");
  const others = Object.entries(record(annotations)).filter(
    ([key]) => !key.startsWith("metric-config.") && key !== LAST_APPLIED,
  );
  const added = additionalMetrics(record(spec)["metrics"]);
  const isDeployment = target["kind"] === "Deployment";
  const args: Args = {
    namespace,
    ...(isDeployment ? { target: target["name"] } : { targetRef: target }),
    ...(minReplicas === undefined || Number(minReplicas) === 1 ? {} : { minReplicas: Number(minReplicas) }),
    maxReplicas: Number(maxReplicas),
    ...(name === target["name"] ? {} : { name }),
    ...(labels ? { labels } : {}),
    ...(others.length === 0 ? {} : { annotations: Object.fromEntries(others) }),
    metrics,
    ...(added.length === 0 ? {} : { additionalMetrics: added }),
    ...(schedules.length === 0 ? {} : { schedules }),
    ...(alias === "" || more.length > 0 ? {} : { prometheusServerAlias: alias }),
    ...(isDirect ? directArgs(scalingArgs(record(behavior))) : scalingArgs(record(behavior))),
  };
  const said = left.map((line) => commented(`Left out: ${line}`, "//")).join("");
  const made = `new TrafficAutoscaler(${JSON.stringify(`${String(namespace)}-${String(target["name"])}`)}, ${literal(args)});\n`;
  return { text: said + made, leavesOut: left.length > 0 };
}

/** Direct brings its own rates for scaling up. The HPA keeps those that it has. */
function directArgs({ behavior }: ReturnType<typeof scalingArgs>): Args {
  return { reaction: "Direct", behavior: { scaleUp: { pace: "Normal" }, ...behavior } };
}

interface Workload {
  readonly workload: string;
  readonly namespace: string;
  /** Collects the alias of each query's server; the default server has none. */
  readonly aliases: Set<string>;
  /** Collects the reaction of each query. */
  readonly reactions: Set<string>;
  readonly hasOwnDialect: HasOwnDialect | undefined;
}

function metricsOf(hpa: Record<string, unknown>, workload: Workload, left: string[]): Args[] {
  const edited = editHpa(hpa);
  const { hasOwnDialect } = workload;
  const { specs } = readMetricSpecs(edited.annotations, edited.external, {
    hasOwnDialect,
    target: readHpa(hpa).scaleTarget,
  });
  const targetOf = ({ metricName, labels }: MetricSpec) =>
    edited.external.find(({ name, matchLabels }) => name === metricName && isPartOf(matchLabels, labels))?.target;
  // A TrafficAutoscaler gives what acts the target of the load.
  const aheadArgs = (ahead: MetricSpec, load: MetricSpec) =>
    isRequestRate(load, workload) && (ahead.isObserved || isDeepStrictEqual(targetOf(ahead), targetOf(load)))
      ? anticipateArgs(ahead, load)
      : undefined;
  const external = edited.external.flatMap((metric): Args[] => {
    const found = specs.find(
      ({ metricName, labels }) => metricName === metric.name && isPartOf(metric.matchLabels, labels),
    );
    if (!found) {
      left.push(`the metric ${metric.name}, which this adapter does not serve for it`);
      return [];
    }
    // What is anticipated is an argument of its load, and not a metric of its own.
    const load = specs.find((spec) => isAhead(found, spec));
    if (load && aheadArgs(found, load)) return [];
    const ahead = specs.find((spec) => isAhead(spec, found));
    const anticipate = ahead && aheadArgs(ahead, found);
    if (ahead?.isObserved && !anticipate) left.push(`${ahead.queryKey}: what it anticipates`);
    const args = queryArgs(found, metric.target, workload, left);
    return [{ ...args, ...(anticipate ? { anticipate } : {}) }];
  });
  const others = recordsIn(record(hpa["spec"])["metrics"]).flatMap((metric) =>
    metric["type"] === "External" ? [] : resourceArgs(metric),
  );
  return [...external, ...others];
}

/** Whether a TrafficAutoscaler writes the query for requestsPerSecond. */
function isRequestRate({ query, aggregate }: MetricSpec, workload: Workload): boolean {
  const signal = parseQuery(requestsPerSecondQuery(workload));
  return signal.ok && canonicalQuery(signal.query) === canonicalQuery(query) && !aggregate;
}

/** Whether the first query anticipates the load of the second. */
function isAhead({ anticipates, metricName }: MetricSpec, load: MetricSpec): boolean {
  return metricName === load.metricName && anticipates === load.queryKey.slice(load.queryKey.indexOf("/") + 1);
}

function queryArgs(
  spec: MetricSpec,
  { value, averageValue }: Record<string, unknown>,
  workload: Workload,
  left: string[],
): Args {
  const { query, queryKey, aggregate, server, intervalSeconds, onNoData, onError, direct, labels, metricName } = spec;
  workload.reactions.add(direct?.mode === "always" ? "Direct" : "Steady");
  workload.aliases.add(server.kind === "alias" ? server.alias : "");
  if (server.kind === "url") left.push(`${queryKey}: its server, ${server.url}`);
  if (intervalSeconds) left.push(`${queryKey}: its interval of ${intervalSeconds} s`);
  const policies = {
    ...(onNoData ? { onNoData: policyArgs(onNoData) } : {}),
    ...(onError ? { onError: policyArgs(onError) } : {}),
    ...(direct?.mode === "fallback" ? { onError: { policy: "Direct" } } : {}),
  };
  const named = labels["query-name"] ?? metricName;
  const isTooLong = Object.keys(policies).length > 0 && named.length > LONGEST_NAME;
  const queryName = isTooLong ? freeName(named, new Set()) : named;
  if (isTooLong) left.push(`${queryKey}: its name, which is too long beside a policy`);
  const perPod = Number(averageValue);
  if (isRequestRate(spec, workload) && Number.isFinite(perPod))
    return { requestsPerSecond: perPod, queryName, ...policies };
  const text = aggregate ? `${aggregate}(${inner(query.text)})` : query.text.trim();
  const dialect = query.isUnparsed ? { dialect: "Server" } : {};
  const goal = value === undefined ? { averageValue: String(averageValue) } : { value: String(value) };
  return { query: text, ...dialect, queryName, ...goal, ...policies };
}

function policyArgs(policy: Policy): Args {
  if (policy.kind === "last-for") return { lastFor: `${policy.seconds}s` };
  if (policy.quantity === "0") return { policy: "Zero" };
  return { value: Number(parseQuantity(policy.quantity).milli) / 1000 };
}

/** What `kubectl apply` writes: the whole object, which would contradict the program. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** The metrics from other sources that are arguments as they are. */
function additionalMetrics(metrics: unknown): Args[] {
  return recordsIn(metrics).filter((metric) => metric["type"] !== "External" && resourceArgs(metric).length === 0);
}

function resourceArgs(metric: Record<string, unknown>): Args[] {
  const { name, target } = record(metric["resource"]);
  const { averageUtilization } = record(target);
  if (metric["type"] === "Resource" && averageUtilization !== undefined && (name === "cpu" || name === "memory")) {
    return [{ [`${name}Utilization`]: Number(averageUtilization) }];
  }
  return [];
}

function isPartOf(some: Readonly<Record<string, string>>, all: Readonly<Record<string, string>>): boolean {
  return Object.entries(some).every(([name, value]) => all[name] === value);
}

/** Formats a value as TypeScript. Property names have quotes only where necessary. */
function literal(value: unknown, indent = ""): string {
  const deeper = `${indent}  `;
  const lines = (open: string, parts: readonly string[], close: string) =>
    parts.length === 0
      ? open + close
      : `${open}\n${parts.map((part) => `${deeper}${part},\n`).join("")}${indent}${close}`;
  if (Array.isArray(value))
    return lines(
      "[",
      value.map((part) => literal(part, deeper)),
      "]",
    );
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, part]) => {
    const name = /^[A-Za-z_]\w*$/.test(key) ? key : JSON.stringify(key);
    return `${name}: ${literal(part, deeper)}`;
  });
  return lines("{", entries, "}");
}
