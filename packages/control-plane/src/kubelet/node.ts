import type { Kubernetes } from "../kubernetes.ts";
import { Refusal, serverCall, untilDone } from "./serverCall.ts";

/** Renewal interval of the Lease and its duration, in seconds, as kubelet's defaults. */
const renewSeconds = 10;
const leaseSeconds = 40;

/** A Node that stays Ready. */
export interface OwnedNode {
  stop(): void;
}

/**
 * Registers a Node with a Ready condition and renews its Lease. Without the Lease, the controller manager would mark
 * the Node unreachable and evict its pods. Its capacity is large enough for every pod, because there is no real
 * scheduler.
 * @param address The Node's InternalIP.
 * @param onFault Called for each renewal that fails. The next one follows after 10 s.
 */
export async function ownNode(
  kubernetes: Kubernetes,
  name: string,
  address: string,
  onProblem: (problem: unknown) => void,
): Promise<OwnedNode> {
  const ending = new AbortController();
  const labels = { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" };
  await serverCall(kubernetes, "POST", "/api/v1/nodes", { metadata: { name, labels } }).catch((problem: unknown) => {
    if (!(problem instanceof Refusal && problem.status === 409)) throw problem;
  });
  const now = new Date().toISOString();
  const room = { cpu: "64", memory: "256Gi", pods: "4000" };
  const ready = {
    type: "Ready",
    status: "True",
    reason: "KubeletReady",
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
  const status = {
    capacity: room,
    allocatable: room,
    conditions: [ready],
    addresses: [
      { type: "InternalIP", address },
      { type: "Hostname", address: name },
    ],
    nodeInfo: { kubeletVersion: "v1.37.2-process", operatingSystem: "linux", architecture: process.arch },
  };
  await serverCall(kubernetes, "PATCH", `/api/v1/nodes/${name}/status`, { status }, "strategic-merge-patch");

  const renew = () =>
    serverCall(
      kubernetes,
      "PATCH",
      `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}?fieldManager=process-kubelet&force=true`,
      {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name },
        // MicroTime has six digits.
        spec: {
          holderIdentity: name,
          leaseDurationSeconds: leaseSeconds,
          renewTime: new Date().toISOString().replace("Z", "000Z"),
        },
      },
      "apply-patch",
    );
  // The API server creates the namespace kube-node-lease shortly after it is ready.
  const start = AbortSignal.any([ending.signal, AbortSignal.timeout(30_000)]);
  await untilDone(renew, { firstPause: 200, signal: start, onProblem: () => {} });
  const timer = setInterval(() => void renew().catch(onProblem), renewSeconds * 1_000);
  timer.unref();
  return {
    stop: () => {
      ending.abort();
      clearInterval(timer);
    },
  };
}
