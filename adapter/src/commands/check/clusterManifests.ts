import { connectKubernetes, type Kubernetes, KubernetesError, reason } from "../../kubernetes/client.ts";
import { listPages, record } from "../../kubernetes/listWatch.ts";
import { CheckError } from "./args.ts";
import { type Manifest, manifestsOf } from "./manifests.ts";

/**
 * Reads the HPAs of the cluster. Also reads its KEDA ScaledObjects if KEDA is installed and the user has permission.
 * @throws CheckError when the HPAs cannot be read.
 */
export async function clusterManifests(
  kubeconfig: string | undefined,
  namespace: string | undefined,
): Promise<Manifest[]> {
  try {
    const kubernetes = connectKubernetes(kubeconfig);
    const within = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
    const hpas = await listAll(kubernetes, `/apis/autoscaling/v2${within}/horizontalpodautoscalers`);
    const scaled = await listAll(kubernetes, `/apis/keda.sh/v1alpha1${within}/scaledobjects`).catch(
      (error: unknown) => {
        if (error instanceof KubernetesError && (error.status === 404 || error.status === 403)) return [];
        throw error;
      },
    );
    return [...named(hpas, "HorizontalPodAutoscaler"), ...named(scaled, "ScaledObject")];
  } catch (error) {
    const from = kubeconfig === undefined ? "the default kubeconfig" : `the kubeconfig ${kubeconfig}`;
    throw new CheckError(
      `the HPAs cannot be read with ${from}: ${reason(error)}`,
      "Give a kubeconfig whose user may list horizontalpodautoscalers, or files",
    );
  }
}

async function listAll(kubernetes: Kubernetes, path: string): Promise<unknown[]> {
  const all: unknown[] = [];
  await listPages(kubernetes, path, {}, (object) => all.push(object) > 0);
  return all;
}

/** Adds the kind, which the items of a list do not have. */
function named(items: readonly unknown[], kind: string): Manifest[] {
  return items.flatMap((item) => manifestsOf({ ...record(item), kind }, "cluster"));
}
