import type { Fault } from "hpa-metrics";
import type { Answer } from "./answer.ts";
import { Lane, MOST_QUEUED, noCounts, SLOW_REQUEST_MS, SPEEDS, type Speed, sum } from "./lane.ts";

/** A request to one Prometheus that waits until the share of its namespace has room. */
interface QueuedRequest {
  /**
   * The namespaces whose HPAs ask for it. It is charged to the one that has least under way and queued: what namespaces share
   * is then never answered later for one of them than if it had asked alone, however much the other asks.
   */
  readonly namespaces: readonly string[];
  readonly speed: Speed;
  /** Sends it. Never rejects. */
  send(): Promise<Answer>;
}

/**
 * Shares one Prometheus among namespaces. Free connections are given to quick requests first, then to those of unknown speed,
 * then to slow ones; within each, to the namespaces in turn.
 *
 * A request counts as slow from the moment at which it is under way for `SLOW_REQUEST_MS`. Requests that are slow or of unknown
 * speed are at most `MOST_HEAVY` in all, fewer than Prometheus runs at once, so that a quick one always finds room here and there.
 *
 * What remains: requests that were quick before and turn slow at once. One namespace then holds 8 of the 20 queries
 * that Prometheus runs, and three together can fill it until their queries end or are given up, which is 10 s at most. After
 * that they are known as slow.
 */
export interface FairQueue {
  /**
   * The answer, with `tookMs` counted from when the request was sent. Without `tookMs`, and with the fault ASM_PROMETHEUS_BUSY,
   * when it was not sent: at once where `MOST_QUEUED` requests of its namespace wait, or after `LONGEST_WAIT_MS`. Never rejects.
   */
  run(request: QueuedRequest): Promise<Answer>;
}

/** Counts of the queues of all servers, for the metrics endpoint. */
export interface QueueCounts {
  /** Requests that wait now. */
  queued: number;
  /** Requests that were not sent, since the share of their namespace was taken. */
  refused: number;
}

/** Connections to one server. Prometheus itself runs 20 queries at once by default (`--query.max-concurrency`), others more. */
export const CONNECTIONS = 64;
/** Requests under way that are slow or of unknown speed: with eight quick ones Prometheus's default of 20 is reached. */
const MOST_HEAVY = 12;
/** Those of them that are known to be slow: four are left to find out how quick a new query is. */
const MOST_SLOW = 8;
/** How long a request waits for its turn, ms: the reading that it would bring is as old by then. */
export const LONGEST_WAIT_MS = 10_000;
/** Lanes that are kept, idle ones of suspect namespaces among them. */
const MOST_LANES = 1_000;

interface Waiting extends QueuedRequest {
  readonly lane: Lane<Waiting>;
  /** The speed that it counts as. */
  counted: Speed;
  timer?: NodeJS.Timeout;
  settle(answer: Answer): void;
}

/** The queue in front of one server. `nowMs` is a clock that only grows. */
export function createFairQueue(counts: QueueCounts, nowMs: () => number): FairQueue {
  const lanes = new Map<string, Lane<Waiting>>();
  /** Lanes with requests that wait, by speed, the next in turn first. */
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

  /** What a namespace has queued without knowing how slow it is waits with its slow requests once one of them was slow. */
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

/** The code of a request that was not sent. */
export const BUSY = "ASM_PROMETHEUS_BUSY";

/** Names a namespace only to itself. */
function busy({ namespaces }: QueuedRequest, lane: Lane<Waiting>, underWay: Record<Speed, number>): Answer {
  const whose = namespaces.length === 1 ? `namespace ${lane.namespace}` : "each namespace that asks for it";
  const own = sum(lane.underWay);
  const fault: Fault = {
    code: BUSY,
    severity: "error",
    message:
      `the query was not sent to Prometheus, since other queries of ${whose} fill its share: ` +
      `${own} are under way and ${lane.queued()} wait; of all namespaces ${underWay.slow} slow ones are under way`,
    remedy:
      "Make the slow queries of the namespace cheaper, or have fewer of them. If they are quick elsewhere, look at the load of Prometheus.",
  };
  return { ok: false, fault };
}
