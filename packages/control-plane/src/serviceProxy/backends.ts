import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { isReady } from "../kubelet/podStatus.ts";

/** A pod that a Service selects. */
export interface Backend {
  readonly pod: V1Pod;
  readonly address: string;
  /** Whether the pod accepts new connections. */
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
}

/** A destination of connections to one port of a Service. */
export interface Target {
  readonly address: string;
  readonly port: number;
}

/**
 * The pods with an address that a Service's selector matches, sorted by name. Empty for a Service without a selector.
 */
export function backendsOf(service: V1Service, pods: Iterable<V1Pod>): Backend[] {
  const selector = Object.entries(service.spec?.selector ?? {});
  if (selector.length === 0) return [];
  const chosen = Array.from(pods).filter(
    ({ metadata, status }) =>
      metadata?.namespace === service.metadata?.namespace &&
      status?.podIP &&
      status.phase !== "Succeeded" &&
      status.phase !== "Failed" &&
      selector.every(([key, value]) => metadata?.labels?.[key] === value),
  );
  return chosen
    .map((pod): Backend => {
      const terminating = pod.metadata?.deletionTimestamp !== undefined;
      const serving = isReady(pod) || service.spec?.publishNotReadyAddresses === true;
      return { pod, address: pod.status?.podIP ?? "", ready: serving && !terminating, serving, terminating };
    })
    .sort((one, other) => ((one.pod.metadata?.name ?? "") < (other.pod.metadata?.name ?? "") ? -1 : 1));
}

type ServicePort = NonNullable<NonNullable<V1Service["spec"]>["ports"]>[number];

/**
 * The ready targets of a Service's port. A named targetPort is resolved for each pod. A pod without that port is
 * skipped.
 */
export function targetsOf(port: ServicePort, backends: readonly Backend[]): Target[] {
  return backends.flatMap(({ pod, address, ready }) => {
    const number = targetPort(port, pod);
    return ready && number !== undefined ? [{ address, port: number }] : [];
  });
}

function targetPort({ port, targetPort: target = port }: ServicePort, pod: V1Pod): number | undefined {
  if (typeof target === "number") return target;
  const ports = pod.spec?.containers.flatMap((container) => container.ports ?? []);
  return ports?.find(({ name }) => name === target)?.containerPort;
}
