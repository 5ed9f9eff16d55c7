import { record } from "@asm-autoscaler/hpa-metrics";
import { connectKubernetes, hasStatus, type Kubernetes, reason } from "../../kubernetes/client.ts";
import { listPages } from "../../kubernetes/listWatch.ts";
import { CheckError } from "./args.ts";
import { type Manifest, manifestsOf } from "./manifests.ts";

/**
 * Reads the HPAs of the cluster. Also reads its KEDA ScaledObjects and ScaledJobs if KEDA is installed and the user has permission.
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
    const scaled = await listIfAny(kubernetes, `/apis/keda.sh/v1alpha1${within}/scaledobjects`);
    const jobs = await listIfAny(kubernetes, `/apis/keda.sh/v1alpha1${within}/scaledjobs`);
    return [
      ...named(hpas, { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" }),
      ...named(scaled, { apiVersion: "keda.sh/v1alpha1", kind: "ScaledObject" }),
      ...named(jobs, { apiVersion: "keda.sh/v1alpha1", kind: "ScaledJob" }),
    ];
  } catch (error) {
    const from = kubeconfig === undefined ? "the default kubeconfig" : `the kubeconfig ${kubeconfig}`;
    throw new CheckError(
      `the HPAs cannot be read with ${from}: ${reason(error)}`,
      "Give a kubeconfig whose user may list horizontalpodautoscalers, or files",
    );
  }
}

/** Lists a resource of KEDA. Returns nothing without KEDA, and without the permission to list the resource. */
async function listIfAny(kubernetes: Kubernetes, path: string): Promise<unknown[]> {
  return listAll(kubernetes, path).catch((error: unknown) => {
    if (hasStatus(error, 403, 404)) return [];
    throw error;
  });
}

async function listAll(kubernetes: Kubernetes, path: string): Promise<unknown[]> {
  const all: unknown[] = [];
  await listPages(kubernetes, path, {}, (object) => all.push(object) > 0);
  return all;
}

/** Adds the version and kind, which the items of a list do not have. */
function named(items: readonly unknown[], type: { apiVersion: string; kind: string }): Manifest[] {
  return items.flatMap((item) => manifestsOf({ ...record(item), ...type }, "cluster").manifests);
}
