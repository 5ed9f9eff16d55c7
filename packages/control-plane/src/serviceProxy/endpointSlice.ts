import type { V1Service } from "@kubernetes/client-node";
import type { Backend } from "./backends.ts";

/** Label value by which the slices of this stand-in are known; they are none of the endpoint slice controller's. */
const manager = "process-service-proxy";

/** How many documentation addresses 192.0.2.1 and on there are (RFC 5737). */
const documentationAddresses = 254;

/** The name of a Service's one slice. */
export const sliceName = (service: V1Service): string => `${service.metadata?.name}-process`;

/**
 * The EndpointSlice of a Service, whole, for server-side apply. The addresses are of a documentation range, because the API
 * refuses loopback; nobody dials them. What they say is true: which pods are there, ready or ending, and the ports by name.
 * Of more than 254 pods the ready ones come first and the rest is left out.
 */
export function endpointSlice(service: V1Service, backends: readonly Backend[]) {
  const shown = [...backends]
    .sort((one, other) => Number(other.ready) - Number(one.ready))
    .slice(0, documentationAddresses);
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: sliceName(service),
      namespace: service.metadata?.namespace,
      labels: {
        "kubernetes.io/service-name": service.metadata?.name,
        "endpointslice.kubernetes.io/managed-by": manager,
      },
      // So that the garbage collector takes the slice away with its Service.
      ownerReferences: [
        {
          apiVersion: "v1",
          kind: "Service",
          name: service.metadata?.name,
          uid: service.metadata?.uid,
          controller: true,
        },
      ],
    },
    addressType: "IPv4",
    ports: (service.spec?.ports ?? []).map(({ name = "", port, protocol = "TCP" }) => ({ name, port, protocol })),
    endpoints: shown.map(({ pod, ready, serving, terminating }, index) => ({
      addresses: [`192.0.2.${index + 1}`],
      conditions: { ready, serving, terminating },
      nodeName: pod.spec?.nodeName,
      targetRef: { kind: "Pod", namespace: pod.metadata?.namespace, name: pod.metadata?.name, uid: pod.metadata?.uid },
    })),
  };
}
