import { CUSTOM_API_SERVICES, EXTERNAL_API_SERVICE } from "@asm-autoscaler/hpa-metrics";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { isGiven } from "../validation/inputs";
import type { MetricsAdapterArgs } from "./args";
import { caSecretOf, nameOf } from "./delegates";
import { ADAPTER, DELEGATES_ACCOUNT, labels, SERVING_SECRET, TAKE_OVER } from "./identity";
import { takesCustomOver } from "./rules";

/** The ConfigMap that tells an aggregated API server its front proxy is in this namespace only. */
const AUTHENTICATION_NAMESPACE = "kube-system";

const rbac = "rbac.authorization.k8s.io";

type PermissionArgs = Pick<MetricsAdapterArgs, "delegates" | "takeOver" | "direct" | "prometheusAdapterRules">;

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
  { delegates, takeOver, direct, prometheusAdapterRules }: PermissionArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const metadata = { name: ADAPTER, labels };
  const account = new ServiceAccount(`${name}-account`, { metadata: { ...metadata, namespace } }, opts);
  const subjects = [{ kind: "ServiceAccount", name: ADAPTER, namespace }];
  const hasRules = isGiven(prometheusAdapterRules);
  const takesCustom = takesCustomOver(takeOver, prometheusAdapterRules);

  const clusterRole = new ClusterRole(
    `${name}-cluster-role`,
    {
      metadata,
      rules: [
        { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: ["list", "watch"] },
        // Events about HPAs, in the HPAs' namespaces; a name that two replicas share is created or patched.
        { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
        // An Object metric can be per replica of the scaled workload, of any kind. Before a take-over of custom metrics, it
        // finds the pods for which the HPA controller will ask. Of a metric of type Pods, the HPA controller asks for all
        // pods of a workload by their labels.
        ...(direct || hasRules ? [readScales, listPods] : []),
        // It writes its own caBundle into the APIServices that lead to it, and takes them over on an order.
        {
          apiGroups: ["apiregistration.k8s.io"],
          resources: ["apiservices"],
          resourceNames: [EXTERNAL_API_SERVICE, ...(hasRules ? CUSTOM_API_SERVICES : [])],
          verbs: ["get", "patch"],
        },
        ...(takeOver ? [readMetrics] : []),
        ...(takesCustom ? [readCustomMetrics] : []),
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
  const ownObjects = grant(
    name,
    { ...metadata, namespace },
    [
      { apiGroups: [""], resources: ["secrets"], resourceNames: [SERVING_SECRET], verbs: ["get", "update"] },
      // Always granted, because the order itself is the switch.
      {
        apiGroups: [""],
        resources: ["configmaps"],
        resourceNames: [TAKE_OVER],
        verbs: ["get", "patch", "delete"],
      },
      ...(delegates?.length ? [createTokens] : []),
    ],
    subjects,
    opts,
  );
  const delegatesAccount = delegates?.length ? createDelegatesAccount(name, namespace, opts) : [];
  // The Secrets with its neighbours' CAs, and no other Secret in their namespaces.
  const ofDelegates = (delegates ?? []).flatMap((delegate) => {
    const [theirs, secret] = caSecretOf(delegate)?.split("/") ?? [];
    if (theirs === undefined || secret === undefined) return [];
    return grant(
      `${name}-${nameOf(delegate)}`,
      { name: `${ADAPTER}-${nameOf(delegate)}`, namespace: theirs, labels },
      [{ apiGroups: [""], resources: ["secrets"], resourceNames: [secret], verbs: ["get"] }],
      subjects,
      opts,
    );
  });
  return [
    account,
    clusterRoleBinding,
    authDelegator,
    authenticationReader,
    ownObjects,
    ...delegatesAccount,
    ...ofDelegates,
  ];
}

/**
 * The ServiceAccount as which neighbours see the adapter. It may only read external metrics. With the adapter's own token,
 * a neighbour could read the adapter's Secrets.
 */
function createDelegatesAccount(
  name: string,
  namespace: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const metadata = { name: DELEGATES_ACCOUNT, labels };
  const account = new ServiceAccount(
    `${name}-delegates-account`,
    { metadata: { ...metadata, namespace }, automountServiceAccountToken: false },
    opts,
  );
  const role = new ClusterRole(`${name}-delegates-cluster-role`, { metadata, rules: [readMetrics] }, opts);
  const binding = new ClusterRoleBinding(
    `${name}-delegates-cluster-role-binding`,
    {
      metadata,
      roleRef: { apiGroup: rbac, kind: "ClusterRole", name: role.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: DELEGATES_ACCOUNT, namespace }],
    },
    opts,
  );
  return [account, binding];
}

/** Gets tokens of the ServiceAccount for delegates, and of no other. */
const createTokens: k8s.rbac.v1.PolicyRule = {
  apiGroups: [""],
  resources: ["serviceaccounts/token"],
  resourceNames: [DELEGATES_ACCOUNT],
  verbs: ["create"],
};

/**
 * Reads metrics of other adapters, which check this as they check every client: of delegates, and before a take-over, to
 * compare what the other adapter and this one answer to HPAs. A read of one metric is a `list`, because its path ends with
 * the metric as the resource and names no object.
 */
const readMetrics: k8s.rbac.v1.PolicyRule = {
  apiGroups: ["external.metrics.k8s.io"],
  resources: ["*"],
  verbs: ["list"],
};

/** The same for custom metrics. A read is a `get`, because its path names an object, and the metric as its subresource. */
const readCustomMetrics: k8s.rbac.v1.PolicyRule = {
  apiGroups: ["custom.metrics.k8s.io"],
  resources: ["*"],
  verbs: ["get"],
};

/** Finds the replicas and the selector of the pods of a scaled workload of any kind in its scale, as the HPA controller does. */
const readScales: k8s.rbac.v1.PolicyRule = { apiGroups: ["*"], resources: ["*/scale"], verbs: ["get"] };

const listPods: k8s.rbac.v1.PolicyRule = { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] };

/** Grants rights on named objects of a namespace, by a Role and its binding. */
function grant(
  name: string,
  metadata: { readonly name: string; readonly namespace: pulumi.Input<string>; readonly labels: typeof labels },
  rules: k8s.rbac.v1.PolicyRule[],
  subjects: k8s.rbac.v1.Subject[],
  opts: pulumi.CustomResourceOptions,
): RoleBinding {
  const role = new Role(`${name}-role`, { metadata, rules }, opts);
  return new RoleBinding(
    `${name}-role-binding`,
    { metadata, roleRef: { apiGroup: rbac, kind: "Role", name: role.metadata.name }, subjects },
    opts,
  );
}
