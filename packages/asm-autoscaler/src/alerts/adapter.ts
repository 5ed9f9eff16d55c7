/** Which adapter to watch. */
export interface AdapterAlertsArgs {
  /** Its namespace. */
  readonly namespace: string;
  /** The value of the label `job` on its series. */
  readonly job: string;
  /** How many pods it should have. */
  readonly replicas: number;
}

/** The alerts on a metrics adapter, from nothing but its own metrics and the scrape's. */
export function adapterAlerts({ namespace, job, replicas }: AdapterAlertsArgs): Alert[] {
  const series = `{job=${JSON.stringify(job)},namespace=${JSON.stringify(namespace)}}`;
  const perSecond = (counter: string) => `sum(rate(asm_metrics_adapter_${counter}_total${series}[5m]))`;
  const failedShare = `${perSecond("failed_evaluations")} / ${perSecond("evaluations")}`;
  return [
    {
      alert: "AsmMetricsAdapterDown",
      expr: `absent(up${series} == 1)`,
      for: "3m",
      labels: { severity: "critical" },
      annotations: {
        summary: "No pod of the metrics adapter answers",
        description:
          "Every HorizontalPodAutoscaler on external metrics keeps its size, and no namespace of the cluster can be " +
          `deleted. Look at the pods of Deployment ${job} in namespace ${namespace}.`,
        runbook: runbook("AsmMetricsAdapterDown"),
      },
    },
    {
      alert: "AsmMetricsAdapterReplicasMissing",
      expr: `sum(up${series}) < ${replicas}`,
      for: "15m",
      labels: { severity: "warning" },
      annotations: {
        summary: "Only {{ $value }} pods of the metrics adapter answer",
        description:
          `It should have ${replicas}. The rest serve all reads, but one more fault may stop all scaling. Look at the ` +
          `pods of Deployment ${job} in namespace ${namespace}.`,
        runbook: runbook("AsmMetricsAdapterReplicasMissing"),
      },
    },
    {
      alert: "AsmMetricsAdapterBlind",
      expr: `${failedShare} > 0.99`,
      for: "5m",
      labels: { severity: "critical" },
      annotations: {
        summary: "The metrics adapter gets no reading at all",
        description:
          "Prometheus does not answer, refuses the credentials or has no data; every HorizontalPodAutoscaler on its " +
          "metrics keeps its size. The adapter's log and the condition ScalingActive of any of them have the reason.",
        runbook: runbook("AsmMetricsAdapterBlind"),
      },
    },
    {
      alert: "AsmMetricsAdapterReadingsFailing",
      expr: `${failedShare} > 0.1`,
      for: "15m",
      labels: { severity: "warning" },
      annotations: {
        summary: "{{ $value | humanizePercentage }} of the metrics adapter's queries give no reading",
        description:
          "The HorizontalPodAutoscalers behind them keep their size. The adapter's log names each of them with its " +
          "reason: a query without data, an error in it, or a Prometheus that is too slow.",
        runbook: runbook("AsmMetricsAdapterReadingsFailing"),
      },
    },
    {
      alert: "AsmMetricsAdapterReadsRefused",
      expr: `${perSecond("refused_reads")} > 0`,
      for: "15m",
      labels: { severity: "warning" },
      annotations: {
        summary: "Some HorizontalPodAutoscalers get an error instead of a reading",
        description:
          "No reading could be had for longer than the adapter holds one, so they keep their size. Find them by their " +
          "condition ScalingActive, which is False and has the reason.",
        runbook: runbook("AsmMetricsAdapterReadsRefused"),
      },
    },
    {
      alert: "AsmMetricsAdapterCertificateExpires",
      expr: `min(asm_metrics_adapter_serving_certificate_expiry_seconds${series}) - time() < 5 * 86400`,
      for: "1h",
      labels: { severity: "critical" },
      annotations: {
        summary: "The serving certificate of the metrics adapter ends in {{ $value | humanizeDuration }}",
        description:
          "The adapter renews its own with ten days left, so something keeps it from doing so, or from reading the files " +
          "that it is given. Its log says what; when the certificate has ended, no autoscaler gets a reading.",
        runbook: runbook("AsmMetricsAdapterCertificateExpires"),
      },
    },
    {
      alert: "AsmMetricsAdapterUnused",
      expr: `max(asm_metrics_adapter_hpas${series}) == 0`,
      for: "1h",
      labels: { severity: "info" },
      annotations: {
        summary: "No HorizontalPodAutoscaler asks the metrics adapter for anything",
        description: "Where some should, look at their annotations: the adapter's log names each that it cannot read.",
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
  /** PromQL; each series that it gives is one alert. */
  readonly expr: string;
  /** How long it must hold before somebody is told, as a Prometheus duration. */
  readonly for: string;
  readonly labels: { readonly severity: Severity };
  readonly annotations: {
    /** One line for the pager. */
    readonly summary: string;
    /** What it means for the autoscalers, and the first thing to look at. */
    readonly description: string;
    /** The page of asm-autoscaler that says what it means, what to look at and what to do. */
    readonly runbook: string;
  };
}

/** `critical`: nothing scales; `warning`: something does not scale as it should; `info`: worth knowing. */
type Severity = "critical" | "warning" | "info";
