import type * as pulumi from "@pulumi/pulumi";

/** Editions that ASM sells. */
export const AsmInstanceEdition = {
  /** The standard edition, for trying things out. */
  Default: "Default",
  /** The commercial edition, for production. */
  Pro: "Pro",
} as const;
export type AsmInstanceEdition = (typeof AsmInstanceEdition)[keyof typeof AsmInstanceEdition];

/** Sizes of an instance, smallest first. */
export const AsmInstanceClusterSpec = {
  /** Default size of edition Default. */
  Standard: "standard",
  /** Default size of edition Pro. */
  Enterprise: "enterprise",
  /** The largest. */
  Ultimate: "ultimate",
} as const;
export type AsmInstanceClusterSpec = (typeof AsmInstanceClusterSpec)[keyof typeof AsmInstanceClusterSpec];

/** Arguments of an AsmInstance: those of a new mesh, or existing alone. */
export interface AsmInstanceArgs {
  /** A mesh that is there already, instead of a new one; no other argument may be given with it. */
  existing?: AsmInstanceExistingArgs;
  /** Id of the VPC of the cluster, needed for a new mesh. A change replaces the mesh. */
  vpcId?: pulumi.Input<string>;
  /** Id of the one vSwitch of the mesh's control plane, needed for a new mesh. A change replaces the mesh. */
  vswitchId?: pulumi.Input<string>;
  /**
   * Id of the one ACK cluster of the mesh, needed for a new mesh; its nodes must be there before it is attached. A change
   * detaches the cluster and attaches the other one, without a mesh in between.
   */
  clusterId?: pulumi.Input<string>;
  /** Name of the mesh in the console. Default: the name of the component. */
  meshName?: pulumi.Input<string>;
  /** Edition of ASM. Default Pro. A change replaces the mesh. */
  edition?: pulumi.Input<AsmInstanceEdition>;
  /** Size of the instance, which can be raised. Default standard for edition Default and enterprise for Pro. */
  clusterSpec?: pulumi.Input<AsmInstanceClusterSpec>;
  /**
   * Whole version of ASM as its console shows it, such as v1.22.6.71-g7d67a80b-aliyun; a later one upgrades the mesh in
   * place. Default: what ASM installs, which upgrades in the console then never show in a preview.
   */
  istioVersion?: pulumi.Input<string>;
  /** Who gets a sidecar when neither namespace nor pod says so. */
  sidecarInjection?: pulumi.Input<AsmInstanceSidecarInjectionArgs>;
  /**
   * URL of a Prometheus that the mesh's own console pages draw from, kept as a secret; autoscaling does not need it. It
   * reaches ASM at creation and with a change of sidecarInjection or clusterSpec, but a change of it alone does not: make
   * that in the console too.
   */
  prometheusUrl?: pulumi.Input<string>;
  /** Whether the mesh's own API server has a public address. Default false. A change replaces the mesh. */
  publicEndpoint?: pulumi.Input<boolean>;
  /** Tags of the mesh. */
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

/** A mesh that is there already. */
export interface AsmInstanceExistingArgs {
  /** Id of the mesh. */
  meshId: pulumi.Input<string>;
}

/** Who gets a sidecar when neither namespace nor pod says so. */
export interface AsmInstanceSidecarInjectionArgs {
  /** Whether namespaces without the label istio-injection are injected. Default false. */
  allNamespaces?: pulumi.Input<boolean>;
  /** Whether pods of an injected namespace get a sidecar without asking for one. Default true. */
  allPods?: pulumi.Input<boolean>;
}
