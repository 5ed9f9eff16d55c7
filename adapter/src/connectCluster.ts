import { problem, problemLine } from "@asm-autoscaler/hpa-metrics";
import { type Flags, UsageError } from "./flags/flags.ts";
import { connectKubernetes, isInPod, type Kubernetes, reason } from "./kubernetes/client.ts";

/**
 * Connects to the cluster of `--kubeconfig`, or of the pod.
 * @throws UsageError if there is neither, or if it cannot be used
 */
export function connectCluster({ kubeconfig }: Pick<Flags, "kubeconfig">): Kubernetes {
  if (kubeconfig === undefined && !isInPod()) {
    throw unusable("this is not a pod, and no --kubeconfig names the cluster to serve");
  }
  try {
    return connectKubernetes(kubeconfig);
  } catch (error) {
    const from = kubeconfig === undefined ? "the pod's service account" : `the kubeconfig ${kubeconfig}`;
    throw unusable(`${from} cannot be used: ${reason(error)}`);
  }
}

function unusable(message: string): UsageError {
  return new UsageError(problemLine(problem("ASM_KUBECONFIG", message)));
}
