import { hasStatus, type Kubernetes } from "../kubernetes/client.ts";
import { type ApiService, patchApiService, readApiService, refersTo, type ServiceName } from "./apiService.ts";
import { certificatesOf, toBase64 } from "./pem.ts";

const TRIES = 3;

/**
 * State of the `caBundle` of an APIService. `present` lists the trusted certificates (PEM).
 * - `right`: it is correct.
 * - `patched`: it was updated now. `before` is the APIService before the update, and `was` its certificates.
 * - `absent`: the APIService does not exist.
 * - `foreign`: the APIService refers to another Service, `owner`.
 */
export type CaBundleState =
  | { state: "right"; present: readonly string[] }
  | { state: "patched"; present: readonly string[]; was: readonly string[]; before: ApiService }
  | { state: "absent" }
  | { state: "foreign"; owner: string };

/**
 * Sets the `caBundle` of an APIService to the adapter's authorities. Other trusted authorities stay while `mayStay`
 * returns true, because another replica may serve a certificate from one of them.
 * The write uses optimistic locking, so that replicas do not undo each other's changes. An APIService of another
 * Service is not changed, because another adapter serves its API. @throws KubernetesError
 */
export async function settleCaBundle(
  kubernetes: Kubernetes,
  name: string,
  service: ServiceName,
  authorities: readonly string[],
  mayStay: (authorityPem: string) => boolean,
): Promise<CaBundleState> {
  for (let attempt = 1; ; attempt++) {
    try {
      const found = await readApiService(kubernetes, name);
      if (!found) return { state: "absent" };
      if (!refersTo(found, service)) return { state: "foreign", owner: found.owner };
      const was = certificatesOf(found.caText);
      const wanted = [...authorities, ...was.filter((pem) => !authorities.includes(pem) && mayStay(pem))];
      // Go ignores text that is not a certificate. The adapter did not write it and removes it.
      if (isSame(was, wanted) && found.caText === was.join("")) return { state: "right", present: was };
      // The API server does not accept `caBundle` together with `insecureSkipTLSVerify: true`.
      const trust = found.insecureSkipTLSVerify ? { insecureSkipTLSVerify: false } : {};
      await patchApiService(kubernetes, found, { spec: { caBundle: toBase64(wanted.join("")), ...trust } });
      return { state: "patched", present: wanted, was, before: found };
    } catch (error) {
      if (hasStatus(error, 404)) return { state: "absent" };
      if (!hasStatus(error, 409) || attempt === TRIES) throw error;
    }
  }
}

/** Whether two sets are equal. The order does not matter; otherwise replicas could overwrite each other forever. */
function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one));
}
