import { type MetricSpec, record, recordsIn, selectorsOf, type VectorSelector } from "@asm-autoscaler/hpa-metrics";
import { type Kubernetes, KubernetesError } from "../../kubernetes/client.ts";
import { type Ask, countOf, selectorOf } from "./miss.ts";

/**
 * Traffic of a workload that its query cannot count. `requests`: clients send requests to its Service, and the query
 * counts none. `http`: the query counts TCP, and the traffic is HTTP. `streams`: gRPC messages flow in streams that have
 * not ended, and the query counts a stream when it ends. `upgrades`: some requests are WebSockets, which the query
 * counts when they end.
 * Source: https://istio.io/latest/docs/reference/config/metrics/
 */
export type UncountedTraffic =
  | {
      readonly kind: "requests";
      /** Requests per second, as one reporter counts them. */
      readonly perSecond: number;
      /** The host name of the Service, such as `orders.shop.svc.cluster.local`. */
      readonly service: string;
      /** The labels whose values the query does not match, as `label="value"`. */
      readonly differs: readonly string[];
    }
  | { readonly kind: "http" }
  | { readonly kind: "streams"; readonly perSecond: number }
  | { readonly kind: "upgrades" };

/** The workload of an HPA. */
export interface Workload {
  readonly namespace: string;
  /** `Deployment/orders`. */
  readonly target: string;
}

/** The range of the rates: the default window of a query, which covers four scrapes. */
const RANGE = "1m";
/** Labels that say whose traffic a series counts. */
const IDENTITY = /^destination_(workload|service|app|canonical_service)|^reporter$/;
/** Labels that name the workload or its Service. The first part of a host name is the name of the Service. */
const NAMES = ["destination_workload", "destination_service_name", "destination_service", "destination_app"];

/**
 * Finds traffic that the query of a metric cannot count. Only a query of Istio's standard metrics is examined.
 *
 * @param isIdle Whether the query has no sample, or the value 0.
 */
export async function uncountedOf(
  { query }: MetricSpec,
  isIdle: boolean,
  workload: Workload,
  kubernetes: Kubernetes,
  ask: Ask,
): Promise<UncountedTraffic | undefined> {
  const own = selectorsOf(query).find(({ metric }) => metric?.startsWith("istio_"));
  if (!own?.metric || own.matchers.length === 0) return undefined;
  const identity = own.matchers.filter(({ label }) => IDENTITY.test(label));
  if (own.metric.startsWith("istio_tcp_")) return isIdle ? httpTraffic(identity, ask) : undefined;
  if (!isIdle) return longRequests(identity, ask);
  const names = [...new Set([...namesIn(own, workload), ...(await servicesOf(workload, kubernetes))])];
  return (await requestsTo(names, identity, workload, ask)) ?? longRequests(identity, ask);
}

type Matchers = VectorSelector["matchers"];

/** Whether proxies count the traffic of the workload as HTTP. */
async function httpTraffic(identity: Matchers, ask: Ask): Promise<UncountedTraffic | undefined> {
  const requests = identity.length > 0 ? selectorOf("istio_requests_total", identity) : undefined;
  return requests !== undefined && countOf(await ask(`count(${requests})`)) ? { kind: "http" } : undefined;
}

/** Finds requests to the Services of these names that the own matchers do not count. */
async function requestsTo(
  names: readonly string[],
  identity: Matchers,
  { namespace, target }: Workload,
  ask: Ask,
): Promise<UncountedTraffic | undefined> {
  const counted = rate("istio_requests_total", identity);
  // The window of the query can be shorter: what it counted a moment ago is not uncounted.
  if (counted === undefined || (await sumOf(counted, ask)) !== 0) return undefined;
  const host = `(?:${names.map(escaped).join("|")})\\.${escaped(namespace)}\\.svc(?:\\..*)?`;
  // A Service can have several workloads. Requests that reach another one are not this workload's.
  const hash = target.startsWith("Rollout/") ? ROLLOUT_HASH : "";
  const workloads = `(?:unknown|(?:${names.map(escaped).join("|")})${hash})?`;
  const all = rate("istio_requests_total", [
    { label: "destination_service", operator: "=~", value: host },
    { label: "destination_workload", operator: "=~", value: workloads },
  ]);
  const labels = [...new Set(["reporter", "destination_service", ...identity.map(({ label }) => label)])];
  const answer = await ask(`topk(10, sum by (${labels.join(", ")}) (${all}))`);
  // The reporter that counts most: two reporters count the same request.
  const [most] = answer.ok ? answer.samples.toSorted((a, b) => b.value - a.value) : [];
  if (!most || most.value <= 0) return undefined;
  const service = most.labels["destination_service"] ?? "";
  const differs = identity.flatMap(({ label, operator, value }) => {
    const there = most.labels[label] ?? "";
    return operator === "=" && there !== value ? [`${label}=${JSON.stringify(there)}`] : [];
  });
  return { kind: "requests", perSecond: most.value, service, differs };
}

/** Finds gRPC streams and WebSockets among the requests that the query counts. */
async function longRequests(identity: Matchers, ask: Ask): Promise<UncountedTraffic | undefined> {
  const [requests, messages] = ["istio_requests_total", "istio_request_messages_total"].map((metric) =>
    rate(metric, identity),
  );
  if (requests === undefined || messages === undefined) return undefined;
  const perSecond = await sumOf(messages, ask);
  if (perSecond > 0 && (await sumOf(requests, ask)) === 0) return { kind: "streams", perSecond };
  const upgraded = selectorOf("istio_requests_total", [
    ...identity,
    { label: "response_code", operator: "=", value: "101" },
  ]);
  const upgrades = upgraded === undefined ? undefined : countOf(await ask(`count(${upgraded})`));
  return upgrades === undefined || upgrades === 0 ? undefined : { kind: "upgrades" };
}

/** The names of the workload and of its Service that the HPA and its query contain. */
function namesIn({ matchers }: VectorSelector, { target }: Workload): string[] {
  const matched = matchers.flatMap(({ label, operator, value }) =>
    NAMES.includes(label) && operator === "=" ? [value.split(".")[0] ?? ""] : [],
  );
  return [target.slice(target.indexOf("/") + 1), ...matched].filter((name) => name !== "");
}

const RESOURCES: Readonly<Record<string, readonly [api: string, resource: string]>> = {
  Deployment: ["apps/v1", "deployments"],
  StatefulSet: ["apps/v1", "statefulsets"],
  Rollout: ["argoproj.io/v1alpha1", "rollouts"],
  CloneSet: ["apps.kruise.io/v1alpha1", "clonesets"],
};

/**
 * The end of the name of a Rollout's ReplicaSet, which an Istio from before February 2024 takes for the workload. The hash
 * consists of the characters of Kubernetes' SafeEncodeString.
 */
const ROLLOUT_HASH = "(?:-[bcdfghjklmnpqrstvwxz2456789]{1,10})?";

/** The Services that select the workload's pods. Empty if the user may not read them: the names are then a guess. */
async function servicesOf({ namespace, target }: Workload, kubernetes: Kubernetes): Promise<string[]> {
  const [kind = "", name = ""] = target.split("/");
  const [api, resource] = (Object.hasOwn(RESOURCES, kind) ? RESOURCES[kind] : undefined) ?? [];
  if (api === undefined || resource === undefined) return [];
  const own = encodeURIComponent(namespace);
  try {
    const [workload, services] = await Promise.all([
      kubernetes.call("GET", `/apis/${api}/namespaces/${own}/${resource}/${encodeURIComponent(name)}`),
      kubernetes.call("GET", `/api/v1/namespaces/${own}/services`, { query: { limit: "500" } }),
    ]);
    const pod = record(record(record(record(record(workload)["spec"])["template"])["metadata"])["labels"]);
    return recordsIn(record(services)["items"]).flatMap((service) => {
      const wanted = Object.entries(record(record(service["spec"])["selector"]));
      const isOwn = wanted.length > 0 && wanted.every(([label, value]) => pod[label] === value);
      const { name: found } = record(service["metadata"]);
      return isOwn && typeof found === "string" ? [found] : [];
    });
  } catch (error) {
    if (error instanceof KubernetesError) return [];
    throw error;
  }
}

/** The rate of a selector. Undefined if it has no matcher, or if PromQL requires quotes for one of its labels. */
function rate(metric: string, matchers: Matchers): string | undefined {
  const selected = matchers.length > 0 ? selectorOf(metric, matchers) : undefined;
  return selected === undefined ? undefined : `rate(${selected}[${RANGE}])`;
}

/** The sum of a query. No series count as 0. NaN if Prometheus did not answer. */
async function sumOf(query: string, ask: Ask): Promise<number> {
  return countOf(await ask(`sum(${query})`)) ?? Number.NaN;
}

/** Escapes a text for a regular expression of PromQL. */
function escaped(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, (character) => `\\${character}`);
}
