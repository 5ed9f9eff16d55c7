import { ValidatingWebhookConfiguration } from "@pulumi/kubernetes/admissionregistration/v1";
import * as pulumi from "@pulumi/pulumi";
import { ADAPTER, labels, WEBHOOK_PORT } from "./identity";
import { createCertificate, type WebhookCertificate } from "./webhookCertificate";

/** Only HPAs with an annotation that the adapter reads. */
const ANNOTATED =
  'has(object.metadata.annotations) && object.metadata.annotations.exists(key, key.startsWith("metric-config."))';

/** A caBundle that the program gives also replaces one that cert-manager or somebody else has written. */
const OWN_BUNDLE = { "pulumi.com/patchForce": "true" };

/**
 * Has the API server ask the adapter about each annotated HPA that is created or updated. It fails open: an adapter that
 * does not answer within two seconds refuses nothing. The HPA controller writes the subresource status, which is not asked
 * about. `matchConditions` need Kubernetes 1.30.
 *
 * The adapter has no right on this configuration: whoever may patch it can have every object of the cluster sent to an
 * address of his choice. Created after the adapter and deleted before it, so that nobody waits for an answer that cannot
 * come.
 */
export function createWebhook(
  name: string,
  namespace: pulumi.Input<string>,
  { caBundle }: WebhookCertificate,
  { dependsOn, ...child }: { parent: pulumi.Resource; dependsOn: pulumi.Resource[] },
): void {
  const managed = caBundle === undefined ? createCertificate(name, namespace, child) : undefined;
  new ValidatingWebhookConfiguration(
    `${name}-webhook`,
    {
      metadata: { name: ADAPTER, labels, annotations: managed?.annotations ?? OWN_BUNDLE },
      webhooks: [
        {
          name: `hpas.${ADAPTER}.svc`,
          clientConfig: {
            service: { name: ADAPTER, namespace, port: WEBHOOK_PORT, path: "/validate-autoscaling" },
            ...(caBundle === undefined ? {} : { caBundle: pulumi.output(caBundle).apply(encoded) }),
          },
          rules: [
            {
              apiGroups: ["autoscaling"],
              apiVersions: ["v2"],
              resources: ["horizontalpodautoscalers"],
              operations: ["CREATE", "UPDATE"],
              scope: "Namespaced",
            },
          ],
          matchConditions: [{ name: "asks-the-adapter", expression: ANNOTATED }],
          failurePolicy: "Ignore",
          matchPolicy: "Equivalent",
          sideEffects: "None",
          timeoutSeconds: 2,
          admissionReviewVersions: ["v1"],
        },
      ],
    },
    {
      ...child,
      dependsOn: [...dependsOn, ...(managed ? [managed.certificate] : [])],
      // cert-manager writes it.
      ...(managed ? { ignoreChanges: ["webhooks[0].clientConfig.caBundle"] } : {}),
    },
  );
}

function encoded(pem: string): string {
  return Buffer.from(pem).toString("base64");
}
