import { type Split, totalsAt } from "./counters.ts";
import { connectionLabels, istioLabels, type MeshAge, sourceLabels } from "./istioLabels.ts";
import type { MeshPod } from "./meshPod.ts";
import { arrivedBy, endedBy } from "./podWork.ts";

/** The requests, or the TCP connections, that one sidecar counts with equal labels. */
export interface Stream {
  /** The same for the same labels of the same sidecar. */
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly protocol: "http" | "tcp";
  /** Mean milliseconds from the begin to the end of a request. Undefined: the default of the exposition. */
  readonly meanMilliseconds?: number;
  /** What had begun and what had ended at a time in seconds, including fractions. */
  at(seconds: number): Counts;
}

export interface Counts {
  readonly begun: number;
  readonly ended: number;
}

interface StreamDestination {
  readonly namespace: string;
  readonly workload: string;
  readonly service: string;
  readonly mesh?: MeshAge;
  readonly protocol?: "http" | "tcp";
  readonly sender?: { readonly namespace: string; readonly workload: string };
}

/** Who sends to a destination. By default, the guide's load tester in its namespace. */
export function senderOf({ namespace, sender }: StreamDestination): { namespace: string; workload: string } {
  return sender ?? { namespace, workload: "loadtester" };
}

/** What a destination's own sidecar counts. None if the traffic does not go to the pod. */
export function podStreams(pod: MeshPod, destination: StreamDestination, split: Split): Stream[] {
  const requests = split.pods.get(pod.uid);
  if (requests === undefined) return [];
  const at = (seconds: number) => ({ begun: arrivedBy(requests, seconds), ended: endedBy(requests, seconds) });
  const sender = senderOf(destination);
  const labels = istioLabels({ ...sender, serviceAccount: "default", app: sender.workload }, pod, destination.service);
  return [stream("served", labels, destination, split, at)];
}

/** What the sender's own sidecar counts: requests to all pods, and those that found none. */
export function senderStreams(sender: MeshPod, destination: StreamDestination, split: Split): Stream[] {
  const labels = (isServed: boolean) =>
    sourceLabels(sender, destination, destination.service, isServed, destination.mesh);
  const served = (seconds: number) => {
    const { served: begun, ended } = totalsAt(split, seconds);
    return { begun, ended };
  };
  const unserved = (seconds: number) => {
    const { unserved: begun } = totalsAt(split, seconds);
    return { begun, ended: begun };
  };
  return [
    stream("served", labels(true), destination, split, served),
    stream("unserved", labels(false), destination, split, unserved),
  ];
}

function stream(
  name: string,
  labels: Readonly<Record<string, string>>,
  { service, workload, protocol = "http" }: StreamDestination,
  { work: { seconds = 0 } }: Split,
  at: Stream["at"],
): Stream {
  return {
    key: `${protocol}/${workload}/${service}/${name}`,
    labels: protocol === "tcp" ? connectionLabels(labels) : labels,
    protocol,
    ...(seconds > 0 && { meanMilliseconds: seconds * 1_000 }),
    at,
  };
}
