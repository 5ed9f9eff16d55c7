import { CUSTOM_API_SERVICES, EXTERNAL_API_SERVICE } from "@asm-autoscaler/hpa-metrics";
import { type ApiService, versionAndGroup } from "../serving/apiService.ts";

/** The API groups that the adapter can serve, in the order in which it takes them over. */
export const GROUPS = ["external.metrics.k8s.io", "custom.metrics.k8s.io"] as const;
export type GroupName = (typeof GROUPS)[number];

/** All APIServices that an adapter of this kind can have taken over. */
export const ALL_API_SERVICES: readonly string[] = [EXTERNAL_API_SERVICE, ...CUSTOM_API_SERVICES];

/** An API group with the APIServices of its versions. It is taken over as a whole. */
export interface ServedGroup {
  readonly group: GroupName;
  readonly apiServices: readonly string[];
}

/** The groups of the APIServices. */
export function groupsOf(apiServices: readonly string[]): ServedGroup[] {
  return GROUPS.flatMap((group) => {
    const own = apiServices.filter((name) => versionAndGroup(name).group === group);
    return own.length > 0 ? [{ group, apiServices: own }] : [];
  });
}

/**
 * The versions of one group, the one that the cluster prefers last. Each HPA reads the preferred version, so it changes
 * between two adapters in one write, the last one. What the API server refuses is then refused before any HPA has moved.
 * Source: `versionPriority` of https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/api-service-v1/
 */
export function preferredLast<T extends Pick<ApiService, "name" | "versionPriority">>(versions: readonly T[]): T[] {
  return versions.toSorted(
    (a, b) => a.versionPriority - b.versionPriority || a.name.localeCompare(b.name, "en", { numeric: true }),
  );
}

/** Names the APIServices of a group in a sentence: `APIService v1beta1.…`, or `APIServices v1beta1.… and v1beta2.…`. */
export function apiServiceWords(names: readonly string[]): string {
  return `APIService${names.length === 1 ? "" : "s"} ${names.join(" and ")}`;
}
