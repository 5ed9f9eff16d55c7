import type { V1Container, V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import type { ContainerReport } from "./container.ts";
import type { PodFacts } from "./podField.ts";

/** Whether the Ready condition of a pod is True. */
export function isReady(pod: V1Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** A container whose state is not known yet. */
const creating: ContainerReport = {
  state: { waiting: { reason: "ContainerCreating" } },
  restartCount: 0,
  started: false,
  ready: false,
};

/** A condition for a merge patch of the pod's status. A null removes the text of an earlier state. */
export interface WrittenCondition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly lastTransitionTime: Date;
  readonly reason: string | null;
  readonly message: string | null;
}

/**
 * The status of a pod, for a strategic merge patch of its status subresource.
 * @param reports The known state of its containers, by name.
 * @param before The conditions of the last write. A condition that does not change keeps its transition time.
 */
export function podStatus(
  pod: V1Pod,
  facts: PodFacts,
  reports: ReadonlyMap<string, ContainerReport>,
  startTime: Date,
  before: readonly WrittenCondition[],
  now: Date,
): { conditions: WrittenCondition[]; [field: string]: unknown } {
  const containers = pod.spec?.containers ?? [];
  const statuses = containers.map((container) => containerStatus(container, reports.get(container.name) ?? creating));
  const unready = statuses.filter(({ ready }) => !ready).map(({ name }) => name);
  const condition = (type: string, holds: boolean): WrittenCondition => {
    const status = holds ? "True" : "False";
    const same = before.find((earlier) => earlier.type === type && earlier.status === status);
    return {
      type,
      status,
      lastTransitionTime: same?.lastTransitionTime ?? now,
      reason: holds ? null : "ContainersNotReady",
      message: holds ? null : `containers with unready status: [${unready.join(" ")}]`,
    };
  };
  return {
    phase: phaseOf(statuses),
    podIP: facts.podIP,
    podIPs: [{ ip: facts.podIP }],
    hostIP: facts.hostIP,
    hostIPs: [{ ip: facts.hostIP }],
    startTime,
    conditions: [
      condition("PodReadyToStartContainers", true),
      condition("Initialized", true),
      condition("ContainersReady", unready.length === 0),
      condition("Ready", unready.length === 0),
    ],
    containerStatuses: statuses,
  };
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase */
function phaseOf(statuses: readonly V1ContainerStatus[]): string {
  const ends = statuses.flatMap(({ state }) => state?.terminated ?? []);
  if (ends.length === statuses.length) return ends.every(({ exitCode }) => exitCode === 0) ? "Succeeded" : "Failed";
  const hasStarted = statuses.every(
    ({ state, lastState }) => state?.running || state?.terminated || lastState?.terminated,
  );
  return hasStarted ? "Running" : "Pending";
}

function containerStatus({ name, image = "" }: V1Container, report: ContainerReport): V1ContainerStatus {
  const { state, lastState, restartCount, started, ready } = report;
  // No image is pulled. The id only shows that the container belongs to this kubelet.
  const identity = { image, imageID: "", containerID: state.running ? `process://${name}-${restartCount}` : "" };
  return { name, ...identity, restartCount, started, ready, state, ...(lastState && { lastState }) };
}
