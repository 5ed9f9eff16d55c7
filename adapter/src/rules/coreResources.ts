import type { ClusterResource } from "@asm-autoscaler/hpa-metrics";

const kinds = (group: string, version: string, isNamespaced: boolean, names: readonly string[]): ClusterResource[] =>
  names.map((kind) => {
    const singular = kind.toLowerCase();
    const resource = singular.endsWith("ss") ? `${singular}es` : `${singular}s`;
    return { group, version, resource, singular, kind, isNamespaced };
  });

/** The kinds that every cluster has and that rules often name. They are known before the discovery is read. */
export const CORE_RESOURCES: readonly ClusterResource[] = [
  ...kinds("", "v1", true, ["Pod", "Service", "ReplicationController", "PersistentVolumeClaim"]),
  ...kinds("", "v1", false, ["Namespace", "Node", "PersistentVolume"]),
  ...kinds("apps", "v1", true, ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"]),
  ...kinds("autoscaling", "v2", true, ["HorizontalPodAutoscaler"]),
  ...kinds("batch", "v1", true, ["Job", "CronJob"]),
  ...kinds("networking.k8s.io", "v1", true, ["Ingress"]),
];
