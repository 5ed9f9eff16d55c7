import type { V1Pod } from "@kubernetes/client-node";

/** Labels with the hash that the name of a ReplicaSet ends with: of a Deployment, and of an Argo Rollout. */
const REPLICA_SET_HASHES = ["pod-template-hash", "rollouts-pod-template-hash"];

/**
 * The name of a pod's workload in the metrics of Istio 1.25 and later: the label `service.istio.io/workload-name`, or the
 * controller that owns the pod. The hash of a ReplicaSet of a Deployment or a Rollout, and the time of a Job of a
 * CronJob, are removed. A pod whose name was not generated is its own workload, also if it has a controller.
 * Earlier versions ignore the label (before 1.25), and keep the hash of a Rollout (before February 2024, so 1.20).
 * https://github.com/istio/istio/blob/master/pkg/kube/util.go
 */
export function workloadName({ metadata = {} }: V1Pod): string {
  const { labels = {}, generateName = "", ownerReferences = [], name: podName = "" } = metadata;
  const owner = generateName === "" ? undefined : ownerReferences.find(({ controller }) => controller === true);
  return labels["service.istio.io/workload-name"] ?? (owner && controllerName(owner, labels)) ?? podName;
}

type Labels = Readonly<Record<string, string>>;

function controllerName({ kind, name }: { readonly kind: string; readonly name: string }, labels: Labels): string {
  if (kind === "ReplicaSet") {
    const hash = REPLICA_SET_HASHES.map((label) => labels[label]).find((value) => value && name.endsWith(value));
    return hash === undefined ? name : name.replace(new RegExp(`-${hash}$`), "");
  }
  if (kind === "ReplicationController") return labels["deploymentconfig"] || name;
  return kind === "Job" ? name.replace(/(.)-\d{8,10}$/, "$1") : name;
}

/**
 * The canonical service and revision that the injector gives a pod.
 * https://github.com/istio/istio/blob/master/pkg/kube/inject/webhook.go
 */
export function canonicalOf(labels: Labels, workload: string): { readonly service: string; readonly revision: string } {
  return {
    service: labels["service.istio.io/canonical-name"] ?? labels["app.kubernetes.io/name"] ?? labels["app"] ?? workload,
    revision:
      labels["service.istio.io/canonical-revision"] ??
      labels["app.kubernetes.io/version"] ??
      labels["version"] ??
      "latest",
  };
}
