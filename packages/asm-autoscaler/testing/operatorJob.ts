import type { RelabelRule, ScrapeJob } from "../src/prometheus/envoyStats";

interface Relabeling {
  readonly sourceLabels: string[];
  readonly action: RelabelRule["action"];
  readonly regex?: string;
  readonly targetLabel?: string;
}

/** What the tests read of a PodMonitor. */
export interface PodMonitor {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> };
  readonly spec: {
    readonly selector: { readonly matchLabels?: Record<string, string> };
    readonly podMetricsEndpoints: readonly {
      readonly port: string;
      readonly path: string;
      readonly interval: string;
      readonly scrapeTimeout: string;
      readonly relabelings: Relabeling[];
      readonly metricRelabelings: Relabeling[];
    }[];
  };
}

/**
 * The scrape job that the Prometheus Operator makes of the first endpoint of a PodMonitor, as far as it concerns labels.
 * Source: generatePodMonitorConfig in pkg/prometheus of prometheus-operator, v0.44 to v0.85. The filter of
 * finished pods (`generateRunningFilter`) is newer than v0.44, so it is left out.
 */
export function operatorJob({ metadata, spec }: PodMonitor): ScrapeJob {
  const [endpoint] = spec.podMetricsEndpoints;
  if (!endpoint) throw new Error("the PodMonitor has no endpoint");
  const { port, path, interval, scrapeTimeout, relabelings, metricRelabelings } = endpoint;
  const meta = (name: string) => [`__meta_kubernetes_${name}`];
  const replace = (from: string, target_label: string): RelabelRule => ({
    ...{ source_labels: meta(from), action: "replace", target_label },
  });
  return {
    job_name: `podMonitor/${metadata.namespace}/${metadata.name}/0`,
    scrape_interval: interval,
    scrape_timeout: scrapeTimeout,
    metrics_path: path,
    kubernetes_sd_configs: [{ role: "pod" }],
    relabel_configs: [
      ...Object.entries(spec.selector.matchLabels ?? {}).map(
        ([label, value]): RelabelRule => ({ source_labels: meta(`pod_label_${label}`), action: "keep", regex: value }),
      ),
      { source_labels: meta("pod_container_port_name"), action: "keep", regex: port },
      replace("namespace", "namespace"),
      replace("pod_container_name", "container"),
      replace("pod_name", "pod"),
      ...relabelings.map(rule),
    ],
    metric_relabel_configs: metricRelabelings.map(rule),
  };
}

function rule({ sourceLabels, targetLabel, ...rest }: Relabeling): RelabelRule {
  return { source_labels: sourceLabels, ...rest, ...(targetLabel === undefined ? {} : { target_label: targetLabel }) };
}
