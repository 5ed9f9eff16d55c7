import { type CustomMetric, readHpa, record, recordsIn, type ScaleTarget } from "@asm-autoscaler/hpa-metrics";
import { selectorOf } from "../direct/targets.ts";
import { hasStatus, type Kubernetes, KubernetesError } from "../kubernetes/client.ts";
import { formatSelector, labelSelectorOf } from "../kubernetes/labelSelector.ts";
import { listPages } from "../kubernetes/listWatch.ts";
import { createReads, HPAS, type HpaRead, type HpaReads } from "./hpaReads.ts";

export type { HpaRead } from "./hpaReads.ts";

/** A metric of one HPA. */
interface Asked {
  readonly namespace: string;
  readonly hpa: string;
  readonly scaleTarget: ScaleTarget | undefined;
  readonly custom: CustomMetric;
}

/** Maximum number of metrics of HPAs that are looked at. */
const MOST_ASKED = 3_000;
/** Requests to the API server at a time, for kinds and selectors. */
const AT_ONCE = 4;

/**
 * Lists the reads of the `Pods` and `Object` metrics of all HPAs of the cluster, from one version of the custom metrics API.
 * A metric whose pods or object the HPA controller does not find is left out, because nobody reads it.
 * Source of the paths: k8s.io/metrics pkg/client/custom_metrics/versioned_client.go.
 * @param root such as `/apis/custom.metrics.k8s.io/v1beta2`
 * @throws KubernetesError
 */
export async function listCustomReads(kubernetes: Pick<Kubernetes, "call">, root: string): Promise<HpaReads> {
  const asked: Asked[] = [];
  let left = 0;
  await listPages(kubernetes, HPAS, {}, (object) => {
    const { namespace, name, customMetrics, scaleTarget } = readHpa(object);
    for (const custom of customMetrics) {
      if (asked.length === MOST_ASKED) left += 1;
      else asked.push({ namespace, hpa: `${namespace}/${name}`, scaleTarget, custom });
    }
    return true;
  });
  const reads = createReads();
  const cached = cachedKinds(kubernetes);
  const waiting = asked.values();
  const worker = async () => {
    for (const one of waiting) {
      const read = await customReadOf(one, root, cached);
      if (read) reads.add(read);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const all = reads.all();
  return { reads: all.reads, left: left + all.left };
}

/**
 * The read of one metric. Undefined if the HPA controller does not find its pods or its object.
 * @throws KubernetesError
 */
export async function customReadOf(
  asked: Asked,
  root: string,
  kubernetes: Pick<Kubernetes, "call">,
): Promise<HpaRead | undefined> {
  const { object } = asked.custom;
  return object ? objectRead(asked, object, root, kubernetes) : podsRead(asked, root, kubernetes);
}

/**
 * Without the right to read the scale of the target, all pods of the namespace are read. Those of other workloads are among
 * them, so then only the answer as a whole counts.
 */
async function podsRead(
  { namespace, hpa, scaleTarget, custom: { metric } }: Asked,
  root: string,
  kubernetes: Pick<Kubernetes, "call">,
): Promise<HpaRead | undefined> {
  if (!scaleTarget) return undefined;
  let labelSelector = "";
  try {
    labelSelector = await selectorOf(kubernetes, namespace, scaleTarget);
  } catch (error) {
    if (isTemporary(error)) throw error;
    if (!hasStatus(error, 401, 403)) return undefined;
  }
  return {
    ...{ hpa, metric: `Pods metric "${metric.name}"`, isOfEach: labelSelector !== "" },
    path: `${root}/namespaces/${encodeURIComponent(namespace)}/pods/*/${encodeURIComponent(metric.name)}`,
    query: { ...(labelSelector === "" ? {} : { labelSelector }), ...seriesOf(metric) },
  };
}

async function objectRead(
  { namespace, hpa, custom: { metric } }: Asked,
  object: ScaleTarget,
  root: string,
  kubernetes: Pick<Kubernetes, "call">,
): Promise<HpaRead | undefined> {
  const resource = await resourceOf(object, kubernetes);
  if (resource === undefined) return undefined;
  const place = `${root}/namespaces/${encodeURIComponent(namespace)}`;
  const name = encodeURIComponent(metric.name);
  // The HPA controller reads the metrics of the HPA's own namespace, whatever name the HPA has for it.
  const isNamespace = resource === "namespaces";
  return {
    ...{ hpa, metric: `Object metric "${metric.name}" of ${object.kind} ${object.name}`, isOfEach: false },
    path: isNamespace ? `${place}/metrics/${name}` : `${place}/${resource}/${encodeURIComponent(object.name)}/${name}`,
    query: seriesOf(metric),
  };
}

function seriesOf(metric: CustomMetric["metric"]): Record<string, string> {
  const metricLabelSelector = formatSelector(labelSelectorOf(metric));
  return metricLabelSelector === "" ? {} : { metricLabelSelector };
}

/** The resource of a kind with its group, such as `ingresses.networking.k8s.io`. Undefined if the cluster has none. */
async function resourceOf(
  { apiVersion, kind }: ScaleTarget,
  kubernetes: Pick<Kubernetes, "call">,
): Promise<string | undefined> {
  const [group = "", version = ""] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  if (![group, version].every((part) => /^[a-z0-9.-]*$/i.test(part) && !part.includes(".."))) return undefined;
  const listed = async (path: string) => {
    try {
      return record(await kubernetes.call("GET", path));
    } catch (error) {
      if (hasStatus(error, 404)) return {};
      throw error;
    }
  };
  const kinds = async (of: string) => {
    const { resources } = await listed(group === "" ? `/api/${of}` : `/apis/${group}/${of}`);
    const found = recordsIn(resources).find((one) => one["kind"] === kind && !String(one["name"]).includes("/"));
    return found === undefined ? undefined : String(found["name"]);
  };
  const preferred = async () =>
    group === "" ? "v1" : String(record((await listed(`/apis/${group}`))["preferredVersion"])["version"] ?? version);
  // The HPA controller finds a kind in any version of its group.
  const name = (await kinds(version)) ?? (await kinds(await preferred()));
  if (name === undefined) return undefined;
  return group === "" ? name : `${name}.${group}`;
}

/** Reads the kinds of each group once. */
function cachedKinds({ call }: Pick<Kubernetes, "call">): Pick<Kubernetes, "call"> {
  const known = new Map<string, Promise<unknown>>();
  return {
    call(method, path, options) {
      if (path.includes("/namespaces/")) return call(method, path, options);
      const answer = known.get(path) ?? call(method, path, options);
      known.set(path, answer);
      return answer;
    },
  };
}

/** Whether the next attempt may have another result. An answer of 4xx stays, and so does an object without a selector. */
function isTemporary(error: unknown): boolean {
  return error instanceof KubernetesError && !hasStatus(error, 400, 401, 403, 404, 405);
}
