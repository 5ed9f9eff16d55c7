import type { ClusterResource, FindResource } from "./types";

/**
 * Kinds of objects without the cluster's discovery, which `check` and `backtest` do not read: their plural and singular names are
 * guessed as Kubernetes itself does, and all but three kinds are in a namespace.
 * Source: UnsafeGuessKindToResource in k8s.io/apimachinery, pkg/api/meta/restmapper.go
 */
export function kindNamed(apiVersion: string, kind: string): ClusterResource {
  const [version = "", group = ""] = apiVersion.split("/").toReversed();
  return assumed(group, version, kind.toLowerCase(), kind);
}

/** Finds any kind by its plural or singular name. */
export const findKind: FindResource = (group, name) => {
  const lower = name.toLowerCase();
  const singular = lower.replace(/ies$/, "y").replace(/(?<=s)es$|(?<!s)s$/, "");
  return assumed(group, "", singular, singular);
};

export const PODS = kindNamed("v1", "Pod");
export const NAMESPACES = kindNamed("v1", "Namespace");

function assumed(group: string, version: string, singular: string, kind: string): ClusterResource {
  const resource = singular.endsWith("s") ? `${singular}es` : `${singular.replace(/y$/, "ie")}s`;
  const isNamespaced = group !== "" || !/^(?:namespace|node|persistentvolume)$/.test(singular);
  return { group, version, resource, singular, kind, isNamespaced };
}
