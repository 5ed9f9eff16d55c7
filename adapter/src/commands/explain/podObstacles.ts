import { record, recordsIn, type ScaleTarget } from "@asm-autoscaler/hpa-metrics";
import { MOST_MISSING } from "../../direct/estimate.ts";
import { type Pod, parsePod } from "../../direct/pods.ts";
import { selectorOf } from "../../direct/targets.ts";
import { type Kubernetes, KubernetesError } from "../../kubernetes/client.ts";
import type { ApiState, Obstacle } from "./facts.ts";
import { policyThatDenies } from "./networkPolicy.ts";

/** Finds out what in the cluster keeps the adapter from reading the pods of a target, as far as you may read it. */
export async function findObstacle(
  kubernetes: Kubernetes,
  { namespace, target, api }: { namespace: string; target: ScaleTarget; api: ApiState },
): Promise<Obstacle | undefined> {
  try {
    const pods = await podsOf(kubernetes, namespace, await selectorOf(kubernetes, namespace, target));
    return (
      obstacleOf(pods) ?? (await policyObstacle(kubernetes, namespace, pods)) ?? (await ownSidecar(kubernetes, api))
    );
  } catch (error) {
    // The user may not read the pods, or the target has no selector.
    if (!(error instanceof Error)) throw error;
    return undefined;
  }
}

interface RawPod {
  readonly pod: Pod;
  readonly object: Readonly<Record<string, unknown>>;
}

/** Maximum number of pods and policies that are looked at. */
const MOST_OBJECTS = "500";

async function podsOf(kubernetes: Kubernetes, namespace: string, labelSelector: string): Promise<RawPod[]> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
  const { items } = record(await kubernetes.call("GET", path, { query: { labelSelector, limit: MOST_OBJECTS } }));
  return recordsIn(items).flatMap((object) => {
    const pod = parsePod(object, kubernetes.server);
    return pod && !pod.isTerminating ? [{ pod, object }] : [];
  });
}

/** What the pods of the workload themselves show. */
function obstacleOf(all: readonly RawPod[]): Obstacle | undefined {
  const pods = all.filter(({ pod }) => pod.isReady);
  const isMany = (some: readonly RawPod[]) => some.length > MOST_MISSING * pods.length;
  const bare = pods.filter(({ pod }) => pod.port === undefined);
  if (isMany(bare))
    return {
      id: "direct-no-sidecar",
      why: `${bare.length} of ${pods.length} ready pods have no container istio-proxy, or use the network of their node, such as ${bare[0]?.pod.name}`,
      remedy: "Inject the sidecar into the workload's pods, or remove the annotation reaction: direct",
    };
  const closed = pods.filter(({ object }) => envOf(object, "METRICS_LOCALHOST_ACCESS_ONLY") === "true");
  if (isMany(closed))
    return {
      id: "direct-localhost-only",
      why: `the sidecars of ${closed.length} of ${pods.length} ready pods serve their metrics only to localhost (METRICS_LOCALHOST_ACCESS_ONLY)`,
      remedy:
        "Remove METRICS_LOCALHOST_ACCESS_ONLY from proxyMetadata of the mesh or of the pods, and restart the pods",
    };
  return undefined;
}

/** Istio's injector writes proxyMetadata into the environment of the sidecar. */
function envOf(pod: Readonly<Record<string, unknown>>, variable: string): unknown {
  const { containers, initContainers } = record(pod["spec"]);
  const sidecar = [...recordsIn(containers), ...recordsIn(initContainers)].find(({ name }) => name === "istio-proxy");
  return recordsIn(sidecar?.["env"]).find(({ name }) => name === variable)?.["value"];
}

async function policyObstacle(
  kubernetes: Kubernetes,
  namespace: string,
  pods: readonly RawPod[],
): Promise<Obstacle | undefined> {
  const path = `/apis/networking.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/networkpolicies`;
  const { items } = record(await kubernetes.call("GET", path, { query: { limit: MOST_OBJECTS } }).catch(forbidden));
  const policies = recordsIn(items);
  const ready = pods.filter(({ pod }) => pod.isReady);
  const denied = ready.flatMap(({ pod: { port }, object }) => {
    const name = port === undefined ? undefined : policyThatDenies(policies, record(record(object)["metadata"]), port);
    return name === undefined ? [] : [{ name, port }];
  });
  const [first] = denied;
  if (!first || denied.length <= MOST_MISSING * ready.length) return undefined;
  return {
    id: "direct-network-policy",
    why: `the NetworkPolicy ${first.name} selects the pods, and no ingress rule allows port ${first.port} of their sidecars`,
    remedy: `Add an ingress rule for port ${first.port} from the namespace of the adapter, as in docs/how-to/react-faster.md`,
  };
}

/** Whether the adapter's own sidecar handles its connections to the sidecars. */
async function ownSidecar(kubernetes: Kubernetes, api: ApiState): Promise<Obstacle | undefined> {
  if (!("service" in api)) return undefined;
  const [namespace = "", name = ""] = api.service.split("/");
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(name)}`;
  const { selector } = record(record(await kubernetes.call("GET", path).catch(forbidden))["spec"]);
  const labels = Object.entries(record(selector)).map(([label, value]) => `${label}=${String(value)}`);
  if (labels.length === 0) return undefined;
  const pods = await podsOf(kubernetes, namespace, labels.join(","));
  const meshed = pods.find(({ pod, object }) => {
    const excluded = record(record(object["metadata"])["annotations"])["traffic.sidecar.istio.io/excludeOutboundPorts"];
    return (
      pod.port !== undefined &&
      !String(excluded ?? "")
        .split(/[,\s]+/)
        .includes("15090")
    );
  });
  return (
    meshed && {
      id: "direct-own-sidecar",
      why: `the adapter's pod ${meshed.pod.name} has a sidecar of its own, which handles its connections to port 15090`,
      remedy: 'Run the adapter without a sidecar, or set traffic.sidecar.istio.io/excludeOutboundPorts: "15090" on it',
    }
  );
}

function forbidden(error: unknown): undefined {
  if (!(error instanceof KubernetesError)) throw error;
  return undefined;
}
