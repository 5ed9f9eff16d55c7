export type { MeshPrometheusArgs } from "./args";
export type { PrometheusBasicAuth, PrometheusEndpoint } from "./endpoint";
export { type EnvoyStatsJobArgs, envoyStatsJob } from "./envoyStats";
export { MeshPrometheus } from "./meshPrometheus";
export type { PodDiscovery, RelabelRule, ScrapeJob } from "./scrapeJob";
