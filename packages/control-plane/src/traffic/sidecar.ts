/**
 * Stand-in for the statistics of one Envoy: what it shows of the requests that its pod received. It counts a request when
 * it has ended, and a series exists from the first one on. Histograms and TCP counters change at a flush every 5 s, at a
 * phase of its own.
 * Differences from a real Envoy: a restart keeps the requests that are under way and does not show in the pod's status,
 * and series are evicted when a test asks for it, not at an interval.
 */
import { STATS_PORT } from "../sidecars/sidecar.ts";
import type { Dialect } from "./dialect.ts";
import { exposition } from "./exposition.ts";
import type { MeshPod } from "./meshPod.ts";
import { type SidecarFault, type SidecarServer, type StatsQuery, serveSidecar } from "./sidecarServer.ts";
import type { Counts, Stream } from "./streams.ts";

/** The sidecar of one pod, for tests. */
export interface Sidecar extends SidecarServer {
  readonly uid: string;
  /** Name of the pod. */
  readonly name: string;
  /** `ADDRESS:PORT`, as Prometheus writes it in `instance`. */
  readonly instance: string;
  /** Fails from now on, or works again without an argument. */
  fail(fault?: SidecarFault): Promise<void>;
  /** Writes another dialect from now on. The first one is `new`. */
  speak(dialect: Dialect): void;
  /** Loses all counters, as a restart of Envoy does. Its flush begins a new phase. */
  restart(): void;
  /** Loses the counters that have not changed for so many seconds, as `sidecar.istio.io/statsEvictionInterval` does. */
  evictIdle(idleSeconds: number): void;
  /** Requests and connections that have truly ended until now, whatever the sidecar shows. */
  ended(): number;
}

/** Envoy's default interval of flushes, and Istio's interval of TCP reports, in seconds. */
const FLUSH_SECONDS = 5;
const BYTES = { request: 400, response: 2_000 };

/**
 * Opens the sidecar of a pod.
 * @param streams What the sidecar counts now.
 * @param clock The time in seconds.
 */
export function openSidecar(
  { uid, name, address }: MeshPod,
  streams: () => readonly Stream[],
  clock: () => number,
  onProblem: (problem: Error) => void,
): Sidecar {
  let dialect: Dialect = "new";
  /** Seconds of any flush. */
  let flushAt = clock() + Math.random() * FLUSH_SECONDS;
  /** What was counted before the counters were lost. */
  const lost = new Map<string, Counts>();

  const counted = ({ key, at }: Stream, seconds: number): Counts => {
    const before = lost.get(key) ?? { begun: 0, ended: 0 };
    const { begun, ended } = at(seconds);
    return {
      begun: Math.max(0, Math.floor(begun) - Math.floor(before.begun)),
      ended: Math.max(0, Math.floor(ended) - Math.floor(before.ended)),
    };
  };

  const statistics = (query: StatsQuery): string => {
    const now = clock();
    const flush = now - positiveRemainder(now - flushAt, FLUSH_SECONDS);
    const all = streams();
    const series = all
      .filter(({ protocol }) => protocol === "http")
      .map((stream) => ({
        labels: stream.labels,
        requests: counted(stream, now).ended,
        flushed: counted(stream, flush).ended,
        bytes: BYTES,
        ...(stream.meanMilliseconds !== undefined && { meanMilliseconds: stream.meanMilliseconds }),
      }));
    const connections = all
      .filter(({ protocol }) => protocol === "tcp")
      .map((stream) => {
        const { begun: opened, ended: closed } = counted(stream, flush);
        return {
          ...{ labels: stream.labels, opened, closed },
          receivedBytes: opened * BYTES.request,
          sentBytes: opened * BYTES.response,
        };
      });
    return exposition(series, { dialect, connections, ...query });
  };

  return {
    ...{ uid, name, instance: `${address}:${STATS_PORT}` },
    ...serveSidecar(address, statistics, onProblem),
    speak: (next) => {
      dialect = next;
    },
    restart: () => {
      flushAt = clock();
      for (const { key, at } of streams()) lost.set(key, at(flushAt));
    },
    evictIdle: (idleSeconds) => {
      const now = clock();
      for (const { key, at } of streams()) {
        const [counts, earlier] = [at(now), at(now - idleSeconds)];
        const before = lost.get(key) ?? { begun: 0, ended: 0 };
        lost.set(key, {
          begun: Math.floor(counts.begun) === Math.floor(earlier.begun) ? counts.begun : before.begun,
          ended: Math.floor(counts.ended) === Math.floor(earlier.ended) ? counts.ended : before.ended,
        });
      }
    },
    ended: () => streams().reduce((sum, stream) => sum + stream.at(clock()).ended, 0),
  };
}

function positiveRemainder(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
