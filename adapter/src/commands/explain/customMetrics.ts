import { isDeepStrictEqual } from "node:util";
import {
  CUSTOM_API_SERVICES,
  counted,
  formatMilli,
  type HpaMetric,
  type HpaStatus,
  type MetricSpec,
  parseQuantity,
  problem,
  record,
  recordsIn,
  servedLabels,
} from "@asm-autoscaler/hpa-metrics";
import type { CustomRead } from "../../api/customMetrics.ts";
import { readVerdict } from "../../auth/subjectAccessReview.ts";
import type { Hpa } from "../../hpas/hpa.ts";
import { hasStatus, type Kubernetes, reason } from "../../kubernetes/client.ts";
import { labelSelectorOf } from "../../kubernetes/labelSelector.ts";
import { parseSelector } from "../../kubernetes/labelSelectorParser.ts";
import type { Rules } from "../../rules/rules.ts";
import { askedMetricOf } from "../../status/rulesView.ts";
import { customReadOf, type HpaRead } from "../../takeOver/customReads.ts";
import { readApiState, servedProblem } from "./apiState.ts";
import type { CustomApi, CustomFacts, Value } from "./facts.ts";

/** What the facts about `Pods` and `Object` metrics are read from. */
export interface CustomSources {
  readonly kubernetes: Kubernetes;
  /** The rules of `--prometheus-adapter-config`, whose series are listed. Undefined without the flag. */
  readonly rules?: Pick<Rules, "custom" | "seen"> | undefined;
  /** The metrics of the annotations of the HPA. */
  readonly specs: readonly MetricSpec[];
  /** Unix ms. */
  now(): number;
}

/** The user of the HPA controller, as kube-controller-manager runs with --use-service-account-credentials. */
const CONTROLLER = "system:serviceaccount:kube-system:horizontal-pod-autoscaler";
/** A pod that is younger may have no sample yet, in ms. */
const YOUNG_MS = 300_000;
const MOST_PODS = 500;
const MOST_NAMED = 3;

/** Reads which version of the custom metrics API the HPA controller uses. Undefined if the HPA has no metric of it. */
export async function readCustomApi({ metrics }: HpaStatus, kubernetes: Kubernetes): Promise<CustomApi | undefined> {
  if (!metrics.some(({ custom }) => custom)) return undefined;
  const [older, newer] = CUSTOM_API_SERVICES;
  const state = await readApiState(kubernetes, newer);
  if (state.kind !== "absent") return { apiService: newer, state };
  return { apiService: older, state: await readApiState(kubernetes, older) };
}

/** Collects the facts about the `Pods` and `Object` metrics of an HPA, in the order of its spec. Never rejects. */
export async function readCustomMetrics(
  hpa: Hpa,
  status: HpaStatus,
  api: CustomApi | undefined,
  sources: CustomSources,
): Promise<CustomFacts[]> {
  if (!api) return [];
  const [version = ""] = api.apiService.split(".");
  const root = `/apis/custom.metrics.k8s.io/${version}`;
  const all = status.metrics.map((metric, place) =>
    metric.custom ? readOne(hpa, status, { metric, place, root }, sources) : undefined,
  );
  return (await Promise.all(all)).flatMap((facts) => facts ?? []);
}

async function readOne(
  hpa: Hpa,
  status: HpaStatus,
  { metric, place, root }: { metric: HpaMetric; place: number; root: string },
  { kubernetes, rules, specs, now }: CustomSources,
): Promise<CustomFacts | undefined> {
  const { custom } = metric;
  if (!custom) return undefined;
  const annotation = annotationOf(custom, specs);
  const base = {
    ...{ place, name: metric.name, words: wordsOf(custom) },
    ...(annotation ? { annotation } : {}),
    target: `${metric.kind === "averageValue" ? "AverageValue" : "Value"} ${formatMilli(BigInt(metric.goal))}`,
  };
  const unread = (why: string): CustomFacts => ({ ...base, served: { kind: "unknown", why }, without: [] });
  let read: HpaRead | undefined;
  try {
    const { scaleTarget } = hpa;
    read = await customReadOf({ namespace: hpa.namespace, hpa: hpa.id, scaleTarget, custom }, root, kubernetes);
  } catch (error) {
    return unread(reason(error));
  }
  if (!read) return unread("the HPA controller finds no pods or no such kind of object");
  // Without the right to read the scale, the read is about all pods of the namespace.
  const isOfOthers = custom.type === "Pods" && !read.isOfEach;
  const [answer, permission, tried] = await Promise.all([
    readAnswer(kubernetes, read),
    readPermission(kubernetes, hpa.namespace, read.path),
    annotation ? {} : rules && tryRules(rules, hpa, status, { place, read }),
  ]);
  const query = new URLSearchParams(read.query).toString();
  const target = `${read.path}${query === "" ? "" : `?${query}`}`.replaceAll("'", "%27");
  const facts = { ...base, command: `kubectl get --raw '${target}'`, permission, ...tried };
  if (isOfOthers)
    return { ...unread("you may not read the scale of its target, which has the selector of its pods"), ...facts };
  if ("served" in answer) return { ...facts, ...answer, without: [] };
  const { items } = answer;
  const without = custom.type === "Pods" ? await podsWithout(kubernetes, hpa.namespace, read, items, now()) : [];
  return { ...facts, served: comparedValue(items, metric), count: items.length, without };
}

function wordsOf({ type, object }: NonNullable<HpaMetric["custom"]>): string {
  return object ? `${type} metric of ${object.kind} ${object.name}` : `${type} metric`;
}

/** The annotation of an `Object` metric. */
function annotationOf(
  { metric, object }: NonNullable<HpaMetric["custom"]>,
  specs: readonly MetricSpec[],
): CustomFacts["annotation"] {
  const labels = [...servedLabels(metric)];
  const own = specs.find(
    (spec) =>
      spec.metricName === metric.name &&
      isDeepStrictEqual(spec.object, object) &&
      isDeepStrictEqual(Object.entries(spec.labels), labels),
  );
  return object && own && { key: own.queryKey, query: own.query.text };
}

/** One item of the API's answer. */
interface Item {
  readonly name: string;
  readonly milli: bigint;
  readonly at: string;
}

/** The items of the API's answer, or why there are none. */
async function readAnswer(
  kubernetes: Kubernetes,
  { path, query }: HpaRead,
): Promise<{ readonly items: readonly Item[] } | { readonly served: Value }> {
  try {
    const { items } = record(await kubernetes.call("GET", path, { query }));
    const all = recordsIn(items).map(({ describedObject, value, timestamp }) => ({
      name: String(record(describedObject)["name"]),
      milli: parseQuantity(String(value)).milli,
      at: String(timestamp),
    }));
    const empty = problem("ASM_NO_SERIES", "the API answers with an empty list");
    return all.length > 0 ? { items: all } : { served: { kind: "problem", problem: empty, noData: true } };
  } catch (error) {
    if (hasStatus(error, 401, 403))
      return { served: { kind: "unknown", why: `you may not read it: ${reason(error)}` } };
    return { served: { kind: "problem", problem: servedProblem(reason(error)), noData: false } };
  }
}

/**
 * The value that the HPA controller uses: the mean of the pods, or the value of an object. A pod without a value is not in the mean; the controller then assumes one that holds the size.
 */
function comparedValue(items: readonly Item[], { type }: HpaMetric): Value {
  const sum = items.reduce((all, { milli }) => all + milli, 0n);
  const parts = type === "Pods" ? items.length : 1;
  const milli = sum / BigInt(parts);
  return { kind: "number", quantity: formatMilli(milli), milli, at: items[0]?.at ?? "" };
}

/** The pods of the selector that the answer lacks, if they are not new. None if the pods may not be listed from here. */
async function podsWithout(
  kubernetes: Kubernetes,
  namespace: string,
  { query }: HpaRead,
  items: readonly Item[],
  now: number,
): Promise<string[]> {
  const { labelSelector = "" } = query;
  const known = new Set(items.map(({ name }) => name));
  try {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
    const answer = await kubernetes.call("GET", path, { query: { labelSelector, limit: String(MOST_PODS) } });
    return recordsIn(record(answer)["items"]).flatMap((pod) => {
      const { name, creationTimestamp } = record(pod["metadata"]);
      const { phase } = record(pod["status"]);
      const isOld = now - Date.parse(String(creationTimestamp)) > YOUNG_MS;
      return phase === "Running" && isOld && !known.has(String(name)) ? [String(name)] : [];
    });
  } catch {
    return [];
  }
}

/** Whether the HPA controller may read the path. Needs `create` on SubjectAccessReviews. */
async function readPermission(
  kubernetes: Kubernetes,
  namespace: string,
  path: string,
): Promise<NonNullable<CustomFacts["permission"]>> {
  const [resource = "", name = "", subresource = ""] = path.split("/").slice(6).map(decodeURIComponent);
  const resourceAttributes = {
    ...{ namespace, verb: "get", group: "custom.metrics.k8s.io", version: "*" },
    ...(subresource === "" ? { resource, name } : { resource, name, subresource }),
  };
  const groups = ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"];
  const body = {
    ...{ apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview" },
    spec: { user: CONTROLLER, groups, resourceAttributes },
  };
  try {
    const answer = await kubernetes.call("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", { body });
    const verdict = readVerdict(answer);
    return verdict.allowed ? { kind: "allowed" } : { kind: "denied", user: CONTROLLER, why: verdict.reason };
  } catch (error) {
    return { kind: "unknown", why: reason(error) };
  }
}

/** Reads the metric by the rules of the file, as the adapter does. */
async function tryRules(
  rules: Pick<Rules, "custom" | "seen">,
  hpa: Hpa,
  { metrics }: HpaStatus,
  { place, read }: { place: number; read: HpaRead },
): Promise<Pick<CustomFacts, "rule" | "refused">> {
  const asked = askedMetricOf(hpa, metrics, place);
  const one = asked && customOf(read, labelSelectorOf(metrics[place]?.custom?.metric ?? {}));
  if (!one) return {};
  const result = await rules.custom.read(one);
  const rule = rules.seen(asked);
  return { ...(rule ? { rule } : {}), ...(result.ok ? {} : { refused: result.message }) };
}

/** The read of the custom metrics API with this path. */
function customOf({ path, query }: HpaRead, series: CustomRead["series"]): CustomRead | undefined {
  const [namespace = "", plural = "", name = "", metric = ""] = path.split("/").slice(5).map(decodeURIComponent);
  if (plural === "metrics")
    return { namespace: "", group: "", resource: "namespaces", name: namespace, metric: name, objects: [], series };
  const [, resource = "", group = ""] = /^([^.]+)(?:\.(.+))?$/.exec(plural) ?? [];
  const objects = parseSelector(query["labelSelector"] ?? "");
  return objects.ok ? { namespace, group, resource, name, metric, objects: objects.selector, series } : undefined;
}

/** `web-1, web-2 and 3 more`. */
export function namedPods(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join(", ")}${more > 0 ? ` and ${counted(more, "more pod")}` : ""}`;
}
