/**
 * Stand-in for kube-proxy and the EndpointSlice controller. It listens on each ClusterIP Service with a selector, and
 * forwards connections to ready pods in turn. Differences from the real ones:
 * - It is a user-space proxy for TCP only. A pod sees 127.0.0.1 as the caller's address. NodePort, LoadBalancer
 *   addresses and session affinity are not supported.
 * - EndpointSlices have documentation addresses instead of the pods' addresses (see endpointSlice.ts), so clients
 *   cannot connect to them.
 */
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import type { ControlPlane } from "../controlPlane.ts";
import { type LatestWrite, latestWrite } from "../kubelet/latestWrite.ts";
import { Refusal, serverCall } from "../kubelet/serverCall.ts";
import { backendsOf, targetsOf } from "./backends.ts";
import { endpointSlice, sliceName } from "./endpointSlice.ts";
import { type Forward, forward } from "./forward.ts";

export interface ServiceProxy {
  /** Closes every listener and connection. */
  stop(): Promise<void>;
}

interface ServedService {
  service: V1Service;
  /** Listeners by `address:port`. */
  readonly forwards: Map<string, Forward>;
  readonly slice: LatestWrite<ReturnType<typeof endpointSlice>>;
  /** The text of the last written slice. An identical slice is not written again. */
  written: string;
}

/** Starts the proxy. @param options.onProgress Called for listeners and connections that fail, one line at a time. */
export async function startServiceProxy(
  controlPlane: ControlPlane,
  options: { onProgress?(line: string): void } = {},
): Promise<ServiceProxy> {
  const { kubernetes } = controlPlane;
  const onProblem = (problem: unknown) =>
    options.onProgress?.(`service proxy: ${problem instanceof Error ? problem.message : String(problem)}`);
  const pods = new Map<string, V1Pod>();
  const services = new Map<string, ServedService>();

  const serve = (service: V1Service): ServedService => ({
    service,
    forwards: new Map(),
    slice: latestWrite(
      (slice) => {
        const path = `/apis/discovery.k8s.io/v1/namespaces/${slice.metadata.namespace}/endpointslices/${sliceName(service)}`;
        return serverCall(
          kubernetes,
          "PATCH",
          `${path}?fieldManager=process-service-proxy&force=true`,
          slice,
          "apply-patch",
        );
      },
      (problem) => {
        onProblem(problem);
        // The namespace or the Service is being deleted. The next change writes again.
        if (problem instanceof Refusal && (problem.status === 404 || problem.status === 403)) throw problem;
      },
    ),
    written: "",
  });

  const update = (served: ServedService) => {
    const { service, forwards } = served;
    const backends = backendsOf(service, pods.values());
    const slice = endpointSlice(service, backends);
    const text = JSON.stringify(slice);
    if (text !== served.written) served.slice.set(slice);
    served.written = text;

    const wanted = new Map(
      listenersOf(service).map((listener) => [`${listener.address}:${listener.port.port}`, listener]),
    );
    for (const [key, { address, port }] of wanted) {
      const existing = forwards.get(key) ?? forward(address, port.port, onProblem);
      forwards.set(key, existing);
      existing.setTargets(targetsOf(port, backends));
    }
    for (const [key, existing] of forwards) {
      if (wanted.has(key)) continue;
      existing.stop();
      forwards.delete(key);
    }
  };

  const forget = (uid: string) => {
    const served = services.get(uid);
    services.delete(uid);
    served?.slice.stop();
    for (const existing of served?.forwards.values() ?? []) existing.stop();
  };

  const serviceWatch = kubernetes.watchObjects<V1Service>("/api/v1/services", {
    onEvent: ({ type, object }) => {
      const uid = object.metadata?.uid ?? "";
      if (type === "DELETED" || !isServed(object)) return forget(uid);
      const served = services.get(uid) ?? serve(object);
      served.service = object;
      services.set(uid, served);
      update(served);
    },
    onProblem,
  });
  const podWatch = kubernetes.watchObjects<V1Pod>("/api/v1/pods", {
    onEvent: ({ type, object }) => {
      const { uid = "", namespace } = object.metadata ?? {};
      if (type === "DELETED") pods.delete(uid);
      else pods.set(uid, object);
      for (const served of services.values()) {
        if (served.service.metadata?.namespace === namespace) update(served);
      }
    },
    onProblem,
  });
  await Promise.all([serviceWatch.synced, podWatch.synced]);

  return {
    stop: async () => {
      serviceWatch.stop();
      podWatch.stop();
      for (const uid of Array.from(services.keys())) forget(uid);
    },
  };
}

/**
 * Reports whether the proxy serves a Service. The endpoints of a Service without a selector (such as `kubernetes`) or
 * with an external name are not managed here.
 */
const isServed = ({ spec }: V1Service): boolean =>
  Object.keys(spec?.selector ?? {}).length > 0 && spec?.type !== "ExternalName";

function listenersOf({ spec }: V1Service) {
  const addresses = (spec?.clusterIPs ?? []).filter((address) => address !== "None");
  const ports = (spec?.ports ?? []).filter(({ protocol = "TCP" }) => protocol === "TCP");
  return addresses.flatMap((address) => ports.map((port) => ({ address, port })));
}
