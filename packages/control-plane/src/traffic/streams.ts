import { type Split, totalsAt } from "./counters.ts";
import { connectionLabels, istioLabels, type MeshAge, sourceLabels, waypointLabels } from "./istioLabels.ts";
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

/** The name of a workload, as Istio has it. */
export interface WorkloadName {
  readonly namespace: string;
  readonly workload: string;
}

interface StreamDestination extends WorkloadName {
  readonly service: string;
  readonly sender?: WorkloadName;
  readonly waypoint?: WorkloadName;
  readonly mesh?: MeshAge;
  readonly protocol?: "http" | "tcp";
}

/** The sender if none is named: the guide's load tester, in the namespace of the destination. */
const SENDER = "loadtester";

/** Who sends the requests: a client, or a gateway. */
export function senderOf({ namespace, sender }: StreamDestination): WorkloadName {
  return sender ?? { namespace, workload: SENDER };
}

function senderEndpoint(destination: StreamDestination) {
  const { namespace, workload } = senderOf(destination);
  return { namespace, workload, serviceAccount: "default", app: workload };
}

/** What a destination's own sidecar counts. None if the traffic does not go to the pod. */
export function podStreams(pod: MeshPod, destination: StreamDestination, split: Split): Stream[] {
  const requests = split.pods.get(pod.uid);
  if (requests === undefined) return [];
  const at = (seconds: number) => ({ begun: arrivedBy(requests, seconds), ended: endedBy(requests, seconds) });
  return [stream("served", istioLabels(senderEndpoint(destination), pod, destination.service), destination, split, at)];
}

/** What the sender's own proxy counts: requests to all pods, and those that found none. */
export function senderStreams(sender: MeshPod, destination: StreamDestination, split: Split): Stream[] {
  return streamsToAll(destination, split, (isServed) =>
    sourceLabels(sender, destination, destination.service, isServed, destination.mesh),
  );
}

/** What a waypoint counts: requests that it passes on to all pods, and those that found none. */
export function waypointStreams(destination: StreamDestination, split: Split): Stream[] {
  return streamsToAll(destination, split, (isServed) =>
    waypointLabels(senderEndpoint(destination), destination, destination.service, isServed),
  );
}

function streamsToAll(
  destination: StreamDestination,
  split: Split,
  labels: (isServed: boolean) => Record<string, string>,
): Stream[] {
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
  { namespace, service, workload, protocol = "http" }: StreamDestination,
  { work: { seconds = 0 } }: Split,
  at: Stream["at"],
): Stream {
  return {
    key: `${protocol}/${namespace}/${workload}/${service}/${name}`,
    labels: protocol === "tcp" ? connectionLabels(labels) : labels,
    protocol,
    ...(seconds > 0 && { meanMilliseconds: seconds * 1_000 }),
    at,
  };
}
