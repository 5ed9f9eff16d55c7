import { envoyStatsJob } from "./envoyStats";
import { FULL_PERCENT, type Load } from "./sizing";

/**
 * The text of prometheus.yml, as JSON, which is YAML: one job, and retention by time and by the share of the disk.
 * Prometheus reads both again when the file changes.
 */
export function configurationText({
  scrapeIntervalSeconds,
  retentionDays,
}: Pick<Load, "scrapeIntervalSeconds" | "retentionDays">): string {
  const configuration = {
    global: { scrape_interval: `${scrapeIntervalSeconds}s` },
    storage: { tsdb: { retention: { time: `${retentionDays}d`, percentage: FULL_PERCENT } } },
    scrape_configs: [envoyStatsJob({ scrapeIntervalSeconds })],
  };
  return `${JSON.stringify(configuration, undefined, 2)}\n`;
}
