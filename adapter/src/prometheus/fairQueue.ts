import { problem } from "@asm-autoscaler/hpa-metrics";
import type { Answer } from "./answer.ts";
import { Lane, MOST_QUEUED, noCounts, SLOW_REQUEST_MS, SPEEDS, type Speed, sum } from "./lane.ts";

/** A request to one Prometheus. It is queued until it fits into its namespace's share of the server. */
interface QueuedRequest {
  /**
   * The namespaces whose HPAs request it. The request counts for the namespace with the fewest in-flight and queued
   * requests. A query that several namespaces share is then never answered later for one of them because of the load of
   * another.
   */
  readonly namespaces: readonly string[];
  readonly speed: Speed;
  /** Sends the request. Never rejects. */
  send(): Promise<Answer>;
}

/**
 * Shares one Prometheus among namespaces. Free connections go to quick requests first, then to requests of unknown
 * speed, then to slow requests. Within each speed, namespaces take turns.
 *
 * A request counts as slow after it has been in flight for `SLOW_REQUEST_MS`. The concurrency limit for slow requests
 * and requests of unknown speed together is `MOST_HEAVY`. It is lower than the number of queries that Prometheus runs
 * at once, so that a quick request can always start in the adapter and in Prometheus.
 *
 * Known limitation: requests that were quick before and become slow at the same time. One namespace can then use 8 of
 * the 20 queries that Prometheus runs. Three namespaces together can use all of them until their queries end or time
 * out, which takes 10 s at most. After that, these queries count as slow.
 */
export interface FairQueue {
  /**
   * Returns the answer, with `tookMs` measured from when the request was sent. If the request is not sent, the answer
   * has the problem ASM_PROMETHEUS_BUSY and no `tookMs`. This happens at once if `MOST_QUEUED` requests of its
   * namespace are queued, or after `LONGEST_WAIT_MS` in the queue. Never rejects.
   */
  run(request: QueuedRequest): Promise<Answer>;
}

/** Counts of the queues of all servers, for the metrics endpoint. */
export interface QueueCounts {
  /** Requests that are queued now. */
  queued: number;
  /** Requests that were not sent because the share of their namespace was used up. */
  refused: number;
}

/**
 * Connections to one server. Prometheus runs 20 queries at once by default (`--query.max-concurrency`). Other servers
 * run more.
 */
export const CONNECTIONS = 64;
/**
 * Concurrency limit for slow requests and requests of unknown speed together. With eight quick requests, they reach
 * Prometheus's default of 20.
 */
const MOST_HEAVY = 12;
/** Concurrency limit for slow requests. The remaining four are for requests of unknown speed. */
const MOST_SLOW = 8;
/** How long a request may be queued, in ms. Its reading would be that old when the request is sent. */
export const LONGEST_WAIT_MS = 10_000;
/**
 * Number of lanes above which idle lanes are removed. Below it, an idle lane stays only if its namespace is suspect.
 */
const MOST_LANES = 1_000;

interface Waiting extends QueuedRequest {
  readonly lane: Lane<Waiting>;
  /** The speed that the request counts as. */
  counted: Speed;
  timer?: NodeJS.Timeout;
  settle(answer: Answer): void;
}

/** Creates the queue of one server. `nowMs` is a monotonic clock. */
export function createFairQueue(counts: QueueCounts, nowMs: () => number): FairQueue {
  const lanes = new Map<string, Lane<Waiting>>();
  /** Lanes with queued requests, by speed. The lane that is next in turn is first. */
  const turns: Record<Speed, Set<Lane<Waiting>>> = { quick: new Set(), unknown: new Set(), slow: new Set() };
  const underWay = noCounts();

  const laneOf = (namespace: string): Lane<Waiting> => {
    const known = lanes.get(namespace);
    if (known) return known;
    if (lanes.size >= MOST_LANES) {
      const idle = [...lanes.values()].find((lane) => lane.load() === 0);
      if (idle) lanes.delete(idle.namespace);
    }
    const lane = new Lane<Waiting>(namespace);
    lanes.set(namespace, lane);
    return lane;
  };

  const leastLoaded = (namespaces: readonly string[]): Lane<Waiting> => {
    let least = namespaces[0] ?? "";
    let load = Number.POSITIVE_INFINITY;
    for (const namespace of namespaces) {
      const own = lanes.get(namespace)?.load() ?? 0;
      if (own < load) [least, load] = [namespace, own];
      if (load === 0) break;
    }
    return laneOf(least);
  };

  const enqueue = (waiting: Waiting) => {
    waiting.lane.queues[waiting.counted].add(waiting);
    turns[waiting.counted].add(waiting.lane);
    counts.queued++;
  };

  const dequeue = (waiting: Waiting) => {
    const { lane, counted, timer } = waiting;
    clearTimeout(timer);
    counts.queued--;
    lane.queues[counted].delete(waiting);
    if (lane.queues[counted].size === 0) turns[counted].delete(lane);
  };

  const hasRoom = (speed: Speed): boolean => {
    if (sum(underWay) >= CONNECTIONS) return false;
    if (speed === "quick") return true;
    return underWay.unknown + underWay.slow < MOST_HEAVY && (speed === "unknown" || underWay.slow < MOST_SLOW);
  };

  const next = (speed: Speed): Waiting | undefined => {
    if (!hasRoom(speed)) return undefined;
    for (const lane of turns[speed]) {
      if (!lane.hasRoom(speed)) continue;
      const [waiting] = lane.queues[speed];
      turns[speed].delete(lane);
      turns[speed].add(lane);
      return waiting;
    }
    return undefined;
  };

  const dispatch = () => {
    for (const speed of SPEEDS) for (let found = next(speed); found; found = next(speed)) start(found);
  };

  const move = (lane: Lane<Waiting>, speed: Speed, by: 1 | -1) => {
    lane.underWay[speed] += by;
    underWay[speed] += by;
  };

  /**
   * Updates the lane after a request of unknown speed. If the request was slow, the namespace's queued requests of
   * unknown speed move to its slow requests.
   */
  const learn = (lane: Lane<Waiting>, wasSlow: boolean) => {
    lane.learn(wasSlow);
    if (!wasSlow) return;
    for (const waiting of lane.queues.unknown) {
      lane.queues.slow.add(waiting);
      waiting.counted = "slow";
    }
    if (lane.queues.unknown.size > 0) turns.slow.add(lane);
    lane.queues.unknown.clear();
    turns.unknown.delete(lane);
  };

  const start = (waiting: Waiting) => {
    const { lane, speed } = waiting;
    dequeue(waiting);
    let counted = waiting.counted;
    move(lane, counted, 1);
    const onSlow = () => {
      move(lane, counted, -1);
      counted = "slow";
      move(lane, counted, 1);
      if (speed === "unknown") learn(lane, true);
      dispatch();
    };
    const slowTimer = counted === "slow" ? undefined : setTimeout(onSlow, SLOW_REQUEST_MS).unref();
    const began = nowMs();
    void waiting.send().then((answer) => {
      clearTimeout(slowTimer);
      const tookMs = nowMs() - began;
      move(lane, counted, -1);
      if (speed === "unknown") learn(lane, tookMs > SLOW_REQUEST_MS);
      if (lane.isIdle()) lanes.delete(lane.namespace);
      waiting.settle({ ...answer, tookMs });
      dispatch();
    });
  };

  return {
    run(request) {
      const lane = leastLoaded(request.namespaces);
      if (lane.queued() >= MOST_QUEUED) {
        counts.refused++;
        return Promise.resolve(busy(request, lane, underWay));
      }
      const { promise, resolve } = Promise.withResolvers<Answer>();
      const waiting: Waiting = { ...request, lane, counted: lane.speedOf(request.speed), settle: resolve };
      enqueue(waiting);
      dispatch();
      if (!lane.queues[waiting.counted].has(waiting)) return promise;
      waiting.timer = setTimeout(() => {
        dequeue(waiting);
        counts.refused++;
        resolve(busy(request, lane, underWay));
        if (lane.isIdle()) lanes.delete(lane.namespace);
      }, LONGEST_WAIT_MS).unref();
      return promise;
    },
  };
}

/** The answer for a request that was not sent. It names the namespace only if no other namespace requests the query. */
function busy({ namespaces }: QueuedRequest, lane: Lane<Waiting>, underWay: Record<Speed, number>): Answer {
  const whose = namespaces.length === 1 ? `namespace ${lane.namespace}` : "each namespace that asks for it";
  const own = sum(lane.underWay);
  const message =
    `the query was not sent to Prometheus, since other queries of ${whose} fill its share: ` +
    `${own} are under way and ${lane.queued()} wait; of all namespaces ${underWay.slow} slow ones are under way`;
  return { ok: false, problem: problem("ASM_PROMETHEUS_BUSY", message) };
}
