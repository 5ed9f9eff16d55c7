import { ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { ClusterRole, ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import { labels, PROMETHEUS } from "./identity";

/**
 * The ServiceAccount of Prometheus and the least it must be allowed to do: to see the pods of the cluster, which is how
 * it finds their proxies.
 *
 * @returns what must exist before it starts.
 */
export function createPermissions(
  name: string,
  namespace: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const account = new ServiceAccount(`${name}-account`, { metadata: { name: PROMETHEUS, namespace, labels } }, opts);
  // A cluster has one object of a name here, and may have a Prometheus in more than one namespace.
  const metadata = { name: pulumi.interpolate`mesh-prometheus-${namespace}`, labels };
  const clusterRole = new ClusterRole(
    `${name}-cluster-role`,
    { metadata, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }] },
    opts,
  );
  const clusterRoleBinding = new ClusterRoleBinding(
    `${name}-cluster-role-binding`,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: clusterRole.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: PROMETHEUS, namespace }],
    },
    opts,
  );
  return [account, clusterRoleBinding];
}
