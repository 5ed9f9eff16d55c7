import type * as pulumi from "@pulumi/pulumi";

/** Performance level of a disk of the category cloud_essd, slowest first. */
export const AckClusterDiskPerformanceLevel = {
  /** At most 10,000 operations per second. */
  PL0: "PL0",
  /** At most 50,000 operations per second. */
  PL1: "PL1",
  /** At most 100,000 operations per second. At least 461 GiB. */
  PL2: "PL2",
  /** At most 1,000,000 operations per second. At least 1261 GiB. */
  PL3: "PL3",
} as const;
export type AckClusterDiskPerformanceLevel =
  (typeof AckClusterDiskPerformanceLevel)[keyof typeof AckClusterDiskPerformanceLevel];

/** Category of a data disk, as ECS names them. */
export const AckClusterDataDiskCategory = {
  CloudEssd: "cloud_essd",
  CloudEssdEntry: "cloud_essd_entry",
  CloudEssdXc0: "cloud_essd_xc0",
  CloudEssdXc1: "cloud_essd_xc1",
  CloudAuto: "cloud_auto",
  CloudSsd: "cloud_ssd",
  CloudEfficiency: "cloud_efficiency",
  Cloud: "cloud",
  ElasticEphemeralDiskPremium: "elastic_ephemeral_disk_premium",
  ElasticEphemeralDiskStandard: "elastic_ephemeral_disk_standard",
  EphemeralSsd: "ephemeral_ssd",
  LocalDisk: "local_disk",
  All: "all",
} as const;
export type AckClusterDataDiskCategory = (typeof AckClusterDataDiskCategory)[keyof typeof AckClusterDataDiskCategory];

/**
 * A data disk of each node. Names and types are those of the provider. If a preview shows the removal of a property that
 * ACK chose for a disk, set that property.
 */
export interface AckClusterDataDiskArgs {
  /** Category of the disk. Defaults to cloud_essd. */
  category?: pulumi.Input<AckClusterDataDiskCategory>;
  /** Size in GiB, 40 to 32767. Defaults to 120. */
  size?: pulumi.Input<number>;
  /** Performance level of a disk of the category cloud_essd. Defaults to PL1. */
  performanceLevel?: pulumi.Input<AckClusterDiskPerformanceLevel>;
  /** Name of the disk. Defaults to none. */
  name?: pulumi.Input<string>;
  /** Mount point of the device, such as /dev/xvdb. Defaults to ECS's choice. */
  device?: pulumi.Input<string>;
  /** Whether the disk is encrypted, the text "true" or "false". Defaults to "false". */
  encrypted?: pulumi.Input<string>;
  /** Id of the KMS key of an encrypted disk. Defaults to the service key of ECS. */
  kmsKeyId?: pulumi.Input<string>;
  /** Id of a snapshot that the disk is made from. Defaults to none. */
  snapshotId?: pulumi.Input<string>;
  /** Id of the policy of automatic snapshots. Defaults to none. */
  autoSnapshotPolicyId?: pulumi.Input<string>;
  /** Whether ACK formats and mounts the disk, the text "true" or "false". Defaults to ACK's choice. */
  autoFormat?: pulumi.Input<string>;
  /** File system of a disk that ACK formats: ext4 or xfs. */
  fileSystem?: pulumi.Input<string>;
  /** Path where ACK mounts a disk that it formats, such as /data. */
  mountTarget?: pulumi.Input<string>;
  /** Whether a disk of the category cloud_auto can burst. */
  burstingEnabled?: pulumi.Input<boolean>;
  /** Operations per second that a disk of the category cloud_auto has beside its baseline. */
  provisionedIops?: pulumi.Input<number>;
}
