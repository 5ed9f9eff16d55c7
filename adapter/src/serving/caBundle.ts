import { type Kubernetes, KubernetesError } from "../kubernetes/client.ts";
import { record } from "../kubernetes/listWatch.ts";
import { certificatesOf } from "./pem.ts";

/** The APIService of the external metrics API; a cluster has one, so whoever owns it serves all HPAs. */
export const API_SERVICE = "v1beta1.external.metrics.k8s.io";
const PATH = `/apis/apiregistration.k8s.io/v1/apiservices/${API_SERVICE}`;
const TRIES = 3;

/**
 * What became of the APIService's `caBundle`: as it should be, written just now, or the APIService is not there yet or
 * leads to another Service, `owner`. `present` is what it trusts now, PEM.
 */
export type CaBundleState =
  | { state: "right" | "patched"; present: readonly string[] }
  | { state: "absent" }
  | { state: "foreign"; owner: string };

/**
 * Sets `caBundle` of the APIService to our authorities. What else it trusts stays while `mayStay` says so: another replica
 * may serve a certificate of it. A write counts only if nobody wrote since the read, so that replicas never undo each other.
 * An APIService of another Service is left alone: somebody else serves external metrics then. @throws KubernetesError
 */
export async function settleCaBundle(
  kubernetes: Kubernetes,
  service: { namespace: string; name: string },
  authorities: readonly string[],
  mayStay: (authorityPem: string) => boolean,
): Promise<CaBundleState> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { spec: given, metadata } = record(await kubernetes.call("GET", PATH));
      const spec = record(given);
      const owner = record(spec["service"]);
      if (owner["name"] !== service.name || owner["namespace"] !== service.namespace) {
        return { state: "foreign", owner: `${owner["namespace"]}/${owner["name"]}` };
      }
      const text = Buffer.from(String(spec["caBundle"] ?? ""), "base64").toString("utf8");
      const present = certificatesOf(text);
      const wanted = [...authorities, ...present.filter((pem) => !authorities.includes(pem) && mayStay(pem))];
      // Text that is no certificate spoils nothing for Go, yet it is not ours and goes.
      if (isSame(present, wanted) && text === present.join("")) return { state: "right", present };
      const caBundle = Buffer.from(wanted.join("")).toString("base64");
      const { resourceVersion } = record(metadata);
      // A bundle and insecureSkipTLSVerify exclude each other.
      const trust = { caBundle, ...(spec["insecureSkipTLSVerify"] ? { insecureSkipTLSVerify: false } : {}) };
      const body = { metadata: { resourceVersion }, spec: trust };
      await kubernetes.call("PATCH", PATH, { body, contentType: "application/merge-patch+json" });
      return { state: "patched", present: wanted };
    } catch (error) {
      const status = error instanceof KubernetesError ? error.status : 0;
      if (status === 404) return { state: "absent" };
      if (status !== 409 || attempt === TRIES) throw error;
    }
  }
}

/** Whether two sets are the same: the order says nothing, and replicas must not quarrel about it. */
function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one));
}
