/** One value of a metric as the API serves it. */
export interface Reading {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string>>;
  /** A Kubernetes quantity: `8308m`, `10`. */
  readonly value: string;
  /** When Prometheus evaluated it: Unix time in milliseconds. */
  readonly evaluatedAt: number;
}
