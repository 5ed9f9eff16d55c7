export { AckCluster } from "./ackCluster";
export {
  type AckClusterAddonArgs,
  type AckClusterArgs,
  type AckClusterAutoscalerArgs,
  AckClusterCredentials,
  type AckClusterExistingArgs,
  type AckClusterManagedAddonArgs,
  AckClusterScalerType,
  AckClusterSpec,
} from "./args";
export {
  AckClusterImageType,
  AckClusterScalingType,
  AckClusterSpotStrategy,
  AckClusterTaintEffect,
} from "./nodeChoices";
export {
  type AckClusterDataDiskArgs,
  AckClusterDataDiskCategory,
  AckClusterDiskPerformanceLevel,
} from "./nodeDiskArgs";
export type {
  AckClusterAutoRepairPolicyArgs,
  AckClusterAutoUpgradePolicyArgs,
  AckClusterAutoVulFixPolicyArgs,
  AckClusterNodePoolArgs,
  AckClusterNodePoolExtraArgs,
  AckClusterNodePoolManagementArgs,
  AckClusterSpotPriceLimitArgs,
  AckClusterTaintArgs,
} from "./nodePoolArgs";
export {
  type AckClusterAuditLogArgs,
  type AckClusterAutoUpgradeArgs,
  type AckClusterMaintenanceWindowArgs,
  type AckClusterOperationPolicyArgs,
  AckClusterUpgradeChannel,
} from "./operationsArgs";
