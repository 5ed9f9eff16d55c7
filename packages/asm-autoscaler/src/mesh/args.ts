import type * as pulumi from "@pulumi/pulumi";

/** Edition of ASM, smallest first, as its console names them. */
export const AsmInstanceEdition = {
  /** For trials. ASM does not bill it. */
  Standard: "Standard",
  /** For production. */
  Enterprise: "Enterprise",
  /** For production, with the most features. */
  Ultimate: "Ultimate",
} as const;
export type AsmInstanceEdition = (typeof AsmInstanceEdition)[keyof typeof AsmInstanceEdition];

/** Arguments of an AsmInstance: either those of a new mesh, or existing alone. */
export interface AsmInstanceArgs {
  /**
   * An existing mesh, instead of a new one. No other argument may be set with it. A mesh of several clusters must be
   * created elsewhere and given here.
   */
  existing?: AsmInstanceExistingArgs;
  /** Id of the cluster's VPC. Required for a new mesh. A change replaces the mesh. */
  vpcId?: pulumi.Input<string>;
  /** Id of the only vSwitch of the mesh's control plane. Required for a new mesh. A change replaces the mesh. */
  vswitchId?: pulumi.Input<string>;
  /**
   * Id of the only ACK cluster of the mesh. Required for a new mesh. The cluster must have nodes before it is attached.
   * A change detaches the cluster and then attaches the other one. In between, the mesh has no cluster.
   */
  clusterId?: pulumi.Input<string>;
  /** Name of the mesh in the console. Defaults to the component's name. */
  meshName?: pulumi.Input<string>;
  /**
   * Edition of ASM. Defaults to Enterprise. A change from Enterprise to Ultimate is made in place. A change from or to
   * Standard replaces the mesh.
   */
  edition?: pulumi.Input<AsmInstanceEdition>;
  /**
   * Full version of ASM as its console shows it, such as v1.22.6.71-g7d67a80b-aliyun. A later version upgrades the mesh
   * in place. Defaults to the version that ASM installs; upgrades in the console then never show in a preview.
   */
  istioVersion?: pulumi.Input<string>;
  /**
   * Which pods get a sidecar: `allNamespaces` decides for namespaces without the label istio-injection, `allPods` for
   * pods without a label of their own. Defaults to all pods of namespaces with that label.
   */
  sidecarInjection?: pulumi.Input<AsmInstanceSidecarInjectionArgs>;
  /**
   * URL of a Prometheus for the pages of the mesh's own console, stored as a secret. Autoscaling does not need it.
   * Pulumi sends it only when it creates the mesh or changes sidecarInjection or edition. If only the URL changes,
   * change it in the console too.
   */
  prometheusUrl?: pulumi.Input<string>;
  /** Whether the mesh's own API server has a public address. Defaults to false. A change replaces the mesh. */
  publicEndpoint?: pulumi.Input<boolean>;
  /**
   * Whether Pulumi refuses to delete or replace the mesh. Set it to false and run `pulumi up` before you destroy or
   * replace the mesh. Deletion first detaches the cluster. Defaults to true.
   */
  deletionProtection?: boolean;
  /**
   * Access logs of the sidecars and gateways in Simple Log Service. Defaults to the mesh's current setting. A change is
   * made in place.
   */
  accessLog?: pulumi.Input<AsmInstanceAccessLogArgs>;
  /** Logs of the mesh's control plane. Defaults to the mesh's current setting. A change is made in place. */
  controlPlaneLog?: pulumi.Input<AsmInstanceControlPlaneLogArgs>;
  /** Log of the requests to the mesh's own API server. Defaults to the mesh's current setting. A change is made in place. */
  audit?: pulumi.Input<AsmInstanceAuditArgs>;
  /**
   * Whether ASM generates Istio's standard metrics. Only versions before 1.17.2.35 need it; later ones always do. Defaults
   * to the mesh's current setting. A change is made in place.
   */
  telemetry?: pulumi.Input<boolean>;
  /** Tags of the mesh. */
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

/** An existing mesh. */
export interface AsmInstanceExistingArgs {
  /** Id of the mesh. */
  meshId: pulumi.Input<string>;
}

/**
 * Which pods get a sidecar: `allNamespaces` decides for namespaces without the label istio-injection, `allPods` for
 * pods without a label of their own.
 */
export interface AsmInstanceSidecarInjectionArgs {
  /** Whether pods get a sidecar in namespaces without the label istio-injection. Defaults to false. */
  allNamespaces?: pulumi.Input<boolean>;
  /** Whether pods without a label of their own get a sidecar in the selected namespaces. Defaults to true. */
  allPods?: pulumi.Input<boolean>;
}

/** Access logs in Simple Log Service. Names and types are those of the provider. */
export interface AsmInstanceAccessLogArgs {
  /** Whether proxies write access logs. */
  enabled?: pulumi.Input<boolean>;
  /** Name of the project of Simple Log Service. Defaults to mesh-log- and the id of the mesh. */
  project?: pulumi.Input<string>;
  /** Whether the logs of sidecars are collected. */
  sidecarEnabled?: pulumi.Input<boolean>;
  /** Days that the logs of sidecars are kept. Defaults to 30. */
  sidecarLifecycle?: pulumi.Input<number>;
  /** Whether the logs of gateways are collected. */
  gatewayEnabled?: pulumi.Input<boolean>;
  /** Days that the logs of gateways are kept. Defaults to 30. */
  gatewayLifecycle?: pulumi.Input<number>;
}

/** Logs of the mesh's control plane. Names and types are those of the provider. */
export interface AsmInstanceControlPlaneLogArgs {
  /** Whether the logs are collected. */
  enabled: pulumi.Input<boolean>;
  /** Name of the project of Simple Log Service. Defaults to ASM's choice. */
  project?: pulumi.Input<string>;
  /** Days that the logs are kept. Defaults to 30. */
  logTtlInDay?: pulumi.Input<number>;
}

/** Log of the requests to the mesh's own API server. Names and types are those of the provider. */
export interface AsmInstanceAuditArgs {
  /** Whether requests are logged. */
  enabled?: pulumi.Input<boolean>;
  /** Name of the project of Simple Log Service. Defaults to ASM's choice. */
  project?: pulumi.Input<string>;
}
