import { requestsPerSecondQuery } from "@asm-autoscaler/hpa-metrics";

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

/** A Deployment like the guide's podinfo. */
export function deploymentObject(name: string): object {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: NAMESPACE, labels },
    spec: {
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

/** The guide's HPA for that Deployment, over a window of its own. */
export function hpaObject(name: string, windowSeconds: number): object {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: {
      name,
      namespace: NAMESPACE,
      annotations: {
        [`metric-config.external.prometheus-query.prometheus/${QUERY_NAME}-${name}`]: requestsPerSecondQuery({
          workload: name,
          namespace: NAMESPACE,
          windowSeconds,
        }),
      },
    },
    spec: {
      minReplicas: 1,
      maxReplicas: 10,
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
    },
  };
}
