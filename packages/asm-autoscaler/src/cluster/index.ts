export { AckCluster } from "./ackCluster";
export {
  type AckClusterAddonArgs,
  type AckClusterArgs,
  type AckClusterAutoscalerArgs,
  AckClusterCredentials,
  type AckClusterExistingArgs,
  type AckClusterNodePoolArgs,
  AckClusterSpec,
} from "./args";
