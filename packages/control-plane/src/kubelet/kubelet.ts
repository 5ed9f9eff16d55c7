/**
 * Stand-in for the scheduler and a kubelet. It has one Node and binds every pod to it. It runs pods with a Node.js
 * image as processes. It creates each process only from the pod's spec: command, variables, volumes at their real
 * paths, user and probes.
 * Differences from a real kubelet:
 * - It pulls no images. A process uses this machine's programs and this Node.js (see sandbox.ts). Pods with any other
 *   image, and all containers except the first, are marked Running and Ready after one second.
 * - The network is this machine's. A pod only gets an address assigned in its status. There is no cluster DNS: the
 *   /etc/hosts of a container has the Services that exist when it starts.
 * - It does not support init containers, exec and gRPC probes, lifecycle hooks, resource limits, seccomp, and the restart
 *   policy OnFailure. Volumes are written once. The first restart delay is 1 s, not 10 s.
 * - It has no API: `kubectl logs` and `exec` do not work. Use `readPodLog`.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import type { V1Pod } from "@kubernetes/client-node";
import type { ControlPlane } from "../controlPlane.ts";
import { ownNode } from "./node.ts";
import { logFile, type PodLife, startPodLife } from "./podLife.ts";
import { Refusal, serverCall, untilDone } from "./serverCall.ts";

export interface Kubelet {
  /**
   * The output of the latest pod with this name, including earlier runs of its container. Available after the pod has
   * ended. Empty before the first output.
   */
  readPodLog(namespace: string, name: string): Promise<string>;
  /** Stops every process. The pods stay in the API. */
  stop(): Promise<void>;
}

/** Name of the only Node. */
const nodeName = "local";
/** The node's address in the control plane's block. */
const nodeAddress = 11;
/** Number of pod addresses in the block, from 127.A.16.1. */
const podAddresses = 4_094;
/** Grace period of processes when the kubelet stops, in seconds. */
const stopSeconds = 2;

/** Starts the kubelet. @param options.onProgress Called with binds, errors and restarts, one line at a time. */
export async function startKubelet(
  controlPlane: ControlPlane,
  options: { onProgress?(line: string): void } = {},
): Promise<Kubelet> {
  const { kubernetes, addresses, directory } = controlPlane;
  const onProgress = options.onProgress ?? (() => {});
  const onProblem = (problem: unknown) =>
    onProgress(`kubelet: ${problem instanceof Error ? problem.message : String(problem)}`);
  const hostIP = addresses.component(nodeAddress);
  const ending = new AbortController();
  const pods = new Map<string, { life: PodLife; address: number }>();
  const bound = new Set<string>();
  const logs = new Map<string, string>();
  let latestAddress = 0;

  // Use the next free address, not the lowest: a client may still have a recently released address in its cache.
  const nextAddress = (): number => {
    const taken = new Set(Array.from(pods.values(), ({ address }) => address));
    for (let tries = 0; tries < podAddresses; tries++) {
      latestAddress = (latestAddress % podAddresses) + 1;
      if (!taken.has(latestAddress)) return latestAddress;
    }
    throw new ProblemError(problem("ASM_KUBELET_ADDRESSES", `All ${podAddresses} pod addresses are taken`));
  };

  const bind = (namespace: string, name: string, uid: string) =>
    untilDone(
      () =>
        serverCall(kubernetes, "POST", `/api/v1/namespaces/${namespace}/pods/${name}/binding`, {
          apiVersion: "v1",
          kind: "Binding",
          metadata: { name, uid },
          target: { apiVersion: "v1", kind: "Node", name: nodeName },
        }),
      {
        firstPause: 200,
        signal: ending.signal,
        onProblem: (problem) => {
          if (problem instanceof Refusal && (problem.status === 404 || problem.status === 409)) throw problem; // gone or bound
          onProblem(problem);
        },
      },
    ).catch(() => {});

  const onPod = (pod: V1Pod) => {
    const { uid = "", namespace = "", name = "", deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata ?? {};
    if (pod.spec?.nodeName === undefined) {
      if (deletionTimestamp === undefined && !bound.has(uid)) void bind(namespace, name, uid);
      bound.add(uid);
      return;
    }
    if (pod.spec.nodeName !== nodeName) return;
    let known = pods.get(uid);
    if (known === undefined) {
      const address = nextAddress();
      const podDirectory = join(directory, "pods", `${namespace}_${name}_${uid}`);
      const facts = { podIP: addresses.pod(address), hostIP, nodeName };
      const kubernetesService = addresses.kubernetesService;
      const life = startPodLife(pod, { kubernetes, facts, kubernetesService, directory: podDirectory, onProgress });
      known = { life, address };
      pods.set(uid, known);
      logs.set(`${namespace}/${name}`, logFile(podDirectory));
    }
    if (deletionTimestamp !== undefined) known.life.terminate(deletionGracePeriodSeconds ?? 0);
  };

  const onGone = (uid: string) => {
    bound.delete(uid);
    const known = pods.get(uid);
    // A forced deletion: stop the processes that still run. After that, the address is free.
    void known?.life.end(0).then(() => pods.delete(uid), onProblem);
  };

  const node = await ownNode(kubernetes, nodeName, hostIP, onProblem);
  const watch = kubernetes.watchObjects<V1Pod>("/api/v1/pods", {
    onEvent: ({ type, object }) => (type === "DELETED" ? onGone(object.metadata?.uid ?? "") : onPod(object)),
    onProblem,
  });
  await watch.synced;

  return {
    readPodLog: async (namespace, name) => {
      const path = logs.get(`${namespace}/${name}`);
      if (path === undefined) return "";
      return readFile(path, "utf8").catch((problem: NodeJS.ErrnoException) => {
        if (problem.code === "ENOENT") return "";
        throw problem;
      });
    },
    stop: async () => {
      watch.stop();
      ending.abort();
      node.stop();
      await Promise.all(Array.from(pods.values(), ({ life }) => life.end(stopSeconds)));
    },
  };
}
