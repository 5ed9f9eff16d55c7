import { record } from "../collection.ts";
import { type Kubernetes, KubernetesError } from "../kubernetes.ts";
import type { PairStore } from "./pairAgreement.ts";

/**
 * The Secret in which all replicas keep their authority and serving pair. It must be there: to create Secrets in a
 * namespace is to be able to mint tokens of every ServiceAccount in it, a right that the adapter does not want.
 */
export function pairSecret(
  kubernetes: Kubernetes,
  { namespace, name }: { namespace: string; name: string },
): PairStore {
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  const get = async () => record(await kubernetes.call("GET", path));
  return {
    async read() {
      const { data, metadata } = await get();
      const { resourceVersion } = record(metadata);
      return {
        data: Object.fromEntries(Object.entries(record(data)).map(([key, text]) => [key, String(text)])),
        resourceVersion: typeof resourceVersion === "string" ? resourceVersion : undefined,
      };
    },
    async write(data, resourceVersion) {
      const secret = await get();
      const body = {
        ...secret,
        metadata: { ...record(secret["metadata"]), resourceVersion },
        data: { ...record(secret["data"]), ...data },
      };
      try {
        await kubernetes.call("PUT", path, { body });
        return "written";
      } catch (error) {
        if (error instanceof KubernetesError && error.status === 409) return "conflict";
        throw error;
      }
    },
  };
}
