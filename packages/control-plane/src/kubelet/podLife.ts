import { closeSync, openSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { V1Container, V1Pod, V1Service } from "@kubernetes/client-node";
import type { Kubernetes } from "../kubernetes.ts";
import { hasAdapterImage } from "./adapterImage.ts";
import { type ContainerLife, type ContainerReport, liveContainer } from "./container.ts";
import { sandboxOf, userOf } from "./containerSpec.ts";
import { containerEnvironment, kubernetesServiceVariables } from "./environment.ts";
import { latestWrite } from "./latestWrite.ts";
import type { VolumeOwner } from "./payload.ts";
import type { PodFacts } from "./podField.ts";
import { podSource } from "./podSource.ts";
import { podStatus, type WrittenCondition } from "./podStatus.ts";
import { type ContainerProcess, startSandbox } from "./sandbox.ts";
import { Refusal, serverCall, untilDone } from "./serverCall.ts";
import { type MadeVolume, makeVolumes } from "./volumes.ts";

export interface PodContext {
  readonly kubernetes: Kubernetes;
  readonly facts: PodFacts;
  /** ClusterIP of the `kubernetes` Service. */
  readonly kubernetesService: string;
  /** A folder that only this pod uses. */
  readonly directory: string;
  onProgress(line: string): void;
}

/** A pod on this node. */
export interface PodLife {
  /**
   * Stops the containers and deletes the pod from the API, for a pod with a deletion request. Only the first call has
   * an effect.
   */
  terminate(graceSeconds: number): void;
  /** Only stops the containers. Resolves when they have ended. */
  end(graceSeconds: number): Promise<void>;
}

/**
 * Delay after which a pod without a process is marked Running and Ready, in milliseconds. It is longer if the readiness
 * probe of its first container waits longer. Nothing answers the probe itself.
 */
const readyAfter = 1_000;

/**
 * Reports whether this kubelet runs the pod as a process: its first container has a Node.js image, such as
 * `docker.io/library/node:24`, or the adapter's image.
 */
export function isNodePod(pod: V1Pod): boolean {
  const container = pod.spec?.containers[0];
  return container !== undefined && (hasAdapterImage(container) || /(^|\/)node[:@][^/]+$/.test(container.image ?? ""));
}

/** Starts a pod that is bound to this node, and updates its status. */
export function startPodLife(pod: V1Pod, context: PodContext): PodLife {
  const { kubernetes, facts, directory } = context;
  const path = `/api/v1/namespaces/${pod.metadata?.namespace}/pods/${pod.metadata?.name}`;
  const uid = pod.metadata?.uid ?? "";
  const onProgress = (line: string) =>
    context.onProgress(`pod ${pod.metadata?.namespace}/${pod.metadata?.name}: ${line}`);
  const ending = new AbortController();
  const startTime = new Date();
  const reports = new Map<string, ContainerReport>();
  let conditions: WrittenCondition[] = [];
  let container: ContainerLife | undefined;

  const status = latestWrite<unknown>(
    // The uid is a precondition, because a later pod can have the same name.
    (value) =>
      serverCall(kubernetes, "PATCH", `${path}/status`, { metadata: { uid }, status: value }, "strategic-merge-patch"),
    (problem) => {
      if (problem instanceof Refusal && (problem.status === 404 || problem.status === 409)) throw problem; // The pod is gone.
      onProgress(`its status cannot be written: ${messageOf(problem)}`);
    },
  );
  const report = (name: string, containerReport: ContainerReport) => {
    reports.set(name, containerReport);
    const now = podStatus(pod, facts, reports, startTime, conditions, new Date());
    conditions = now.conditions;
    status.set(now);
  };
  const markRunning = (containers: readonly V1Container[]) => {
    const state = { running: { startedAt: new Date() } };
    for (const { name } of containers) report(name, { state, restartCount: 0, started: true, ready: true });
  };

  const run = async () => {
    const [first, ...others] = pod.spec?.containers ?? [];
    if (first === undefined) return;
    report(first.name, {
      state: { waiting: { reason: "ContainerCreating" } },
      restartCount: 0,
      started: false,
      ready: false,
    });
    if (!isNodePod(pod)) {
      const waits = (first.readinessProbe?.initialDelaySeconds ?? 0) * 1_000;
      await pause(Math.max(readyAfter, waits), undefined, { signal: ending.signal });
      return markRunning([first, ...others]);
    }
    const prepare = preparation(pod, first, context);
    const waiting = (reason: string) => (problem: unknown) => {
      const message = messageOf(problem);
      onProgress(message);
      report(first.name, { state: { waiting: { reason, message } }, restartCount: 0, started: false, ready: false });
    };
    const tries = { firstPause: 1_000, signal: ending.signal };
    const volumes = await untilDone(prepare.volumes, { ...tries, onProblem: waiting("ContainerCreating") });
    // A spec that cannot run is retried too, because the missing ConfigMap or Secret may be created later.
    await untilDone(() => prepare.sandbox(volumes), { ...tries, onProblem: waiting("CreateContainerConfigError") });
    container = liveContainer({
      container: first,
      podIP: facts.podIP,
      graceSeconds: pod.spec?.terminationGracePeriodSeconds ?? 30,
      restarts: pod.spec?.restartPolicy !== "Never",
      logFile: logFile(directory),
      launch: () => prepare.launch(volumes),
      onReport: (containerReport) => report(first.name, containerReport),
      onProgress,
    });
    markRunning(others);
  };

  const running = run().catch((problem: unknown) => {
    if (!ending.signal.aborted) onProgress(messageOf(problem));
  });
  const end = async (graceSeconds: number) => {
    ending.abort();
    await running;
    await container?.stop(graceSeconds);
    status.stop();
    await rm(join(directory, "volumes"), { recursive: true, force: true });
  };

  return {
    terminate: (graceSeconds) => {
      if (ending.signal.aborted) return;
      void end(graceSeconds)
        .then(() => serverCall(kubernetes, "DELETE", path, { gracePeriodSeconds: 0, preconditions: { uid } }))
        .catch((problem: unknown) => {
          if (problem instanceof Refusal && (problem.status === 404 || problem.status === 409)) return; // Gone already.
          onProgress(`it cannot be deleted from the API: ${messageOf(problem)}`);
        });
    },
    end,
  };
}

/** The steps that create a process from the spec of a container. */
function preparation(pod: V1Pod, container: V1Container, context: PodContext) {
  const { kubernetes, facts, directory, kubernetesService } = context;
  const source = podSource(kubernetes, pod);
  const root = join(directory, "root");
  const user = container.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser;
  const owner: VolumeOwner = {
    ...(user !== undefined && { uid: userOf(pod, container) }),
    ...(pod.spec?.securityContext?.fsGroup !== undefined && { fsGroup: pod.spec.securityContext.fsGroup }),
  };
  const sandbox = async (volumes: ReadonlyMap<string, MadeVolume>) => {
    const base = kubernetesServiceVariables(kubernetesService);
    const environment = await containerEnvironment(container, pod, facts, source, base);
    return sandboxOf(pod, container, environment, volumes, facts.podIP, root, await serviceHosts(kubernetes));
  };
  return {
    volumes: () => makeVolumes(pod, facts, owner, source, join(directory, "volumes")),
    sandbox,
    launch: async (volumes: ReadonlyMap<string, MadeVolume>): Promise<ContainerProcess> => {
      const made = await sandbox(volumes);
      await mkdir(root, { recursive: true });
      const log = openSync(logFile(directory), "a");
      try {
        return startSandbox(made, log);
      } finally {
        closeSync(log);
      }
    },
  };
}

/**
 * Lines of /etc/hosts with the names of the Services, in place of cluster DNS. A Service with an IP address as its
 * external name is one outside of the cluster's pods.
 */
async function serviceHosts(kubernetes: PodContext["kubernetes"]): Promise<string> {
  const { items } = await serverCall<{ items: V1Service[] }>(kubernetes, "GET", "/api/v1/services");
  const lines = items.map(({ metadata, spec }) => {
    const address = spec?.type === "ExternalName" ? spec.externalName : spec?.clusterIP;
    const name = `${metadata?.name}.${metadata?.namespace}.svc`;
    return isIP(address ?? "") === 0 ? "" : `${address}\t${name} ${name}.cluster.local\n`;
  });
  return lines.join("");
}

/** Log file of a pod's process. */
export const logFile = (podDirectory: string): string => join(podDirectory, "container.log");

const messageOf = (problem: unknown): string => (problem instanceof Error ? problem.message : String(problem));
