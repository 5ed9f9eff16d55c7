import * as k8s from "@pulumi/kubernetes";
import { MetricsAdapter, TrafficAutoscaler } from "asm-autoscaler";

/** Where the demo's workload lives; names and numbers are the guide's. */
export const WORKLOAD = { namespace: "test", workload: "podinfo", service: "podinfo" } as const;
/** The target: requests per second that one pod should serve. */
export const REQUESTS_PER_POD = 10;
/** The query name of the guide; the default would be podinfo-requests-per-second. */
export const QUERY_NAME = "processed-requests-per-second";

/** The sample workload of the guide: podinfo in a namespace whose pods get sidecars. */
export function sampleWorkload(): void {
  const { namespace: name, workload } = WORKLOAD;
  const labels = { app: workload };
  const namespace = new k8s.core.v1.Namespace("test", {
    metadata: { name, labels: { "istio-injection": "enabled" } },
  });
  const metadata = { name: workload, namespace: namespace.metadata.name, labels };
  // No `replicas`: the autoscaler owns that number, and a fixed one would be set back at every update.
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

/** Our adapter in kube-system, asking the local Prometheus. */
export function adapter(prometheusUrl: string): void {
  new MetricsAdapter("adapter", { prometheus: { url: prometheusUrl } });
}

/** The guide's HPA in one line. */
export function autoscaler(): void {
  new TrafficAutoscaler("podinfo", {
    namespace: WORKLOAD.namespace,
    target: WORKLOAD.workload,
    maxReplicas: 10,
    metrics: [{ requestsPerSecond: REQUESTS_PER_POD, queryName: QUERY_NAME }],
  });
}
