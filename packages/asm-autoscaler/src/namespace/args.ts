import type * as pulumi from "@pulumi/pulumi";

/** How the workloads of a namespace get into the mesh. */
export const MeshNamespaceMode = {
  /** A proxy in each pod, which counts requests. */
  Sidecar: "Sidecar",
  /** A proxy on each node, which counts connections and bytes of TCP; ASM's ambient mode must be on. */
  Ambient: "Ambient",
} as const;
export type MeshNamespaceMode = (typeof MeshNamespaceMode)[keyof typeof MeshNamespaceMode];

/** Arguments of a MeshNamespace. */
export interface MeshNamespaceArgs {
  /** Name of the namespace. A change replaces the namespace and all that is in it. */
  name: pulumi.Input<string>;
  /**
   * Whether the namespace is created; false labels one that is there already, and leaves it there. Default true. A change
   * to false deletes the created namespace and all that is in it.
   */
  create?: boolean;
  /** How its workloads get into the mesh. Default Sidecar. A change takes effect in a pod when it starts again. */
  mode?: pulumi.Input<MeshNamespaceMode>;
  /**
   * Whether an ambient namespace gets a waypoint, the proxy that counts its requests; without one there are only
   * istio_tcp_* metrics, and no request rates, latencies or errors to scale on. Default false. The cluster needs the
   * resources of Gateway API 1.2 or later.
   */
  waypoint?: boolean;
}
