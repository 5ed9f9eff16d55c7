import { record } from "../collection.ts";
import type { Kubernetes } from "../kubernetes.ts";

/** The APIService of the external metrics API; a cluster has one, so whoever owns it serves all HPAs. */
export const API_SERVICE = "v1beta1.external.metrics.k8s.io";
const PATH = `/apis/apiregistration.k8s.io/v1/apiservices/${API_SERVICE}`;

/** What became of the APIService's `caBundle`; `foreign` names the Service that it leads to instead of ours. */
export type CaBundleState = { state: "right" | "patched" } | { state: "foreign"; owner: string };

/**
 * Sets `caBundle` of the APIService to the authority that signed our serving certificate. An APIService of another
 * Service is left alone: somebody else serves external metrics then. @throws KubernetesError, 404 while there is none.
 */
export async function settleCaBundle(
  kubernetes: Kubernetes,
  service: { namespace: string; name: string },
  authorityPem: string,
): Promise<CaBundleState> {
  const spec = record(record(await kubernetes.call("GET", PATH))["spec"]);
  const owner = record(spec["service"]);
  if (owner["name"] !== service.name || owner["namespace"] !== service.namespace) {
    return { state: "foreign", owner: `${owner["namespace"]}/${owner["name"]}` };
  }
  const caBundle = Buffer.from(authorityPem).toString("base64");
  if (spec["caBundle"] === caBundle) return { state: "right" };
  // A bundle and insecureSkipTLSVerify exclude each other.
  const body = { spec: { caBundle, ...(spec["insecureSkipTLSVerify"] ? { insecureSkipTLSVerify: false } : {}) } };
  await kubernetes.call("PATCH", PATH, { body, contentType: "application/merge-patch+json" });
  return { state: "patched" };
}
