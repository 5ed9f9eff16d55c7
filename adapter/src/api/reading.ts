/** One value of a metric as the API serves it. */
export interface Reading {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string>>;
  /** A Kubernetes quantity: `8308m`, `10`. */
  readonly value: string;
  /** The evaluation time in Unix milliseconds. */
  readonly evaluatedAt: number;
}
