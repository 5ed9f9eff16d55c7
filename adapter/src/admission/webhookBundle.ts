import { record } from "../collection.ts";
import { type Kubernetes, KubernetesError } from "../kubernetes.ts";

/**
 * Sets `caBundle` of our ValidatingWebhookConfiguration to the authorities that our serving certificates are signed by.
 * A webhook that leads to another Service is left alone, and a configuration that is not there yet is no trouble.
 *
 * @param name Name of the configuration.
 * @param authorities One or several certificates, PEM.
 * @throws KubernetesError, 422 when it changed in between.
 */
export async function settleWebhookBundle(
  kubernetes: Kubernetes,
  name: string,
  service: { namespace: string; name: string },
  authorities: string,
): Promise<void> {
  const path = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${name}`;
  const configuration = await kubernetes.call("GET", path).catch((error: unknown) => {
    if (error instanceof KubernetesError && error.status === 404) return {};
    throw error;
  });
  const { webhooks } = record(configuration);
  const caBundle = Buffer.from(authorities).toString("base64");
  const changes = (Array.isArray(webhooks) ? webhooks : []).flatMap((webhook, index) => {
    const { clientConfig, name: webhookName } = record(webhook);
    const { service: owner, caBundle: current } = record(clientConfig);
    const ours = record(owner)["name"] === service.name && record(owner)["namespace"] === service.namespace;
    if (!ours || current === caBundle) return [];
    // The list may be another one by the time this arrives.
    return [
      { op: "test", path: `/webhooks/${index}/name`, value: webhookName },
      { op: "add", path: `/webhooks/${index}/clientConfig/caBundle`, value: caBundle },
    ];
  });
  if (changes.length === 0) return;
  await kubernetes.call("PATCH", path, { body: changes, contentType: "application/json-patch+json" });
}
