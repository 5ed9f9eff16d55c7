import type { V1Pod } from "@kubernetes/client-node";
import { isReady } from "../kubelet/podStatus.ts";
import { hasSidecar } from "../sidecars/sidecar.ts";
import { canonicalOf, workloadName } from "./workloadName.ts";

/** One side of a request in the mesh, as Istio's labels describe it. */
export interface Endpoint {
  readonly namespace: string;
  /** See `workloadName`. */
  readonly workload: string;
  readonly serviceAccount: string;
  /** The label `app`. Default: unknown. */
  readonly app: string;
  /** The label `version`. */
  readonly version?: string;
  /** See `canonicalOf`. Default: the app, and the version. */
  readonly canonical?: { readonly service: string; readonly revision: string };
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
    app: metadata.labels?.["app"] ?? "unknown",
    ...(version !== undefined && { version }),
    canonical: canonicalOf(metadata.labels ?? {}, workload),
  };
}
