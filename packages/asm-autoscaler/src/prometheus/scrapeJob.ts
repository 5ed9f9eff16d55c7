/**
 * One entry of `scrape_configs` in Prometheus's configuration, in its own spelling, so that it can be written as YAML or
 * JSON as it is. Only what our jobs use is typed.
 * Source: Prometheus, "Configuration", scrape_config.
 */
export interface ScrapeJob {
  job_name: string;
  /** Prometheus duration, such as `15s`. */
  scrape_interval: string;
  /** Prometheus duration; never longer than the interval. */
  scrape_timeout: string;
  metrics_path: string;
  kubernetes_sd_configs: PodDiscovery[];
  /** Rules on targets, applied before the scrape. */
  relabel_configs: RelabelRule[];
  /** Rules on samples, applied after the scrape and before storage. */
  metric_relabel_configs: RelabelRule[];
}

/** Discovery of every declared container port of every pod. */
export interface PodDiscovery {
  role: "pod";
}

/** One rule of `relabel_configs` or `metric_relabel_configs`. */
export interface RelabelRule {
  source_labels: string[];
  action: "keep" | "drop" | "replace";
  /** RE2, anchored at both ends. Absent: everything. */
  regex?: string;
  /** The label that `replace` writes. */
  target_label?: string;
}
