import { MetricsAdapter, TrafficAutoscaler } from "@asm-autoscaler/asm-autoscaler";
import * as k8s from "@pulumi/kubernetes";

/** The demo's workload. Names and numbers are from the guide. */
export const WORKLOAD = { namespace: "test", workload: "podinfo", service: "podinfo" } as const;
/** Target number of requests per second for one pod. */
export const REQUESTS_PER_POD = 10;
/** The query name in the guide. The default would be podinfo-requests-per-second. */
export const QUERY_NAME = "processed-requests-per-second";

/** The guide's sample workload: podinfo in a namespace with sidecar injection. */
export function sampleWorkload(): void {
  const { namespace: name, workload } = WORKLOAD;
  const labels = { app: workload };
  const namespace = new k8s.core.v1.Namespace("test", {
    metadata: { name, labels: { "istio-injection": "enabled" } },
  });
  const metadata = { name: workload, namespace: namespace.metadata.name, labels };
  // No `replicas`: the autoscaler owns that field, and every update would reset a fixed number.
  new k8s.apps.v1.Deployment("podinfo", {
    metadata,
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: "podinfod",
              image: "docker.io/stefanprodan/podinfo:6.9.2",
              ports: [{ name: "http", containerPort: 9898 }],
            },
          ],
        },
      },
    },
  });
  new k8s.core.v1.Service("podinfo", {
    metadata,
    spec: { selector: labels, ports: [{ name: "http", port: 9898, targetPort: "http" }] },
  });
}

/** The adapter in kube-system, with the local Prometheus. */
export function adapter(prometheusUrl: string): void {
  new MetricsAdapter("adapter", { prometheus: { url: prometheusUrl } });
}

/** The guide's HPA, as one resource. */
export function autoscaler(): void {
  new TrafficAutoscaler("podinfo", {
    namespace: WORKLOAD.namespace,
    target: WORKLOAD.workload,
    maxReplicas: 10,
    metrics: [{ requestsPerSecond: REQUESTS_PER_POD, queryName: QUERY_NAME }],
  });
}
