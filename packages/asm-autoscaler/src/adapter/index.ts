export type { MetricsAdapterArgs, PrometheusEndpoint } from "./args";
export { MetricsAdapter } from "./metricsAdapter";
