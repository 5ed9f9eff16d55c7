import { record } from "@asm-autoscaler/hpa-metrics";
import { type Kubernetes, KubernetesError } from "../kubernetes/client.ts";
import { certificatesOf, fromBase64 } from "./pem.ts";

/** The APIService of the external metrics API. A cluster has only one, so its Service serves all HPAs. */
export const API_SERVICE = "v1beta1.external.metrics.k8s.io";
export const API_SERVICE_PATH = `/apis/apiregistration.k8s.io/v1/apiservices/${API_SERVICE}`;
/** Annotation of the APIService: what this adapter replaced when it took the APIService over, as JSON. */
export const REPLACED = "asm-metrics-adapter/replaced";
const TRIES = 3;

/**
 * State of the APIService's `caBundle`. `present` lists the trusted certificates (PEM).
 * - `right`: it is correct.
 * - `patched`: it was updated now.
 * - `absent`: the APIService does not exist.
 * - `foreign`: the APIService refers to another Service, `owner`.
 */
export type CaBundleState =
  | { state: "right" | "patched"; present: readonly string[] }
  | { state: "absent" }
  | { state: "foreign"; owner: string };

/**
 * Sets the `caBundle` of the APIService to the adapter's authorities. Other trusted authorities stay while `mayStay`
 * returns true, because another replica may serve a certificate from one of them.
 * The write uses optimistic locking, so that replicas do not undo each other's changes. An APIService of another
 * Service is not changed, because another adapter serves external metrics. @throws KubernetesError
 */
export async function settleCaBundle(
  kubernetes: Kubernetes,
  service: { namespace: string; name: string },
  authorities: readonly string[],
  mayStay: (authorityPem: string) => boolean,
): Promise<CaBundleState> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { spec: given, metadata } = record(await kubernetes.call("GET", API_SERVICE_PATH));
      const spec = record(given);
      const owner = record(spec["service"]);
      if (owner["name"] !== service.name || owner["namespace"] !== service.namespace) {
        return { state: "foreign", owner: `${owner["namespace"]}/${owner["name"]}` };
      }
      const text = fromBase64(spec["caBundle"]);
      const present = certificatesOf(text);
      const wanted = [...authorities, ...present.filter((pem) => !authorities.includes(pem) && mayStay(pem))];
      // Go ignores text that is not a certificate. The adapter did not write it and removes it.
      if (isSame(present, wanted) && text === present.join("")) return { state: "right", present };
      const caBundle = Buffer.from(wanted.join("")).toString("base64");
      const { resourceVersion } = record(metadata);
      // The API server does not accept `caBundle` together with `insecureSkipTLSVerify: true`.
      const trust = { caBundle, ...(spec["insecureSkipTLSVerify"] ? { insecureSkipTLSVerify: false } : {}) };
      const body = { metadata: { resourceVersion }, spec: trust };
      await kubernetes.call("PATCH", API_SERVICE_PATH, { body, contentType: "application/merge-patch+json" });
      return { state: "patched", present: wanted };
    } catch (error) {
      const status = error instanceof KubernetesError ? error.status : 0;
      if (status === 404) return { state: "absent" };
      if (status !== 409 || attempt === TRIES) throw error;
    }
  }
}

/** Whether two sets are equal. The order does not matter; otherwise replicas could overwrite each other forever. */
function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one));
}
