import { ValidatingWebhookConfiguration } from "@pulumi/kubernetes/admissionregistration/v1";
import * as pulumi from "@pulumi/pulumi";
import { ADAPTER, labels, WEBHOOK_PORT } from "./identity";
import { createCertificate, type WebhookCertificate } from "./webhookCertificate";

/** Only HPAs with an annotation that the adapter reads. */
const ANNOTATED =
  'has(object.metadata.annotations) && object.metadata.annotations.exists(key, key.startsWith("metric-config."))';

/** A caBundle of the program also replaces one that cert-manager or another client has written. */
const OWN_BUNDLE = { "pulumi.com/patchForce": "true" };

/**
 * Registers the admission webhook for each annotated HPA that is created or updated. It fails open: if the adapter does
 * not answer within two seconds, the HPA is admitted. The HPA controller writes the subresource status, which is not
 * sent to the webhook. `matchConditions` require Kubernetes 1.30.
 *
 * The adapter has no permission on this configuration: whoever may patch it can have every object of the cluster sent
 * to any address. It is created after the adapter and deleted before it, so that no request waits for a webhook that
 * does not run.
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
