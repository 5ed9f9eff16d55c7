import type { V1Pod } from "@kubernetes/client-node";
import { isReady } from "../kubelet/podStatus.ts";
import { hasSidecar } from "../sidecars/sidecar.ts";

/** One side of a request in the mesh, as Istio's labels describe it. */
export interface Endpoint {
  readonly namespace: string;
  /** Name of the Deployment. */
  readonly workload: string;
  readonly serviceAccount: string;
  readonly app: string;
  readonly version?: string;
}

/** A pod with an address. */
export interface MeshPod extends Endpoint {
  readonly uid: string;
  readonly name: string;
  readonly address: string;
  /** Whether it has a sidecar, or is the proxy of a gateway or a waypoint. */
  readonly hasSidecar: boolean;
  /** Ready and not terminating, so it receives new requests. */
  readonly ready: boolean;
}

/** The mesh's data of a pod. Undefined for a pod that has no address yet. */
export function meshPod(pod: V1Pod): MeshPod | undefined {
  const { metadata, spec, status } = pod;
  if (metadata?.uid === undefined || !status?.podIP) return undefined;
  const workload = workloadName(pod);
  const version = metadata.labels?.["version"];
  return {
    uid: metadata.uid,
    name: metadata.name ?? "",
    address: status.podIP,
    hasSidecar: hasSidecar(pod),
    ready: isReady(pod) && metadata.deletionTimestamp === undefined,
    namespace: metadata.namespace ?? "default",
    workload,
    serviceAccount: spec?.serviceAccountName ?? "default",
    app: metadata.labels?.["app"] ?? metadata.labels?.["app.kubernetes.io/name"] ?? workload,
    ...(version !== undefined && { version }),
  };
}

/** The workload name as in Istio. A ReplicaSet of a Deployment is named `<deployment>-<pod template hash>`. */
function workloadName(pod: V1Pod): string {
  const owner = pod.metadata?.ownerReferences?.find(({ controller }) => controller === true);
  const hash = pod.metadata?.labels?.["pod-template-hash"];
  if (owner?.kind === "ReplicaSet" && hash !== undefined && owner.name.endsWith(`-${hash}`)) {
    return owner.name.slice(0, -hash.length - 1);
  }
  return owner?.name ?? pod.metadata?.name ?? "unknown";
}
