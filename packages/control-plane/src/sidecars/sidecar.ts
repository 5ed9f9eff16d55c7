import type { V1Container, V1Pod } from "@kubernetes/client-node";

/**
 * Port of Envoy's own statistics. Prometheus finds it by the name `http-envoy-prom` (Istio's application requirements).
 */
export const STATS_PORT = 15090;

/** The container that Istio's injector adds, reduced to what scraping and `kubectl get pod` show. */
export const sidecarContainer: V1Container = {
  name: "istio-proxy",
  image: "docker.io/istio/proxyv2:1.27.3",
  args: ["proxy", "sidecar", "--domain", "$(POD_NAMESPACE).svc.cluster.local"],
  env: [{ name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } }],
  ports: [{ containerPort: STATS_PORT, name: "http-envoy-prom", protocol: "TCP" }],
};

/** Reports whether a pod has a sidecar. */
export function hasSidecar(pod: V1Pod): boolean {
  return pod.spec?.containers.some(({ name }) => name === sidecarContainer.name) ?? false;
}
