import { APIService } from "@pulumi/kubernetes/apiregistration/v1";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { caSecretOf, type MetricsAdapterDelegateArgs, nameOf } from "./delegates";
import { ADAPTER, API_SERVICE, labels, SERVING_SECRET } from "./identity";

/** The ConfigMap that tells an aggregated API server its front proxy is in this namespace only. */
const AUTHENTICATION_NAMESPACE = "kube-system";

const rbac = "rbac.authorization.k8s.io";

/**
 * The adapter's ServiceAccount with the least permissions that it needs.
 *
 * It may not create Secrets: RBAC cannot grant "create" for one name only, and whoever may create any Secret in
 * kube-system can create one of type service-account-token and act as any of its accounts. The component creates the
 * adapter's Secret empty instead.
 *
 * @returns what must exist before a pod of the adapter starts.
 */
export function createPermissions(
  name: string,
  namespace: pulumi.Input<string>,
  delegates: readonly MetricsAdapterDelegateArgs[] | undefined,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const metadata = { name: ADAPTER, labels };
  const account = new ServiceAccount(`${name}-account`, { metadata: { ...metadata, namespace } }, opts);
  const subjects = [{ kind: "ServiceAccount", name: ADAPTER, namespace }];

  const clusterRole = new ClusterRole(
    `${name}-cluster-role`,
    {
      metadata,
      rules: [
        { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: ["list", "watch"] },
        // Events about HPAs, in the HPAs' namespaces; a name that two replicas share is created or patched.
        { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
        // It writes its own caBundle into the one APIService that leads to it.
        {
          apiGroups: ["apiregistration.k8s.io"],
          resources: ["apiservices"],
          resourceNames: [API_SERVICE],
          verbs: ["get", "patch"],
        },
        ...delegateRules(delegates),
      ],
    },
    opts,
  );
  const clusterRoleBinding = new ClusterRoleBinding(
    `${name}-cluster-role-binding`,
    { metadata, roleRef: { apiGroup: rbac, kind: "ClusterRole", name: clusterRole.metadata.name }, subjects },
    opts,
  );
  const authenticationReader = new RoleBinding(
    `${name}-authentication-reader`,
    {
      metadata: { name: `${ADAPTER}-authentication-reader`, namespace: AUTHENTICATION_NAMESPACE, labels },
      roleRef: { apiGroup: rbac, kind: "Role", name: "extension-apiserver-authentication-reader" },
      subjects,
    },
    opts,
  );
  // To ask the API server whose a token is and what a user may, and nothing else.
  const authDelegator = new ClusterRoleBinding(
    `${name}-auth-delegator`,
    {
      metadata: { name: `${ADAPTER}-auth-delegator`, labels },
      roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "system:auth-delegator" },
      subjects,
    },
    opts,
  );
  const ownSecret = grantSecret(
    name,
    { ...metadata, namespace },
    { resourceNames: [SERVING_SECRET], verbs: ["get", "update"] },
    subjects,
    opts,
  );
  // The Secrets with its neighbours' CAs, and no other Secret in their namespaces.
  const ofDelegates = (delegates ?? []).flatMap((delegate) => {
    const [theirs, secret] = caSecretOf(delegate)?.split("/") ?? [];
    if (theirs === undefined || secret === undefined) return [];
    return grantSecret(
      `${name}-${nameOf(delegate)}`,
      { name: `${ADAPTER}-${nameOf(delegate)}`, namespace: theirs, labels },
      { resourceNames: [secret], verbs: ["get"] },
      subjects,
      opts,
    );
  });
  return [account, clusterRoleBinding, authDelegator, authenticationReader, ownSecret, ...ofDelegates];
}

/**
 * What the adapter must be allowed to do in the cluster: read the metrics of its neighbours, which check this as they
 * check every client. A read of one metric is a `list` for them.
 */
function delegateRules(delegates: readonly MetricsAdapterDelegateArgs[] | undefined): k8s.rbac.v1.PolicyRule[] {
  if (!delegates?.length) return [];
  return [{ apiGroups: ["external.metrics.k8s.io"], resources: ["*"], verbs: ["get", "list"] }];
}

/** Grants rights on named Secrets of a namespace, by a Role and its binding. */
function grantSecret(
  name: string,
  metadata: { readonly name: string; readonly namespace: pulumi.Input<string>; readonly labels: typeof labels },
  rule: { readonly resourceNames: string[]; readonly verbs: string[] },
  subjects: k8s.rbac.v1.Subject[],
  opts: pulumi.CustomResourceOptions,
): RoleBinding {
  const role = new Role(
    `${name}-role`,
    { metadata, rules: [{ apiGroups: [""], resources: ["secrets"], ...rule }] },
    opts,
  );
  return new RoleBinding(
    `${name}-role-binding`,
    { metadata, roleRef: { apiGroup: rbac, kind: "Role", name: role.metadata.name }, subjects },
    opts,
  );
}

/**
 * Registers the external metrics API of the cluster. If another adapter has registered it, the API server rejects this.
 *
 * Created last and deleted first: while a registered API does not answer, no namespace of the cluster can be deleted.
 * The adapter writes caBundle; the component never disables verification.
 */
export function registerApi(
  name: string,
  namespace: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): APIService {
  return new APIService(
    `${name}-api-service`,
    {
      metadata: { name: API_SERVICE, labels, annotations: { "pulumi.com/waitFor": "condition=Available" } },
      spec: {
        group: "external.metrics.k8s.io",
        version: "v1beta1",
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: { name: ADAPTER, namespace, port: 443 },
      },
    },
    { ...opts, ignoreChanges: ["spec.caBundle"] },
  );
}
