import type * as pulumi from "@pulumi/pulumi";

/** When ACK maintains a cluster. Names and types are those of the provider. */
export interface AckClusterMaintenanceWindowArgs {
  /** Whether there is a window. Defaults to true. */
  enable?: pulumi.Input<boolean>;
  /**
   * Start of the window, as a time in RFC 3339 with a time zone, such as 2026-01-05T01:00:00+08:00. Its date does not
   * matter. Required, unless enable is false.
   */
  maintenanceTime?: pulumi.Input<string>;
  /** Length of the window, "1h" to "24h". Required, unless enable is false. */
  duration?: pulumi.Input<string>;
  /** Days of the week in English, separated by commas, such as "Monday,Friday". Defaults to Thursday. */
  weeklyPeriod?: pulumi.Input<string>;
}

/** What ACK does to a cluster on its own. Names and types are those of the provider. */
export interface AckClusterOperationPolicyArgs {
  /** Upgrades of Kubernetes. */
  clusterAutoUpgrade?: pulumi.Input<AckClusterAutoUpgradeArgs>;
}

/** Upgrades of Kubernetes that ACK makes on its own. */
export interface AckClusterAutoUpgradeArgs {
  /** Whether ACK upgrades Kubernetes. */
  enabled?: pulumi.Input<boolean>;
  /** Which versions ACK upgrades to. Required if enabled is true. */
  channel?: pulumi.Input<AckClusterUpgradeChannel>;
}

/** Which versions ACK upgrades to, as ACK names them. */
export const AckClusterUpgradeChannel = {
  /** Patches of the same minor version. */
  Patch: "patch",
  /** The minor version before the newest. */
  Stable: "stable",
  /** The newest minor version. */
  Rapid: "rapid",
} as const;
export type AckClusterUpgradeChannel = (typeof AckClusterUpgradeChannel)[keyof typeof AckClusterUpgradeChannel];

/** Log of the requests to the API server. Names and types are those of the provider. */
export interface AckClusterAuditLogArgs {
  /** Whether requests are logged. Defaults to the cluster's current setting. */
  enabled?: pulumi.Input<boolean>;
  /** Name of the project of Simple Log Service. Defaults to k8s-log- and the id of the cluster. */
  slsProjectName?: pulumi.Input<string>;
}
