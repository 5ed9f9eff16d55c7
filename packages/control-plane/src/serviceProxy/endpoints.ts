import type { V1Pod, V1Service } from "@kubernetes/client-node";
import type { Backend } from "./backends.ts";

/** Label value that identifies the objects of this stand-in. The controllers of Kubernetes do not own them. */
const manager = "process-service-proxy";

/** Number of documentation addresses, starting at 192.0.2.1 (RFC 5737). */
const documentationAddresses = 254;

/** An object that describes the backends of a Service, for server-side apply. */
interface Described {
  readonly metadata: { readonly name: string; readonly namespace: string | undefined };
}

/** The objects that describe the backends of a Service: where they are, and their complete content. */
export const descriptions: readonly {
  readonly collection: (namespace: string) => string;
  readonly of: (service: V1Service, backends: readonly Backend[]) => Described;
}[] = [
  { collection: (namespace) => `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, of: endpointSlice },
  { collection: (namespace) => `/api/v1/namespaces/${namespace}/endpoints`, of: endpoints },
];

/**
 * The complete EndpointSlice of a Service. The addresses are from a documentation range, because the API rejects
 * loopback addresses. No client connects to them. The other data is correct: the pods, whether they are ready or
 * terminating, and the ports by name. With more than 254 pods, the ready ones come first and the rest are omitted.
 */
export function endpointSlice(service: V1Service, backends: readonly Backend[]) {
  const name = service.metadata?.name ?? "";
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: metadataOf(service, `${name}-process`, {
      "kubernetes.io/service-name": name,
      "endpointslice.kubernetes.io/managed-by": manager,
    }),
    addressType: "IPv4",
    ports: portsOf(service),
    endpoints: shown(backends).map(({ pod, ready, serving, terminating }, index) => ({
      addresses: [documentationAddress(index)],
      conditions: { ready, serving, terminating },
      nodeName: pod.spec?.nodeName,
      targetRef: referenceTo(pod),
    })),
  };
}

/**
 * The complete v1 Endpoints of a Service, with the addresses and pods of {@link endpointSlice} except those that are
 * terminating. The API is deprecated, but pulumi-kubernetes waits for it before a Service counts as ready.
 */
export function endpoints(service: V1Service, backends: readonly Backend[]) {
  const entries = shown(backends).map(({ pod, ready, terminating }, index) => ({
    ready,
    terminating,
    address: { ip: documentationAddress(index), nodeName: pod.spec?.nodeName, targetRef: referenceTo(pod) },
  }));
  const addresses = entries.filter(({ ready }) => ready).map(({ address }) => address);
  const notReadyAddresses = entries
    .filter(({ ready, terminating }) => !ready && !terminating)
    .map(({ address }) => address);
  const subset = {
    ...(addresses.length > 0 && { addresses }),
    ...(notReadyAddresses.length > 0 && { notReadyAddresses }),
    ports: portsOf(service),
  };
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: metadataOf(service, service.metadata?.name ?? "", { "endpoints.kubernetes.io/managed-by": manager }),
    subsets: addresses.length + notReadyAddresses.length > 0 ? [subset] : [],
  };
}

function metadataOf(service: V1Service, name: string, labels: Readonly<Record<string, string>>) {
  return {
    name,
    namespace: service.metadata?.namespace,
    labels,
    // The garbage collector deletes the object together with its Service.
    ownerReferences: [
      {
        apiVersion: "v1",
        kind: "Service",
        name: service.metadata?.name,
        uid: service.metadata?.uid,
        controller: true,
      },
    ],
  };
}

function portsOf(service: V1Service) {
  return (service.spec?.ports ?? []).map(({ name = "", port, protocol = "TCP" }) => ({ name, port, protocol }));
}

function shown(backends: readonly Backend[]): Backend[] {
  return [...backends].sort((one, other) => Number(other.ready) - Number(one.ready)).slice(0, documentationAddresses);
}

function documentationAddress(index: number): string {
  return `192.0.2.${index + 1}`;
}

function referenceTo({ metadata }: V1Pod) {
  return { kind: "Pod", namespace: metadata?.namespace, name: metadata?.name, uid: metadata?.uid };
}
