import { nearest } from "@asm-autoscaler/hpa-metrics";
import { parseHpa } from "../../hpas/hpa.ts";
import { type Kubernetes, KubernetesError, reason } from "../../kubernetes/client.ts";
import { listPages } from "../../kubernetes/listWatch.ts";
import { ExplainError } from "./args.ts";

/** Maximum number of HPAs to list when no name is similar. */
const MOST_TOLD = 5;
/** Maximum number of names to search for a similar one. */
const MOST_NAMES = 500;

/**
 * Reads the HPA `namespace/name` as the API server sends it. A user who may list HPAs but not get one, such as the
 * ServiceAccount of the adapter, reads it by a list with a field selector.
 * @throws ExplainError if it cannot be read. If it does not exist, the remedy names a similar one of the namespace.
 */
export async function readHpaObject(kubernetes: Kubernetes, namespace: string, name: string): Promise<unknown> {
  const all = `/apis/autoscaling/v2/namespaces/${encodeURIComponent(namespace)}/horizontalpodautoscalers`;
  try {
    const object = await getOrList(kubernetes, all, name);
    if (object !== undefined) return object;
  } catch (error) {
    const remedy = "Give a kubeconfig whose user may get or list horizontalpodautoscalers in that namespace";
    throw new ExplainError(`the HPA ${namespace}/${name} cannot be read: ${reason(error)}`, remedy);
  }
  const names = await namesIn(kubernetes, all);
  const near = nearest(name, names);
  const there = near === undefined ? names.slice(0, MOST_TOLD) : [near];
  throw new ExplainError(
    `there is no HPA ${namespace}/${name}`,
    there.length === 0 ? "Correct the namespace: it has no HPA" : `Correct the name: there is ${there.join(", ")}`,
  );
}

/** The HPA, or undefined if it does not exist. */
async function getOrList(kubernetes: Kubernetes, all: string, name: string): Promise<unknown> {
  try {
    return await kubernetes.call("GET", `${all}/${encodeURIComponent(name)}`);
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
    if (error.status === 404) return undefined;
    if (error.status !== 403) throw error;
  }
  let found: unknown;
  // The escapes of k8s.io/apimachinery/pkg/fields, EscapeValue.
  const fieldSelector = `metadata.name=${name.replace(/[\\,=]/g, "\\$&")}`;
  await listPages(kubernetes, all, { fieldSelector }, (object) => {
    found = object;
    return false;
  });
  return found;
}

async function namesIn(kubernetes: Kubernetes, path: string): Promise<string[]> {
  const names: string[] = [];
  const onObject = (object: unknown) => names.push(...(parseHpa(object)?.id.split("/").slice(1) ?? [])) < MOST_NAMES;
  await listPages(kubernetes, path, {}, onObject).catch(() => undefined);
  return names;
}
