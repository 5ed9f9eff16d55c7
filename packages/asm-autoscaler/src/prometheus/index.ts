export { type EnvoyStatsJobArgs, envoyStatsJob } from "./envoyStats";
export type { PodDiscovery, RelabelRule, ScrapeJob } from "./scrapeJob";
