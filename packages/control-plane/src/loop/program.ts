import { MetricsAdapter, type Reaction, TrafficAutoscaler } from "@asm-autoscaler/asm-autoscaler";
import * as k8s from "@pulumi/kubernetes";

/** The demo's workload. Names and numbers are from the guide. */
export const WORKLOAD = { namespace: "test", workload: "podinfo", service: "podinfo" } as const;
/** Target number of requests per second for one pod. */
export const REQUESTS_PER_POD = 10;
/** The query name in the guide. The default would be podinfo-requests-per-second. */
export const QUERY_NAME = "processed-requests-per-second";

/** The guide's sample workload: podinfo in a namespace with sidecar injection. Other names are equal workloads in it. */
export function sampleWorkloads(workloads: readonly string[] = [WORKLOAD.workload]): void {
  const { namespace: name } = WORKLOAD;
  const namespace = new k8s.core.v1.Namespace("test", {
    metadata: { name, labels: { "istio-injection": "enabled" } },
  });
  for (const workload of workloads) sampleWorkload(workload, namespace);
}

function sampleWorkload(workload: string, namespace: k8s.core.v1.Namespace): void {
  const labels = { app: workload };
  const metadata = { name: workload, namespace: namespace.metadata.name, labels };
  // No `replicas`: the autoscaler owns that field, and every update would reset a fixed number.
  new k8s.apps.v1.Deployment(workload, {
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
  new k8s.core.v1.Service(workload, {
    metadata,
    spec: { selector: labels, ports: [{ name: "http", port: 9898, targetPort: "http" }] },
  });
}

/** The adapter in kube-system, with the local Prometheus. With `direct`, it also reads the sidecars of pods. */
export function adapter(prometheusUrl: string, direct = false): void {
  new MetricsAdapter("adapter", { prometheus: { url: prometheusUrl }, ...(direct && { direct }) });
}

/** The guide's HPA, as one resource. */
export function autoscaler(): void {
  new TrafficAutoscaler(WORKLOAD.workload, {
    namespace: WORKLOAD.namespace,
    target: WORKLOAD.workload,
    maxReplicas: 10,
    metrics: [{ requestsPerSecond: REQUESTS_PER_POD, queryName: QUERY_NAME }],
  });
}

/** The query name of the HPA of another workload in the same namespace. */
export function queryNameOf(workload: string): string {
  return `${QUERY_NAME}-${workload}`;
}

/** The same HPA for other workloads, each with a reaction of its own. */
export function autoscalers(reactions: Readonly<Record<string, Reaction>>): void {
  for (const [target, reaction] of Object.entries(reactions)) {
    new TrafficAutoscaler(target, {
      ...{ namespace: WORKLOAD.namespace, target, maxReplicas: 10, reaction },
      metrics: [{ requestsPerSecond: REQUESTS_PER_POD, queryName: queryNameOf(target) }],
    });
  }
}
