import type { V1ConfigMap, V1Pod, V1Secret } from "@kubernetes/client-node";
import type { Kubernetes } from "../kubernetes.ts";
import { Refusal, serverCall } from "./serverCall.ts";
import type { VolumeSource } from "./volumes.ts";

/** Reads the data for the volumes and variables of a pod from the API server. */
export function podSource(kubernetes: Kubernetes, pod: V1Pod): VolumeSource {
  const namespace = `/api/v1/namespaces/${pod.metadata?.namespace}`;
  const existing = <T>(path: string): Promise<T | undefined> =>
    serverCall<T>(kubernetes, "GET", path).catch((problem: unknown) => {
      if (problem instanceof Refusal && problem.status === 404) return undefined;
      throw problem;
    });
  return {
    configMap: (name) => existing<V1ConfigMap>(`${namespace}/configmaps/${name}`),
    secret: (name) => existing<V1Secret>(`${namespace}/secrets/${name}`),
    token: async (audience, expirationSeconds) => {
      const account = pod.spec?.serviceAccountName ?? "default";
      const path = `${namespace}/serviceaccounts/${account}/token`;
      const { status } = await serverCall<{ status: { token: string } }>(kubernetes, "POST", path, {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: {
          audiences: audience === undefined ? [] : [audience],
          ...(expirationSeconds !== undefined && { expirationSeconds }),
          boundObjectRef: { apiVersion: "v1", kind: "Pod", name: pod.metadata?.name, uid: pod.metadata?.uid },
        },
      });
      return status.token;
    },
  };
}
