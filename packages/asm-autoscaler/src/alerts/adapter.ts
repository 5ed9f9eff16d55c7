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
  const series = `{job=${JSON.stringify(job)},namespace=${JSON.stringify(namespace)}}`;
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
        runbook: runbook("AsmMetricsAdapterDown"),
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
        runbook: runbook("AsmMetricsAdapterReplicasMissing"),
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
        runbook: runbook("AsmMetricsAdapterBlind"),
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
        runbook: runbook("AsmMetricsAdapterReadingsFailing"),
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
        runbook: runbook("AsmMetricsAdapterReadsRefused"),
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
        runbook: runbook("AsmMetricsAdapterDelegateDown"),
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
        runbook: runbook("AsmMetricsAdapterCertificateExpires"),
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
        runbook: runbook("AsmMetricsAdapterUnused"),
      },
    },
  ];
}

function runbook(alert: string): string {
  return `docs/runbooks/${alert}.md of asm-autoscaler`;
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
    /** The runbook in asm-autoscaler's docs. */
    readonly runbook: string;
  };
}

/** `critical`: nothing scales; `warning`: something does not scale as it should; `info`: worth knowing. */
type Severity = "critical" | "warning" | "info";
