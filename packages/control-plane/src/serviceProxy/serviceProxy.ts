/**
 * Stand-in for kube-proxy and the controllers of EndpointSlices and Endpoints. It listens on each ClusterIP Service with a selector, and
 * forwards connections to ready pods in turn. Differences from the real ones:
 * - It is a user-space proxy for TCP only. A pod sees 127.0.0.1 as the caller's address. NodePort, LoadBalancer
 *   addresses and session affinity are not supported.
 * - EndpointSlices and Endpoints have documentation addresses instead of the pods' addresses (see endpoints.ts), so
 *   clients cannot connect to them.
 */
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import type { ControlPlane } from "../controlPlane.ts";
import { latestWrite } from "../kubelet/latestWrite.ts";
import { Refusal, serverCall } from "../kubelet/serverCall.ts";
import type { Kubernetes } from "../kubernetes.ts";
import { type Backend, backendsOf, targetsOf } from "./backends.ts";
import { descriptions } from "./endpoints.ts";
import { type Forward, forward } from "./forward.ts";

export interface ServiceProxy {
  /** Closes every listener and connection. */
  stop(): Promise<void>;
}

interface ServedService {
  service: V1Service;
  /** Listeners by `address:port`. */
  readonly forwards: Map<string, Forward>;
  /** Writers of the objects that describe its backends. */
  readonly descriptions: readonly { update(service: V1Service, backends: readonly Backend[]): void; stop(): void }[];
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
    descriptions: descriptions.map((description) => describe(kubernetes, description, onProblem)),
  });

  const update = (served: ServedService) => {
    const { service, forwards } = served;
    const backends = backendsOf(service, pods.values());
    for (const description of served.descriptions) description.update(service, backends);

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
    for (const description of served?.descriptions ?? []) description.stop();
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

/** Keeps one of the objects that describe the backends of a Service up to date. An identical object is written once. */
function describe(
  kubernetes: Kubernetes,
  { collection, of }: (typeof descriptions)[number],
  onProblem: (problem: unknown) => void,
): ServedService["descriptions"][number] {
  let written = "";
  const write = latestWrite<ReturnType<typeof of>>(
    (object) => {
      const { name, namespace = "default" } = object.metadata;
      const path = `${collection(namespace)}/${name}?fieldManager=process-service-proxy&force=true`;
      return serverCall(kubernetes, "PATCH", path, object, "apply-patch");
    },
    (problem) => {
      onProblem(problem);
      // The namespace or the Service is being deleted. The next change writes again.
      if (problem instanceof Refusal && (problem.status === 404 || problem.status === 403)) throw problem;
    },
  );
  return {
    update: (service, backends) => {
      const object = of(service, backends);
      const text = JSON.stringify(object);
      if (text !== written) write.set(object);
      written = text;
    },
    stop: write.stop,
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
