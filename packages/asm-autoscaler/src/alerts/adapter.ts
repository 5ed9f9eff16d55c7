/** The adapter that the alerts are about. */
export interface AdapterAlertsArgs {
  /** Namespace of the adapter. */
  readonly namespace: string;
  /** Value of the label `job` on its series. */
  readonly job: string;
  /** Expected number of pods. */
  readonly replicas: number;
}

/** Alerting rules for a metrics adapter. They use only its own metrics and `up`. */
export function adapterAlerts({ namespace, job, replicas }: AdapterAlertsArgs): Alert[] {
  const own = `job=${JSON.stringify(job)},namespace=${JSON.stringify(namespace)}`;
  const series = `{${own}}`;
  const perSecond = (counter: string) => `sum(rate(asm_metrics_adapter_${counter}_total${series}[5m]))`;
  const labels = (severity: Severity) => ({ severity, namespace, job });
  const failedShare = `${perSecond("failed_evaluations")} / ${perSecond("evaluations")}`;
  // A pod that gets no reads does not find out that the delegate answers again. Its state is old.
  const readsOfDelegate = `rate(asm_metrics_adapter_delegate_reads_total${series}[5m]) > 0`;
  return [
    {
      alert: "AsmMetricsAdapterDown",
      expr: `absent(up${series} == 1)`,
      for: "3m",
      labels: labels("critical"),
      annotations: {
        summary: "No pod of the metrics adapter answers",
        description:
          "Every HorizontalPodAutoscaler with external metrics keeps its size, and no namespace of the cluster can be " +
          `deleted. Check the pods of Deployment ${job} in namespace ${namespace}.`,
        runbook_url: runbookUrl("AsmMetricsAdapterDown"),
      },
    },
    {
      alert: "AsmMetricsAdapterReplicasMissing",
      expr: `sum(up${series}) < ${replicas}`,
      for: "15m",
      labels: labels("warning"),
      annotations: {
        summary: `Pods of the metrics adapter that answer: {{ $value }} of ${replicas}`,
        description:
          "The others serve all reads, but one more failure can stop all scaling. Check " +
          `the pods of Deployment ${job} in namespace ${namespace}.`,
        runbook_url: runbookUrl("AsmMetricsAdapterReplicasMissing"),
      },
    },
    {
      alert: "AsmMetricsAdapterBlind",
      expr: `${failedShare} > 0.99`,
      for: "5m",
      labels: labels("critical"),
      annotations: {
        summary: "Nearly all queries of the metrics adapter fail",
        description:
          "Prometheus does not answer, rejects the credentials or has no data. Every HorizontalPodAutoscaler that uses the " +
          "adapter keeps its size. The reason is in the adapter's log and in the condition ScalingActive of each of them.",
        runbook_url: runbookUrl("AsmMetricsAdapterBlind"),
      },
    },
    {
      alert: "AsmMetricsAdapterReadingsFailing",
      expr: `${failedShare} > 0.1`,
      for: "15m",
      labels: labels("warning"),
      annotations: {
        summary: "{{ $value | humanizePercentage }} of the metrics adapter's queries fail",
        description:
          "The HorizontalPodAutoscalers of these queries keep their size. The adapter's log lists each query with its " +
          "reason: no data, an error in the query, or a slow Prometheus.",
        runbook_url: runbookUrl("AsmMetricsAdapterReadingsFailing"),
      },
    },
    {
      alert: "AsmMetricsAdapterReadsRefused",
      expr: `${perSecond("refused_reads")} > 0`,
      for: "15m",
      labels: labels("warning"),
      annotations: {
        summary: "Some HorizontalPodAutoscalers get an error instead of a metric value",
        description:
          "Their queries have failed for longer than the adapter serves a stale reading, so they keep their size. Find " +
          "them by the condition ScalingActive, which is False and contains the reason.",
        runbook_url: runbookUrl("AsmMetricsAdapterReadsRefused"),
      },
    },
    {
      alert: "AsmMetricsAdapterDelegateDown",
      expr: `max by (delegate) (asm_metrics_adapter_delegate_up${series} == 0 and ignoring (result) (${readsOfDelegate}))`,
      for: "5m",
      labels: labels("critical"),
      annotations: {
        summary: "The neighbouring adapter {{ $labels.delegate }} does not answer the metrics adapter",
        description:
          "The HorizontalPodAutoscalers whose metrics it serves keep their size. All others scale. The adapter's log and " +
          "its status page have the reason of the last read.",
        runbook_url: runbookUrl("AsmMetricsAdapterDelegateDown"),
      },
    },
    {
      alert: "AsmMetricsAdapterDelegateUnlisted",
      expr: `time() - min by (delegate) (asm_metrics_adapter_delegate_list_timestamp_seconds${series}) > 300`,
      for: "10m",
      labels: labels("warning"),
      annotations: {
        summary: "The metrics adapter cannot list the metrics of the neighbouring adapter {{ $labels.delegate }}",
        description:
          "Reads of the metrics of its last list are still forwarded. Metrics that it got since then have no value, and " +
          "after a restart of the adapter neither have those of the list. The adapter's log and its status page have the reason.",
        runbook_url: runbookUrl("AsmMetricsAdapterDelegateUnlisted"),
      },
    },
    {
      alert: "AsmMetricsAdapterRulesBroken",
      expr:
        `max(asm_metrics_adapter_rules{${own},state="broken"}) > 0 or ` +
        `min(asm_metrics_adapter_rules_file${series}) == 0`,
      for: "15m",
      labels: labels("warning"),
      annotations: {
        summary: "The metrics adapter cannot use all rules of prometheus-adapter",
        description:
          "A rule is broken, or the present text of the file cannot be read. HorizontalPodAutoscalers on the metrics of such a " +
          "rule keep their size. All other rules are served. The adapter's log and its status page have the place and the reason.",
        runbook_url: runbookUrl("AsmMetricsAdapterRulesBroken"),
      },
    },
    {
      alert: "AsmMetricsAdapterRuleListsFailing",
      expr: `max(asm_metrics_adapter_rule_lists{${own},state="failed"}) > 0`,
      for: "30m",
      labels: labels("warning"),
      annotations: {
        summary: "The metrics adapter cannot list the series of rules: {{ $value }} lists fail",
        description:
          "Metrics of the last whole list are still served. New metrics are not found, and a pod of the adapter that restarts " +
          "may not find the others. The adapter's log and its status page have the reason.",
        runbook_url: runbookUrl("AsmMetricsAdapterRuleListsFailing"),
      },
    },
    {
      alert: "AsmMetricsAdapterCaBundleContested",
      // One write is what an upgrade of the other adapter causes. Each writer that stays causes one a minute.
      expr: `sum(increase(asm_metrics_adapter_ca_bundle_write_backs_total${series}[10m])) > 3`,
      for: "2m",
      labels: labels("critical"),
      annotations: {
        summary: "Another program removes the metrics adapter's CA from the APIService",
        description:
          "The API server does not trust the adapter meanwhile, so no external metric can be read, and every " +
          "HorizontalPodAutoscaler on external metrics keeps its size. The adapter's log and its status page name the program.",
        runbook_url: runbookUrl("AsmMetricsAdapterCaBundleContested"),
      },
    },
    {
      alert: "AsmMetricsAdapterTakeOverReverted",
      // One more is what an upgrade of the other adapter causes. A program that stays causes one every five minutes.
      expr: `max(increase(asm_metrics_adapter_take_overs_total${series}[30m])) > 3`,
      for: "2m",
      labels: labels("critical"),
      annotations: {
        summary: "Another program gives the API of the metrics adapter back again and again",
        description:
          "HorizontalPodAutoscalers on metrics of this adapter keep their size until it takes the API over again, each " +
          "time for longer. The adapter's log and its status page name the program.",
        runbook_url: runbookUrl("AsmMetricsAdapterTakeOverReverted"),
      },
    },
    {
      alert: "AsmMetricsAdapterTakeOverWaits",
      expr: `max(asm_metrics_adapter_take_over{${own},state!="taken-over"}) > 0`,
      for: "15m",
      labels: labels("warning"),
      annotations: {
        summary: "The metrics adapter has waited for 15 minutes to take the API over or to give it back",
        description:
          "HorizontalPodAutoscalers are served by the adapter that the APIService names, as before. The status page and " +
          `ConfigMap asm-metrics-adapter-take-over in namespace ${namespace} have the reason and what to do.`,
        runbook_url: runbookUrl("AsmMetricsAdapterTakeOverWaits"),
      },
    },
    {
      alert: "AsmMetricsAdapterCertificateExpires",
      expr: `min(asm_metrics_adapter_serving_certificate_expiry_seconds${series}) - time() < 5 * 86400`,
      for: "1h",
      labels: labels("critical"),
      annotations: {
        summary: "The serving certificate of the metrics adapter expires in {{ $value | humanizeDuration }}",
        description:
          "The adapter renews its own certificate ten days before it expires, so the renewal fails, or the adapter cannot " +
          "read the certificate files. Its log has the reason. After the certificate expires, no autoscaler gets a value.",
        runbook_url: runbookUrl("AsmMetricsAdapterCertificateExpires"),
      },
    },
    {
      alert: "AsmMetricsAdapterUnused",
      expr: `max(asm_metrics_adapter_hpas${series}) == 0`,
      for: "1h",
      labels: labels("info"),
      annotations: {
        summary: "No HorizontalPodAutoscaler uses the metrics adapter",
        description:
          "If some should use it, check their annotations: the adapter's log lists each annotation that it cannot read.",
        runbook_url: runbookUrl("AsmMetricsAdapterUnused"),
      },
    },
  ];
}

function runbookUrl(alert: string): string {
  return `https://github.com/asm-autoscaler/asm-autoscaler/blob/main/docs/runbooks/${alert}.md`;
}

/** One alerting rule, as Prometheus's rule files and the operator's PrometheusRule write it. */
export interface Alert {
  readonly alert: string;
  /** PromQL expression. Each series of its result is one alert. */
  readonly expr: string;
  /** How long the expression must return a series before the alert fires, as a Prometheus duration. */
  readonly for: string;
  /**
   * The adapter's namespace, by which an AlertmanagerConfig selects alerts, and its job. Most expressions have no labels
   * of their own.
   */
  readonly labels: { readonly severity: Severity; readonly namespace: string; readonly job: string };
  readonly annotations: {
    /** One line for the notification. */
    readonly summary: string;
    /** Impact on the autoscalers, and the first thing to check. */
    readonly description: string;
    /** URL of the runbook, under the name that the Prometheus Operator's rules and notification templates use. */
    readonly runbook_url: string;
  };
}

/** `critical`: nothing scales; `warning`: something does not scale as it should; `info`: worth knowing. */
type Severity = "critical" | "warning" | "info";
