import type { Endpoint } from "./meshPod.ts";

/** The labels of a destination's sidecar for HTTP 200 requests over mutual TLS (Istio's standard metrics). */
export function istioLabels(source: Endpoint, destination: Endpoint, service: string): Record<string, string> {
  return {
    reporter: "destination",
    ...side("source", source),
    ...side("destination", destination),
    destination_service: `${service}.${destination.namespace}.svc.cluster.local`,
    destination_service_name: service,
    destination_service_namespace: destination.namespace,
    request_protocol: "http",
    response_code: "200",
    response_flags: "-",
    connection_security_policy: "mutual_tls",
  };
}

/** What the clients' sidecars write as `destination_service_namespace` of a Service without endpoints. */
export type MeshAge = "old" | "new";

/**
 * The labels of a client's sidecar for the same requests, and for requests that find no endpoint. Envoy itself responds
 * to those with 503 and the flag UH. For their destination, it knows the Service but no workload. Sidecars from before
 * June 2024 (`old`) take the namespace of the Service from an endpoint, so they do not know that either.
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#response-flags
 * https://github.com/istio/proxy/pull/5617
 */
export function sourceLabels(
  source: Endpoint,
  destination: Pick<Endpoint, "namespace" | "workload">,
  service: string,
  isServed: boolean,
  mesh: MeshAge = "new",
): Record<string, string> {
  const { namespace, workload } = destination;
  const known: Endpoint = { namespace, workload, serviceAccount: "default", app: workload };
  const unknown: Endpoint = { namespace: "unknown", workload: "unknown", serviceAccount: "unknown", app: "unknown" };
  return {
    ...istioLabels(source, isServed ? known : unknown, service),
    destination_service: `${service}.${namespace}.svc.cluster.local`,
    destination_service_namespace: isServed || mesh === "new" ? namespace : "unknown",
    reporter: "source",
    ...(isServed ? {} : { destination_principal: "unknown", response_code: "503", response_flags: "UH" }),
  };
}

/**
 * The labels of a waypoint for the same requests. It knows the Service from its route, and the workload from the
 * endpoint that it chose.
 */
export function waypointLabels(
  source: Endpoint,
  destination: Pick<Endpoint, "namespace" | "workload">,
  service: string,
  isServed: boolean,
): Record<string, string> {
  return { ...sourceLabels(source, destination, service, isServed), reporter: "waypoint" };
}

/** The labels of TCP connections between the same two, for either reporter. They have no response. */
export function connectionLabels(requests: Readonly<Record<string, string>>): Record<string, string> {
  const { response_code: _, ...rest } = requests;
  return { ...rest, request_protocol: "tcp" };
}

function side(prefix: "source" | "destination", endpoint: Endpoint): Record<string, string> {
  return {
    [`${prefix}_workload`]: endpoint.workload,
    [`${prefix}_workload_namespace`]: endpoint.namespace,
    [`${prefix}_principal`]: `spiffe://cluster.local/ns/${endpoint.namespace}/sa/${endpoint.serviceAccount}`,
    [`${prefix}_app`]: endpoint.app,
    [`${prefix}_version`]: endpoint.version ?? "unknown",
    [`${prefix}_canonical_service`]: endpoint.canonical?.service ?? endpoint.app,
    [`${prefix}_canonical_revision`]: endpoint.canonical?.revision ?? endpoint.version ?? "latest",
    [`${prefix}_cluster`]: "Kubernetes",
  };
}
