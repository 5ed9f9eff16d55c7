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
