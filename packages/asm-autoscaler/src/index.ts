export { MetricsAdapter, type MetricsAdapterArgs, type PrometheusEndpoint } from "./adapter";
export { TrafficAutoscaler, type TrafficAutoscalerArgs, type TrafficMetricArgs } from "./autoscaler";
export {
  type EnvoyStatsJobArgs,
  envoyStatsJob,
  type PodDiscovery,
  type RelabelRule,
  type ScrapeJob,
} from "./prometheus";
