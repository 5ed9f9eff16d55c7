import type { V1Service } from "@kubernetes/client-node";
import type { Backend } from "./backends.ts";

/** Label value that identifies the slices of this stand-in. The endpoint slice controller does not own them. */
const manager = "process-service-proxy";

/** Number of documentation addresses, starting at 192.0.2.1 (RFC 5737). */
const documentationAddresses = 254;

/** The name of a Service's only slice. */
export const sliceName = (service: V1Service): string => `${service.metadata?.name}-process`;

/**
 * The complete EndpointSlice of a Service, for server-side apply. The addresses are from a documentation range, because
 * the API rejects loopback addresses. No client connects to them. The other data is correct: the pods, whether they are
 * ready or terminating, and the ports by name. With more than 254 pods, the ready ones come first and the rest are
 * omitted.
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
      // The garbage collector deletes the slice together with its Service.
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
