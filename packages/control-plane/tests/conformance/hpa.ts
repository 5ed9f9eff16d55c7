/** One External metric of an HPA. */
export interface Wanted {
  name: string;
  matchLabels?: Record<string, string>;
  matchExpressions?: readonly unknown[];
  averageValue?: string;
  /** Instead of an average. */
  value?: string;
}

/** The guide's annotation of a query by name. */
export const queryKey = (name: string) => `metric-config.external.prometheus-query.prometheus/${name}`;

/** The guide's metric with a query by name. */
export const byName = (name: string, averageValue = "10"): Wanted => ({
  name: "prometheus-query",
  matchLabels: { "query-name": name },
  averageValue,
});

export interface HpaOptions {
  namespace?: string;
  minReplicas?: number;
  maxReplicas?: number;
  annotations?: Record<string, string>;
  /** The Deployment that it scales; one of the HPA's name, which need not exist for its metrics to be served. */
  target?: string;
  behavior?: unknown;
}

/** A HorizontalPodAutoscaler. */
export function hpa(name: string, metrics: readonly Wanted[], options: HpaOptions = {}): object {
  const {
    namespace = "default",
    minReplicas = 1,
    maxReplicas = 5,
    annotations = {},
    target = name,
    behavior,
  } = options;
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name, namespace, annotations },
    spec: {
      minReplicas,
      maxReplicas,
      ...(behavior === undefined ? {} : { behavior }),
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: target },
      metrics: metrics.map(({ name: metric, matchLabels, matchExpressions, averageValue = "10", value }) => ({
        type: "External",
        external: {
          metric: {
            name: metric,
            ...(matchLabels || matchExpressions
              ? {
                  selector: {
                    ...(matchLabels ? { matchLabels } : {}),
                    ...(matchExpressions ? { matchExpressions } : {}),
                  },
                }
              : {}),
          },
          target: value === undefined ? { type: "AverageValue", averageValue } : { type: "Value", value },
        },
      })),
    },
  };
}

/** A Deployment whose pods nobody runs: they stay pending, which is enough for an average. */
export function deployment(name: string, replicas: number, namespace = "default"): object {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "app", image: "app" }] } },
    },
  };
}
