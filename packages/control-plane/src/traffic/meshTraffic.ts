/**
 * Stand-in for the traffic of a mesh and for the statistics of its sidecars. It sends no requests. It integrates an
 * offered rate over time, and each sidecar pod shows the result on podIP:15090/stats/prometheus as if Envoy had counted
 * it: a request counts when it has ended, and histograms and TCP counters change only at the sidecar's flush.
 * Differences from a real mesh:
 * - The traffic is split exactly evenly over ready pods, starting when a pod becomes Ready, and it comes evenly over
 *   time.
 * - Every request is an HTTP 200 of one size with one fixed distribution of durations around the service time. Without
 *   a ready pod, it is a 503 that only its sender counts. Requests of a pod that is removed before they end are lost,
 *   and nobody counts them.
 * - TCP connections move all their bytes when they open.
 * - Of a sender, a gateway or a waypoint, the first pod reports everything. A sender that does not exist reports
 *   nothing.
 * - Traffic through a waypoint is counted by nobody else, and goes through no gateway.
 */
import type { V1Pod } from "@kubernetes/client-node";
import type { ControlPlane } from "../controlPlane.ts";
import { emptySplit, offerRate, type Split, splitOver, type Totals, totalsAt } from "./counters.ts";
import type { MeshAge } from "./istioLabels.ts";
import { type MeshPod, meshPod } from "./meshPod.ts";
import type { Work } from "./podWork.ts";
import { openSidecar, type Sidecar } from "./sidecar.ts";
import { podStreams, senderOf, senderStreams, type WorkloadName, waypointStreams } from "./streams.ts";

/** The destination of requests: a workload, through one of its Services. */
export interface Destination extends WorkloadName {
  /** Name of the Service that callers use. */
  readonly service: string;
  /** Who sends the requests, such as an ingress gateway. Default: `loadtester` in the same namespace. */
  readonly sender?: WorkloadName;
  /** The waypoint that passes the requests on. Then the pods need no sidecar. Default: there is none. */
  readonly waypoint?: WorkloadName;
  /** Whose labels the callers' sidecars write. Default: those of a new Istio. */
  readonly mesh?: MeshAge;
  /** What is sent. With `tcp`, a rate is one of connections. Default: `http`. */
  readonly protocol?: "http" | "tcp";
  /**
   * How each pod works. Only the first offer for the destination sets it. Default: requests end when they come, without
   * a limit.
   */
  readonly work?: Work;
}

export interface MeshTraffic {
  /**
   * Sends this many requests per second until the next call for the destination. 0 stops the requests.
   * @throws ProblemError ASM_TRAFFIC_RATE if the rate is not a number of at least 0.
   */
  offer(destination: Destination, requestsPerSecond: number): void;
  /**
   * What truly was sent through all Services of a workload until a time, whatever its sidecars show: now, or up to ten
   * minutes ago.
   * @param at Unix ms. Default: now.
   */
  truth(workload: WorkloadName, at?: number): Totals;
  /** The sidecars of a workload's pods that are open, in the order in which they were opened. */
  sidecars(workload: WorkloadName): Sidecar[];
  /** Closes every endpoint. */
  stop(): Promise<void>;
}

interface Offer {
  readonly destination: Destination;
  split: Split;
}

/**
 * Starts the sidecars' endpoints. A watch adds and removes them with the pods.
 * @param options.onProblem Called if an endpoint cannot be opened, or if the watch broke (it restarts automatically).
 */
export async function startMeshTraffic(
  controlPlane: Pick<ControlPlane, "kubernetes">,
  options: { onProblem?(problem: Error): void } = {},
): Promise<MeshTraffic> {
  const onProblem = options.onProblem ?? (() => {});
  const pods = new Map<string, MeshPod>();
  const sidecars = new Map<string, Sidecar>();
  const offers = new Map<string, Offer>();

  const podsOf = (destination: Destination) =>
    new Map(
      Array.from(pods.values())
        .filter((pod) => isOf(pod, destination) && (pod.hasSidecar || destination.waypoint !== undefined))
        .map((pod) => [pod.uid, pod.ready]),
    );

  const splitAnew = (changed: MeshPod) => {
    const now = seconds();
    for (const offer of offers.values()) {
      if (isOf(offer.destination, changed)) offer.split = splitOver(offer.split, now, podsOf(offer.destination));
    }
  };

  const streamsOf = (uid: string) => {
    const pod = pods.get(uid);
    if (pod === undefined) return [];
    return Array.from(offers.values()).flatMap(({ destination, split }) => {
      const { waypoint } = destination;
      if (waypoint) return isFirst(pod, waypoint) ? waypointStreams(destination, split) : [];
      return isFirst(pod, senderOf(destination))
        ? senderStreams(pod, destination, split)
        : podStreams(pod, destination, split);
    });
  };

  const isFirst = ({ uid }: MeshPod, workload: WorkloadName): boolean =>
    Array.from(pods.values()).find((pod) => pod.hasSidecar && isOf(pod, workload))?.uid === uid;

  const close = async (uid: string) => {
    const sidecar = sidecars.get(uid);
    sidecars.delete(uid);
    await sidecar?.close();
  };

  const watch = controlPlane.kubernetes.watchObjects<V1Pod>("/api/v1/pods", {
    onEvent: ({ type, object }) => {
      const pod = meshPod(object);
      if (pod === undefined) return;
      if (type === "DELETED") pods.delete(pod.uid);
      else pods.set(pod.uid, pod);
      splitAnew(pod);
      if (type === "DELETED") void close(pod.uid);
      else if (pod.ready && pod.hasSidecar && !sidecars.has(pod.uid)) {
        sidecars.set(
          pod.uid,
          openSidecar(pod, () => streamsOf(pod.uid), seconds, onProblem),
        );
      }
    },
    onProblem,
  });
  await watch.synced;

  return {
    offer: (destination, requestsPerSecond) => {
      const { namespace, workload, service, protocol = "http" } = destination;
      const key = `${namespace}/${workload}/${service}/${protocol}`;
      const now = seconds();
      const known = offers.get(key);
      const split = known?.split ?? splitOver(emptySplit(now, destination.work), now, podsOf(destination));
      offers.set(key, { destination, split: offerRate(split, now, requestsPerSecond) });
    },
    truth: (workload, at) => {
      const time = at === undefined ? seconds() : (at - performance.timeOrigin) / 1_000;
      const totals = Array.from(offers.values())
        .filter(({ destination }) => isOf(destination, workload))
        .map(({ split }) => totalsAt(split, time));
      return totals.reduce(sumOf, NO_REQUESTS);
    },
    sidecars: (workload) =>
      Array.from(sidecars).flatMap(([uid, sidecar]) => {
        const pod = pods.get(uid);
        return pod && isOf(pod, workload) ? [sidecar] : [];
      }),
    stop: async () => {
      watch.stop();
      await Promise.all(Array.from(sidecars.keys(), close));
    },
  };
}

const isOf = (one: WorkloadName, other: WorkloadName): boolean =>
  one.namespace === other.namespace && one.workload === other.workload;

const NO_REQUESTS: Totals = { served: 0, ended: 0, unserved: 0, endingPerSecond: 0, offeredPerSecond: 0 };

function sumOf(one: Totals, other: Totals): Totals {
  return {
    served: one.served + other.served,
    ended: one.ended + other.ended,
    unserved: one.unserved + other.unserved,
    endingPerSecond: one.endingPerSecond + other.endingPerSecond,
    offeredPerSecond: one.offeredPerSecond + other.offeredPerSecond,
  };
}

const seconds = (): number => performance.now() / 1_000;
