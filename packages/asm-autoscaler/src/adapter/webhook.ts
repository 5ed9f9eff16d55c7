import { ValidatingWebhookConfiguration } from "@pulumi/kubernetes/admissionregistration/v1";
import { ClusterRole, ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1";
import type * as pulumi from "@pulumi/pulumi";
import { ADAPTER, labels } from "./identity";

/** What asks the adapter: HPAs with an annotation of its own or an external metric. */
const CONCERNED = [
  'has(object.metadata.annotations) && object.metadata.annotations.exists(key, key.startsWith("metric-config."))',
  'has(object.spec.metrics) && object.spec.metrics.exists(metric, metric.type == "External")',
].map((expression) => `(${expression})`);

/**
 * Has the API server ask the adapter about each HPA that is made or changed. It fails open: an adapter that does not answer
 * within two seconds refuses nothing. The HPA controller writes the subresource status, which is not asked about.
 *
 * The adapter writes caBundle, so it is allowed to change this one configuration. Made after the adapter and deleted before
 * it, so that nobody waits for an answer that cannot come.
 */
export function createWebhook(name: string, namespace: pulumi.Input<string>, opts: pulumi.CustomResourceOptions): void {
  const metadata = { name: `${ADAPTER}-webhook`, labels };
  const role = new ClusterRole(
    `${name}-webhook-role`,
    {
      metadata,
      rules: [
        {
          apiGroups: ["admissionregistration.k8s.io"],
          resources: ["validatingwebhookconfigurations"],
          resourceNames: [ADAPTER],
          verbs: ["get", "patch"],
        },
      ],
    },
    opts,
  );
  new ClusterRoleBinding(
    `${name}-webhook-role-binding`,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: ADAPTER, namespace }],
    },
    opts,
  );
  new ValidatingWebhookConfiguration(
    `${name}-webhook`,
    {
      metadata: { name: ADAPTER, labels },
      webhooks: [
        {
          name: `hpas.${ADAPTER}.svc`,
          clientConfig: { service: { name: ADAPTER, namespace, port: 443, path: "/validate-autoscaling" } },
          rules: [
            {
              apiGroups: ["autoscaling"],
              apiVersions: ["v2"],
              resources: ["horizontalpodautoscalers"],
              operations: ["CREATE", "UPDATE"],
              scope: "Namespaced",
            },
          ],
          matchConditions: [{ name: "asks-the-adapter", expression: CONCERNED.join(" || ") }],
          failurePolicy: "Ignore",
          matchPolicy: "Equivalent",
          sideEffects: "None",
          timeoutSeconds: 2,
          admissionReviewVersions: ["v1"],
        },
      ],
    },
    { ...opts, ignoreChanges: ["webhooks[0].clientConfig.caBundle"] },
  );
}
