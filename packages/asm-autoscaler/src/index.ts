export {
  ImagePullPolicy,
  MetricsAdapter,
  type MetricsAdapterArgs,
  type MetricsAdapterCredentialsArgs,
  type MetricsAdapterDelegateArgs,
  type MetricsAdapterStatusPageArgs,
  type MetricsAdapterTenantArgs,
  type MetricsAdapterUpdateArgs,
  NeighbourAdapter,
} from "./adapter";
export {
  Reaction,
  ScalingPace,
  ScalingPolicySelect,
  ScalingPolicyType,
  ScheduleDay,
  TrafficAutoscaler,
  type TrafficAutoscalerArgs,
  type TrafficAutoscalerBehaviorArgs,
  type TrafficAutoscalerPolicyArgs,
  type TrafficAutoscalerScalingArgs,
  type TrafficAutoscalerScheduleArgs,
  type TrafficAutoscalerTargetRefArgs,
  type TrafficMetricArgs,
  TrafficMetricPolicy,
  type TrafficMetricPolicyArgs,
  TrafficQueryDialect,
  TrafficReporter,
} from "./autoscaler";
export {
  AckCluster,
  type AckClusterAddonArgs,
  type AckClusterArgs,
  type AckClusterAutoscalerArgs,
  AckClusterCredentials,
  type AckClusterExistingArgs,
  type AckClusterNodePoolArgs,
  AckClusterSpec,
} from "./cluster";
export { ManagedPrometheus, type ManagedPrometheusArgs } from "./managedPrometheus";
export {
  AsmInstance,
  type AsmInstanceArgs,
  AsmInstanceEdition,
  type AsmInstanceExistingArgs,
  type AsmInstanceSidecarInjectionArgs,
} from "./mesh";
export { MeshNamespace, type MeshNamespaceArgs, MeshNamespaceMode } from "./namespace";
export { MeshNetwork, type MeshNetworkArgs, type MeshNetworkExistingArgs, type MeshNetworkZoneArgs } from "./network";
export {
  type EnvoyStatsJobArgs,
  envoyStatsJob,
  MeshPrometheus,
  type MeshPrometheusArgs,
  type PodDiscovery,
  type PrometheusBasicAuth,
  PrometheusDialect,
  type PrometheusEndpoint,
  type RelabelRule,
  type ScrapeJob,
} from "./prometheus";
export { QuickStart, type QuickStartArgs } from "./quickstart";
export { SampleWorkload, type SampleWorkloadArgs } from "./sample";
