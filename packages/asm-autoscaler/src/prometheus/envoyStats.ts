import { problem, problemLine } from "@asm-autoscaler/hpa-metrics";
import { FULL_PERCENT, type Load } from "./sizing";

/** Arguments of `envoyStatsJob`. */
export interface EnvoyStatsJobArgs {
  /** Seconds between two scrapes of one sidecar; whole and positive. Rate windows should hold at least four of them. */
  scrapeIntervalSeconds: number;
}

/** Prometheus's own default for `scrape_timeout`. */
const LONGEST_TIMEOUT_SECONDS = 10;

/**
 * The one Prometheus job that scrapes the proxies of the mesh: sidecars, waypoints and gateways.
 *
 * It takes each proxy by its declared container port `http-envoy-prom` (15090) and by nothing else. The same counters
 * are offered a second time, merged with the application's, on port 15020 that the `prometheus.io/*` annotations name;
 * a configuration that scrapes both has every request twice and doubles each `sum(rate(…))`.
 * Source: Istio, "Integrations: Prometheus", job `envoy-stats`.
 *
 * @throws RangeError (`ASM_SCRAPE_INTERVAL`) when the interval is not a whole positive number of seconds. A Pulumi
 * program prints its message without a stack trace, as that of a pulumi.RunError.
 */
export function envoyStatsJob(args: EnvoyStatsJobArgs): ScrapeJob {
  const scrapeIntervalSeconds = checkedInterval(args);
  return {
    job_name: "envoy-stats",
    scrape_interval: `${scrapeIntervalSeconds}s`,
    scrape_timeout: `${Math.min(scrapeIntervalSeconds, LONGEST_TIMEOUT_SECONDS)}s`,
    metrics_path: "/stats/prometheus",
    // Pod discovery makes one target of each declared port, those of native sidecars (init containers) included.
    kubernetes_sd_configs: [{ role: "pod" }],
    relabel_configs: [
      { source_labels: ["__meta_kubernetes_pod_container_port_name"], action: "keep", regex: ".*-envoy-prom" },
      // A finished Job's pod keeps its address for as long as it is kept, and would be a target that is always down.
      { source_labels: ["__meta_kubernetes_pod_phase"], action: "drop", regex: "Pending|Succeeded|Failed" },
      { source_labels: ["__meta_kubernetes_namespace"], action: "replace", target_label: "namespace" },
      { source_labels: ["__meta_kubernetes_pod_name"], action: "replace", target_label: "pod" },
    ],
    metric_relabel_configs: [
      // Envoy's own statistics are most of the series of a proxy and no autoscaler reads them; what it reads is Istio's
      // standard metrics. They keep their labels as Istio names them: none of those is `namespace` or `pod`, so that
      // `honor_labels` stays off and no pod can pass for another.
      { source_labels: ["__name__"], action: "keep", regex: "istio_.*" },
    ],
  };
}

/** Programs without types can pass anything. */
function checkedInterval(args: unknown): number {
  const { scrapeIntervalSeconds: seconds }: { scrapeIntervalSeconds?: unknown } = Object(args);
  if (typeof seconds === "number" && Number.isSafeInteger(seconds) && seconds >= 1) return seconds;
  const given = typeof seconds === "number" ? `${seconds}` : (kinds[typeof seconds] ?? "An object");
  const wrong = problemLine(problem("ASM_SCRAPE_INTERVAL", `${given} is not a whole positive number of seconds`));
  const error = new RangeError(`envoyStatsJob: one argument is wrong:\n  scrapeIntervalSeconds: ${wrong}`);
  // Pulumi recognizes its RunError by this property, so that several copies of the SDK can be loaded. Here none is.
  throw Object.assign(error, { __pulumiRunError: true });
}

/** Text of a value that is not a number. An Output is an object: call `envoyStatsJob` in its `apply`. */
const kinds: Readonly<Record<string, string>> = { undefined: "No value", string: "A text", boolean: "True or false" };

/**
 * One entry of `scrape_configs` in Prometheus's configuration, in its own spelling, so that it can be written as YAML
 * or JSON as it is. Only what our jobs use is typed. Source: Prometheus, "Configuration", scrape_config.
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
