import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import type { V1Pod } from "@kubernetes/client-node";

/** Facts about a pod that are not in its spec. */
export interface PodFacts {
  readonly podIP: string;
  readonly hostIP: string;
  readonly nodeName: string;
}

/**
 * The value of a downward API field such as `status.podIP` or `metadata.labels['app']`.
 * @throws ProblemError ASM_KUBELET_FIELD for a path that is not in the downward API.
 */
export function podField(pod: V1Pod, facts: PodFacts, path: string): string {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (keyed?.[2] !== undefined) {
    const entries = keyed[1] === "labels" ? pod.metadata?.labels : pod.metadata?.annotations;
    return entries?.[keyed[2]] ?? "";
  }
  switch (path) {
    case "metadata.name":
      return pod.metadata?.name ?? "";
    case "metadata.namespace":
      return pod.metadata?.namespace ?? "";
    case "metadata.uid":
      return pod.metadata?.uid ?? "";
    case "metadata.labels":
      return lines(pod.metadata?.labels);
    case "metadata.annotations":
      return lines(pod.metadata?.annotations);
    case "spec.nodeName":
      return facts.nodeName;
    case "spec.serviceAccountName":
      return pod.spec?.serviceAccountName ?? "";
    case "status.hostIP":
    case "status.hostIPs":
      return facts.hostIP;
    case "status.podIP":
    case "status.podIPs":
      return facts.podIP;
    default:
      throw new ProblemError(problem("ASM_KUBELET_FIELD", `${path} is not a field of the downward API`));
  }
}

/** The file format of the downward API for a map: `key="value"` lines, sorted by key. */
const lines = (entries: Record<string, string> = {}): string =>
  Object.keys(entries)
    .sort()
    .map((key) => `${key}=${JSON.stringify(entries[key])}`)
    .join("\n");
