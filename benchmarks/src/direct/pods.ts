import { type MoreAnswers, namespaceOf } from "../standIn.ts";

/** Pods of each workload. */
export const PODS_PER_WORKLOAD = 20;
/** Requests per second that each pod ends. */
export const REQUESTS_PER_POD = 10;

/** What the sidecars have answered so far. */
export interface SidecarCounts {
  readonly requests: number;
  /** Bytes of all answers, with their headers. */
  readonly bytes: number;
  /** Connections that are open. */
  readonly connections: number;
}

/** A loopback address of the pod, below those of control planes. */
function podAddress(pod: number): string {
  return `127.50.${pod >> 8}.${pod & 255}`;
}

/** The pod of an address. */
export function podNumber(address: string): number {
  const [third, fourth] = address.split(".").slice(2).map(Number);
  return (third ?? 0) * 256 + (fourth ?? 0);
}

/** The workload of a pod. */
export function workloadNumber(pod: number): number {
  return Math.floor(pod / PODS_PER_WORKLOAD);
}

/**
 * What an API server answers about the workloads' pods: the discovery of Deployments, their `scale`, and the pods that a
 * label selects, as the API server sends them.
 */
export function podAnswers(sidecarPort: number): MoreAnswers {
  return (path, parameters) => {
    if (path === "/apis/apps/v1") return DEPLOYMENTS;
    const scaled = /\/deployments\/service-(\d+)\/scale$/.exec(path)?.[1];
    if (scaled !== undefined) return scaleObject(Number(scaled));
    const selected = /^app=service-(\d+)$/.exec(parameters.get("labelSelector") ?? "")?.[1];
    if (!path.endsWith("/pods") || selected === undefined) return undefined;
    const first = Number(selected) * PODS_PER_WORKLOAD;
    const items = Array.from({ length: PODS_PER_WORKLOAD }, (_, index) => podObject(first + index, sidecarPort));
    return { kind: "PodList", apiVersion: "v1", metadata: { resourceVersion: "1" }, items };
  };
}

const VERBS = ["get", "list", "watch", "patch", "update"];
const DEPLOYMENTS = {
  ...{ kind: "APIResourceList", apiVersion: "v1", groupVersion: "apps/v1" },
  resources: [
    { name: "deployments", singularName: "deployment", namespaced: true, kind: "Deployment", verbs: VERBS },
    {
      ...{ name: "deployments/scale", singularName: "", namespaced: true, kind: "Scale", verbs: ["get", "update"] },
      ...{ group: "autoscaling", version: "v1" },
    },
  ],
};

function scaleObject(workload: number): object {
  const name = `service-${workload}`;
  return {
    ...{ kind: "Scale", apiVersion: "autoscaling/v1" },
    metadata: { name, namespace: namespaceOf(workload), uid: `deployment-${workload}`, resourceVersion: "1" },
    spec: { replicas: PODS_PER_WORKLOAD },
    status: { replicas: PODS_PER_WORKLOAD, selector: `app=${name}` },
  };
}

/** A pod that has run for an hour, with managed fields and a volume, which the adapter need not keep. */
function podObject(pod: number, sidecarPort: number): object {
  const workload = workloadNumber(pod);
  const name = `service-${workload}`;
  const startedAt = new Date(Date.now() - 3_600_000).toISOString();
  const running = (container: string) => ({
    ...{ name: container, image: container, imageID: container, containerID: `containerd://${container}-${pod}` },
    ...{ ready: true, started: true, restartCount: 0, state: { running: { startedAt } } },
  });
  const port = { name: "http-envoy-prom", containerPort: sidecarPort, protocol: "TCP" };
  return {
    metadata: {
      ...{
        name: `${name}-6d845cc8fc-${pod}`,
        namespace: namespaceOf(workload),
        uid: `pod-${pod}`,
        resourceVersion: "1",
      },
      creationTimestamp: startedAt,
      labels: { app: name, "pod-template-hash": "6d845cc8fc" },
      ownerReferences: [
        {
          ...{ apiVersion: "apps/v1", kind: "ReplicaSet", name: `${name}-6d845cc8fc`, uid: `set-${workload}` },
          controller: true,
        },
      ],
      managedFields: [{ manager: "kubelet", operation: "Update", fieldsV1: { "f:status": { "f:podIP": {} } } }],
    },
    spec: {
      containers: [
        { name: "app", image: "app:1", ports: [{ containerPort: 8080 }] },
        { name: "istio-proxy", image: "proxyv2:1", ports: [port] },
      ],
      volumes: [{ name: "token", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } }],
    },
    status: {
      ...{ phase: "Running", podIP: podAddress(pod), podIPs: [{ ip: podAddress(pod) }], startTime: startedAt },
      conditions: [{ type: "Ready", status: "True", lastTransitionTime: startedAt }],
      containerStatuses: [running("app"), running("istio-proxy")],
    },
  };
}
