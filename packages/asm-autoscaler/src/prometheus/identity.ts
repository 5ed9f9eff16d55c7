/**
 * Name of Prometheus's objects in its namespace; with it the Service answers at the address that the mesh's guides use.
 */
export const PROMETHEUS = "prometheus";

/** Labels of everything that belongs to it. The instance tells it from another Prometheus in the namespace. */
export const labels = { "app.kubernetes.io/name": PROMETHEUS, "app.kubernetes.io/instance": "mesh-prometheus" };

/** Port of its HTTP API. */
export const PORT = 9090;

/** Namespace where none is given: that of the mesh itself. */
export const NAMESPACE = "istio-system";

/**
 * Labels that keep a pod out of the mesh: no sidecar, and no traffic through ztunnel. Sidecars answer scrapes in plain
 * text.
 */
export const outsideMesh = { "sidecar.istio.io/inject": "false", "istio.io/dataplane-mode": "none" };
