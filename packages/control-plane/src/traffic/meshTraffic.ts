/**
 * Stand-in for the traffic of a mesh and for the statistics of its sidecars. It sends no requests. It integrates an
 * offered rate over time, and each sidecar pod shows the result on podIP:15090/stats/prometheus as if Envoy had counted
 * it.
 * Differences from a real mesh:
 * - The traffic is split exactly evenly over ready pods, starting when a pod becomes Ready.
 * - Every request is an HTTP 200 with one fixed distribution of durations. Without a ready pod, it is a 503 that only
 *   its sender counts.
 * - The sending side reports only if its namespace has a workload `loadtester`. The first of its pods reports
 *   everything.
 */
import { createServer, type Server } from "node:http";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import type { V1Pod } from "@kubernetes/client-node";
import type { ControlPlane } from "../controlPlane.ts";
import { STATS_PORT } from "../sidecars/sidecar.ts";
import { advance, emptySplit, offerRate, type Split, splitOver, wholeRequests } from "./counters.ts";
import { exposition, istioLabels, type MeshAge, type RequestSeries, sourceLabels } from "./exposition.ts";
import { type MeshPod, meshPod } from "./meshPod.ts";

/** The destination of requests: a Deployment, through one of its Services. */
interface Destination {
  readonly namespace: string;
  /** Name of the Deployment. */
  readonly workload: string;
  /** Name of the Service that callers use. */
  readonly service: string;
  /** Whose labels the callers' sidecars write. Default: those of a new Istio. */
  readonly mesh?: MeshAge;
}

export interface MeshTraffic {
  /**
   * Sends this many requests per second until the next call for the destination. 0 stops the requests.
   * @throws ProblemError ASM_TRAFFIC_RATE if the rate is not a number of at least 0.
   */
  offer(destination: Destination, requestsPerSecond: number): void;
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
  controlPlane: ControlPlane,
  options: { onProblem?(problem: Error): void } = {},
): Promise<MeshTraffic> {
  const onProblem = options.onProblem ?? (() => {});
  const pods = new Map<string, MeshPod>();
  const endpoints = new Map<string, Server>();
  const offers = new Map<string, Offer>();

  const podsOf = ({ namespace, workload }: Destination) =>
    new Map(
      Array.from(pods.values())
        .filter((pod) => pod.namespace === namespace && pod.workload === workload)
        .map((pod) => [pod.uid, pod.ready]),
    );

  const splitAnew = (changed: MeshPod) => {
    const now = seconds();
    for (const offer of offers.values()) {
      const { namespace, workload } = offer.destination;
      if (namespace !== changed.namespace || workload !== changed.workload) continue;
      offer.split = splitOver(offer.split, now, podsOf(offer.destination));
    }
  };

  const statistics = (uid: string): string => {
    const now = seconds();
    const pod = pods.get(uid);
    if (pod === undefined) return "";
    return exposition(
      Array.from(offers.values()).flatMap(({ destination, split }) => {
        if (isSender(pod) && destination.namespace === pod.namespace)
          return sent(pod, destination, advance(split, now));
        const requests = wholeRequests(split, now, uid);
        if (requests === undefined) return [];
        return [{ labels: istioLabels(loadTester(pod), pod, destination.service), requests }];
      }),
    );
  };

  const isSender = ({ uid, namespace, workload }: MeshPod): boolean =>
    workload === SENDER &&
    Array.from(pods.values()).find((pod) => pod.workload === SENDER && pod.namespace === namespace)?.uid === uid;

  const open = ({ uid, address }: MeshPod) => {
    const server = createServer((request, response) => {
      if (request.url?.split("?")[0] !== "/stats/prometheus") return response.writeHead(404).end();
      return response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(statistics(uid));
    });
    server.on("error", (cause) => {
      onProblem(
        new ProblemError(
          problem("ASM_TRAFFIC_ENDPOINT", `The sidecar endpoint ${address}:${STATS_PORT} cannot be opened`),
          { cause },
        ),
      );
    });
    server.listen(STATS_PORT, address);
    endpoints.set(uid, server);
  };

  const close = (uid: string) => {
    const server = endpoints.get(uid);
    endpoints.delete(uid);
    server?.close();
    server?.closeAllConnections();
  };

  const watch = controlPlane.kubernetes.watchObjects<V1Pod>("/api/v1/pods", {
    onEvent: ({ type, object }) => {
      const pod = meshPod(object);
      if (pod === undefined) return;
      if (type === "DELETED") pods.delete(pod.uid);
      else pods.set(pod.uid, pod);
      splitAnew(pod);
      if (type === "DELETED") close(pod.uid);
      else if (pod.ready && !endpoints.has(pod.uid)) open(pod);
    },
    onProblem,
  });
  await watch.synced;

  return {
    offer: (destination, requestsPerSecond) => {
      const key = `${destination.namespace}/${destination.workload}/${destination.service}`;
      const now = seconds();
      const before = offers.get(key)?.split ?? splitOver(emptySplit(now), now, podsOf(destination));
      offers.set(key, { destination, split: offerRate(before, now, requestsPerSecond) });
    },
    stop: async () => {
      watch.stop();
      for (const uid of Array.from(endpoints.keys())) close(uid);
    },
  };
}

/** The sender: the guide's load tester, in the namespace of the destination. */
const SENDER = "loadtester";
const loadTester = ({ namespace }: MeshPod) => ({
  namespace,
  workload: SENDER,
  serviceAccount: "default",
  app: SENDER,
});

/** The requests of an offer that the sender's own sidecar has counted. */
function sent(sender: MeshPod, destination: Destination, { served, unserved }: Split): RequestSeries[] {
  const series = (isServed: boolean, requests: number) => ({
    labels: sourceLabels(sender, destination, destination.service, isServed, destination.mesh),
    requests: Math.floor(requests),
  });
  return [...(served > 0 ? [series(true, served)] : []), ...(unserved > 0 ? [series(false, unserved)] : [])];
}

const seconds = (): number => performance.now() / 1_000;
