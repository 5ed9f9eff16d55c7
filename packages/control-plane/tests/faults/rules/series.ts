import type { WrittenSeries } from "../../remoteWrite.ts";
import { PARTIAL } from "./recordingPrometheus.ts";

/**
 * The series that the rules are about. A counter grows evenly and a gauge does not change, so that an adapter that asks a
 * second later gets the same.
 */

/** The pods of each namespace. Two namespaces have a pod of the same name. */
export const PODS: Readonly<Record<string, readonly string[]>> = {
  shop: ["web-1", "web-2", "api-1", "cache.v1"],
  ops: ["web-1", "batch-1"],
};
export const NAMESPACES = Object.keys(PODS);

/** Samples are this far apart. Prometheus extrapolates a rate over a whole window exactly. */
const STEP_MS = 5_000;
/** A family of series: a counter if its name ends with `_total`. */
interface Family {
  readonly name: string;
  readonly labels: readonly Readonly<Record<string, string>>[];
  /** The value of all its series. Default: one for each series. */
  readonly value?: number;
}

/** All series, with samples from one time to another (Unix ms). */
export function writtenSeries(from: number, to: number): WrittenSeries[] {
  const first = Math.ceil(from / STEP_MS) * STEP_MS;
  const times = Array.from({ length: Math.floor((to - first) / STEP_MS) }, (_, index) => first + index * STEP_MS);
  return FAMILIES.flatMap(({ name, labels, value }) =>
    labels.map((own) => {
      const each = value ?? eighthsOf(JSON.stringify([name, own]));
      // A counter counts from 1970 on, so that it goes on evenly in the next part.
      const sampleAt = (at: number) => (name.endsWith("_total") ? (each * at) / 1_000 : each);
      return { labels: { __name__: name, ...own }, samples: times.map((at) => [at, sampleAt(at)] as const) };
    }),
  );
}

/** An eighth between 1/8 and 64, by the text: sums of them are exact. */
function eighthsOf(text: string): number {
  let hash = 7;
  for (const character of text) hash = (hash * 31 + character.charCodeAt(0)) % 1_000_003;
  return (1 + (hash % 512)) / 8;
}

/** The labels of a series for each pod, with a prefix for the names of the labels of objects. */
function ofPods(
  more: readonly Readonly<Record<string, string>>[] = [{}],
  names = { namespace: "namespace", pod: "pod" },
) {
  return Object.entries(PODS).flatMap(([namespace, pods]) =>
    pods.flatMap((pod) => more.map((own) => ({ [names.namespace]: namespace, [names.pod]: pod, ...own }))),
  );
}

const METHODS = [
  { method: "GET", code: "200" },
  { method: "POST", code: "200" },
  { method: "GET", code: "503" },
];
const CONTAINERS = [{ container: "app" }, { container: "proxy" }, { container: "POD" }];
const inNamespaces = (...more: readonly Readonly<Record<string, string>>[]) =>
  NAMESPACES.flatMap((namespace) => more.map((own) => ({ namespace, ...own })));

const FAMILIES: readonly Family[] = [
  { name: "container_cpu_usage_seconds_total", labels: ofPods(CONTAINERS) },
  { name: "container_network_receive_bytes_total", labels: ofPods(CONTAINERS.slice(0, 1)) },
  { name: "container_memory_working_set_bytes", labels: ofPods(CONTAINERS) },
  { name: "http_requests_total", labels: ofPods(METHODS.map((own) => ({ ...own, service: "web", ingress: "front" }))) },
  {
    name: "frontend_requests_total",
    labels: ofPods(METHODS, { namespace: "kubernetes_namespace", pod: "kubernetes_pod_name" }),
  },
  { name: "worked_seconds_total", labels: ofPods() },
  { name: "sessions", labels: ofPods([{ service: "web" }, { service: "api" }]) },
  { name: "sessions_of_one", labels: [{ namespace: "shop", pod: "web-1" }] },
  { name: "deployment_work", labels: inNamespaces({ deployment: "web" }, { deployment: "api" }) },
  { name: "namespace_quota", labels: inNamespaces({}) },
  { name: "node_gigawatts", labels: ["node-1", "node-2"].map((node) => ({ node, instance: `${node}:9100` })) },
  {
    name: "kube_hits_total",
    labels: ofPods([{ kube_service: "web" }], { namespace: "kube_namespace", pod: "kube_pod" }),
  },
  {
    name: "grouped_work",
    labels: ["web", "api"].map((one) => ({ kube__namespace: "shop", kube_apps_deployment: one })),
  },
  {
    name: "istio_requests_total",
    labels: NAMESPACES.flatMap((namespace) =>
      ["web", "api"].map((one) => ({ destination_workload_namespace: namespace, destination_workload: one })),
    ),
  },
  {
    name: "nginx_ingress_controller_requests",
    labels: [{ exported_namespace: "shop", ingress: "front", status: "200" }],
  },
  { name: "kube_adapter_metric_mail", labels: [{ name: "mail" }, { name: "print" }] },
  { name: "queue_depth", labels: inNamespaces({ name: "mail", topic: "a" }, { name: "print", topic: "b" }) },
  { name: "queue_consumer_lag", labels: inNamespaces({ name: "mail" }, { name: "print" }) },
  { name: "global_backlog", labels: [{ name: "mail" }, { name: "print" }] },
  { name: "cheddar", labels: [{ sharp: "true", brand: "mild" }] },
  { name: "odd_nan", labels: ofPods(), value: Number.NaN },
  { name: "odd_infinite", labels: ofPods(), value: Number.POSITIVE_INFINITY },
  { name: "odd_negative", labels: ofPods(), value: -1.5 },
  { name: "odd_small", labels: ofPods(), value: 0.0019 },
  { name: "odd_large", labels: ofPods(), value: 1e16 },
  { name: PARTIAL, labels: ofPods() },
];
