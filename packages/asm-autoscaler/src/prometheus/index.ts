export type { MeshPrometheusArgs } from "./args";
export { type PrometheusBasicAuth, PrometheusDialect, type PrometheusEndpoint } from "./endpoint";
export type { PodDiscovery, RelabelRule, ScrapeJob } from "./envoyStats";
export { type EnvoyStatsJobArgs, envoyStatsJob } from "./envoyStats";
export { MeshPrometheus } from "./meshPrometheus";
export type { OperatorPrometheusArgs } from "./operator/args";
export { OperatorPrometheus } from "./operator/operatorPrometheus";
