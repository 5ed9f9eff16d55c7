import { demandPerSecondQuery, requestsPerSecondQuery } from "@asm-autoscaler/hpa-metrics";

/** Namespace of the benchmark's workloads; its pods get sidecars. */
export const NAMESPACE = "bench";
const REQUESTS_PER_POD = 10;
const QUERY_NAME = "processed-requests-per-second";

/** The namespace, as the API takes it. */
export function namespaceObject(): object {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: NAMESPACE, labels: { "istio-injection": "enabled" } },
  };
}

/** A Deployment like the guide's podinfo. Without a number of replicas, it has one. */
export function deploymentObject(name: string, replicas?: number): object {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: NAMESPACE, labels },
    spec: {
      ...(replicas !== undefined && { replicas }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            { name: "app", image: "docker.io/stefanprodan/podinfo:6.9.2", ports: [{ containerPort: 9898 }] },
          ],
        },
      },
    },
  };
}

/** What an HPA of a benchmark has besides the guide's. */
interface HpaOptions {
  readonly windowSeconds: number;
  /** Default: 1. With 0, the HPA scales on the demand for the Service with its name. */
  readonly minReplicas?: number;
  /** Default: 10. */
  readonly maxReplicas?: number;
  /** Whether the adapter also reads the sidecars. Then the HPA may reach any size in two syncs. */
  readonly isDirect?: boolean;
  /** Whether the adapter must not join its query with others. The reference's schedule is one for each query. */
  readonly isAlone?: boolean;
}

/** The guide's HPA for that Deployment. */
export function hpaObject(name: string, options: HpaOptions): object {
  const { windowSeconds, minReplicas = 1, maxReplicas = 10, isDirect = false, isAlone = false } = options;
  const query =
    minReplicas === 0
      ? demandPerSecondQuery({ service: name, namespace: NAMESPACE, windowSeconds })
      : requestsPerSecondQuery({ workload: name, namespace: NAMESPACE, windowSeconds });
  const config = "metric-config.external.prometheus-query.prometheus";
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: {
      name,
      namespace: NAMESPACE,
      annotations: {
        // Queries are joined only when they differ in nothing but the workload.
        [`${config}/${QUERY_NAME}-${name}`]: isAlone ? `${query} + 0 * ${name.split("-").at(-1)}` : query,
        ...(isDirect && { [`${config}/reaction`]: "direct" }),
      },
    },
    spec: {
      minReplicas,
      maxReplicas,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      metrics: [
        {
          type: "External",
          external: {
            metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": `${QUERY_NAME}-${name}` } } },
            target: { type: "AverageValue", averageValue: String(REQUESTS_PER_POD) },
          },
        },
      ],
      ...(isDirect && { behavior: { scaleUp: directUp(maxReplicas) } }),
    },
  };
}

/** As the reaction Direct of `TrafficAutoscaler` scales up: any size in two syncs. */
function directUp(maxReplicas: number): object {
  const policies = [
    { type: "Pods", value: Math.ceil(maxReplicas / 2), periodSeconds: 10 },
    { type: "Percent", value: 900, periodSeconds: 10 },
  ];
  return { stabilizationWindowSeconds: 0, selectPolicy: "Max", policies };
}
