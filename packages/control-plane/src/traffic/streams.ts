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
}

/** The sender: the guide's load tester, in the namespace of the destination. */
export const SENDER = "loadtester";
const loadTester = ({ namespace }: MeshPod) => ({
  namespace,
  workload: SENDER,
  serviceAccount: "default",
  app: SENDER,
});

/** What a destination's own sidecar counts. None if the traffic does not go to the pod. */
export function podStreams(pod: MeshPod, destination: StreamDestination, split: Split): Stream[] {
  const requests = split.pods.get(pod.uid);
  if (requests === undefined) return [];
  const at = (seconds: number) => ({ begun: arrivedBy(requests, seconds), ended: endedBy(requests, seconds) });
  return [stream("served", istioLabels(loadTester(pod), pod, destination.service), destination, split, at)];
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
