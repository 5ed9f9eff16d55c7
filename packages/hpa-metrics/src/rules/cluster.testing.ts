import type { ClusterResource, FindResource } from "./types";

/** A kind of object: `resourceOf("networking.k8s.io/ingresses", "ingress", "Ingress")`. Without a slash, it is in the core group. */
export function clusterResource(path: string, singular: string, kind: string, isNamespaced = true): ClusterResource {
  const [resource = "", group = ""] = path.split("/").reverse();
  return { group, version: "v1", resource, singular, kind, isNamespaced };
}

export const PODS = clusterResource("pods", "pod", "Pod");
export const SERVICES = clusterResource("services", "service", "Service");
export const NAMESPACE = clusterResource("namespaces", "namespace", "Namespace", false);
export const NODES = clusterResource("nodes", "node", "Node", false);
export const VOLUMES = clusterResource("persistentvolumes", "persistentvolume", "PersistentVolume", false);
export const INGRESSES = clusterResource("networking.k8s.io/ingresses", "ingress", "Ingress");
const DEPLOYMENTS = clusterResource("apps/deployments", "deployment", "Deployment");

/** A `FindResource` of a cluster with these kinds, in the order of precedence. */
export function findAmong(resources: readonly ClusterResource[]): FindResource {
  return (group, name) =>
    resources.find(
      (one) => (one.resource === name || one.singular === name) && (one.group === group || one.group.startsWith(group)),
    );
}

export const find = findAmong([PODS, SERVICES, NAMESPACE, NODES, VOLUMES, INGRESSES, DEPLOYMENTS]);
