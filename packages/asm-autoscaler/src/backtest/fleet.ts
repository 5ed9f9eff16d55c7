import { type Load, sumBetween } from "./load";
import { extrapolatedRate } from "./rate";

/** What of a cluster matters to the pods of a workload and to what Prometheus knows of them. */
export interface ClusterTimes {
  /** From creation to readiness, seconds. */
  readonly readyAfterSeconds: number;
  readonly scrapeIntervalSeconds: number;
  /** Shifts the second at which Prometheus scrapes each pod, as a share of the interval from 0 to 1. Defaults to 0. */
  readonly scrapePhase?: number;
}

/** The time that a fleet lives: from `start` up to `end`, in seconds of the load. `start` may be before the load. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The pods of a workload with the counters of their sidecars. Requests are spread evenly over the ready pods, so one sum
 * for each load says what any pod counted between two seconds. Times are seconds of the load, and only grow.
 */
export interface Fleet {
  count(): number;
  /** Adds pods, or removes the newest, until there are so many. */
  resize(now: number, replicas: number): void;
  /** Serves the seconds up to `now`, without that second. */
  serveUntil(now: number): void;
  /**
   * `sum(rate(…[window]))` at `now` of what was scraped of the load, also from pods that are gone. Undefined if no
   * counter has two samples in the window.
   */
  rate(load: number, now: number, window: number): number | undefined;
  /** Requests of the load that pods served between two seconds. */
  served(load: number, from: number, to: number): number;
  /** For each second from `start`: number of pods, and number of pods that receive requests. */
  readonly replicas: Uint16Array;
  readonly ready: Uint16Array;
}

interface Pod {
  readonly readyAt: number;
  /** When Prometheus knows of it at the earliest. */
  readonly scrapedFrom: number;
  /** Its second between two scrapes. */
  readonly offset: number;
  /** Of each load, the sum per pod when the pod became ready. */
  readonly since: number[];
  /** Of each load, the first scrape with a counter, or the next one to look at. */
  readonly firstScrape: number[];
  readonly hasCounter: boolean[];
  goneAt: number;
}

/** Prometheus takes in changes of its targets every five seconds: half of that on average. */
const DISCOVERY_SECONDS = 3;
/** Targets are spread over the interval by a hash of their labels; steps of the golden ratio spread as evenly. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/**
 * With more ready pods than this, those that have been there for long are read together, without rounding the counter of each.
 * The errors cancel out: with 100 pods they are a few requests in a minute.
 */
const MOST_EXACT = 50;
/** A counter far above zero. */
const LONG_COUNTED = 1e9;
/** A sum of floating point numbers may be a little below the whole number that it stands for. */
const ROUNDING = 1e-6;

/** A workload without pods. `keptSeconds` is how far back a reading may look. */
export function createFleet(
  times: ClusterTimes,
  loads: readonly Load[],
  { start, end }: Span,
  keptSeconds: number,
): Fleet {
  const { readyAfterSeconds, scrapeIntervalSeconds: interval, scrapePhase = 0 } = times;
  const length = end - start;
  /** Requests of each load per ready pod, summed up before each second. */
  const perPod = loads.map(() => new Float64Array(length + 1));
  const servedSums = loads.map(() => new Float64Array(length + 1));
  const [replicas, ready] = [new Uint16Array(length), new Uint16Array(length)];
  const pods: Pod[] = [];
  let gone: Pod[] = [];
  let born = 0;
  let readyCount = 0;
  let servedUntil = start;
  /** Pods that were scraped long before every window, and how many of them are scraped in each second of the interval. */
  let oldCount = 0;
  const oldByOffset = new Uint32Array(interval);

  const becomeReady = (now: number) => {
    for (let pod = pods[readyCount]; pod && pod.readyAt <= now; pod = pods[++readyCount])
      for (let load = 0; load < loads.length; load++) pod.since[load] = perPod[load]?.[now - start] ?? 0;
  };

  // Filled anew for each reading: a simulation makes hundreds of thousands.
  const [lastScrapes, firstScrapes] = [new Float64Array(interval), new Float64Array(interval)];

  const fillScrapes = (now: number, window: number) => {
    const [end, begin] = [now - modulo(now, interval), now - window + 1];
    const next = begin - modulo(begin, interval);
    for (let offset = 0; offset < interval; offset++) {
      lastScrapes[offset] = end + offset <= now ? end + offset : end + offset - interval;
      firstScrapes[offset] = next + offset >= begin ? next + offset : next + offset + interval;
    }
  };

  const becomeOld = (now: number) => {
    for (let pod = pods[oldCount]; pod && pod.readyAt + DISCOVERY_SECONDS + keptSeconds < now; pod = pods[++oldCount])
      (oldByOffset[pod.offset] as number)++;
  };

  /** The sum of the rates of all old pods. Those that are scraped in the same second have the same rate. */
  const rateOfOld = (sums: Float64Array, now: number, window: number): number => {
    let total = 0;
    for (let offset = 0; offset < interval; offset++) {
      const count = oldByOffset[offset] as number;
      const [first, last] = [firstScrapes[offset] as number, lastScrapes[offset] as number];
      if (count === 0 || first >= last) continue;
      const increase = (sums[last - start] as number) - (sums[first - start] as number);
      total += count * extrapolatedRate(first, LONG_COUNTED, last, LONG_COUNTED + increase, interval, now, window);
    }
    return total;
  };

  /** The rate of one pod; negative if it has fewer than two samples in the window. */
  const rateOf = (pod: Pod, load: number, sums: Float64Array, last: number, now: number, window: number) => {
    let first = firstScrapes[pod.offset] as number;
    const since = (pod.since[load] as number) - ROUNDING;
    if (first <= (pod.firstScrape[load] as number) || !pod.hasCounter[load])
      first = Math.max(first, firstWithCounter(pod, load, sums, since, last));
    if (first >= last) return -1;
    const from = Math.floor((sums[first - start] as number) - since);
    const to = Math.floor((sums[last - start] as number) - since);
    return extrapolatedRate(first, from, last, to, interval, now, window);
  };

  /** A sidecar has no counter before its first request. */
  const firstWithCounter = (pod: Pod, load: number, sums: Float64Array, since: number, last: number) => {
    let first = pod.firstScrape[load] as number;
    if (pod.hasCounter[load]) return first;
    while (first <= last && (sums[first - start] as number) - since < 1) first += interval;
    pod.firstScrape[load] = first;
    pod.hasCounter[load] = first <= last;
    return first;
  };

  return {
    replicas,
    ready,
    count: () => pods.length,
    resize(now, wanted) {
      while (pods.length > wanted) {
        const pod = pods.pop();
        if (pod && pods.length < oldCount) {
          oldCount = pods.length;
          (oldByOffset[pod.offset] as number)--;
        }
        // One that has never been ready has counted nothing.
        if (!pod || pods.length >= readyCount) continue;
        readyCount = pods.length;
        pod.goneAt = now;
        gone.push(pod);
      }
      if (gone.length > 0) gone = gone.filter(({ goneAt }) => goneAt > now - keptSeconds);
      while (pods.length < wanted) {
        const readyAt = now + readyAfterSeconds;
        const offset = Math.floor(((born++ * GOLDEN + scrapePhase) % 1) * interval);
        const scrapedFrom = alignedFrom(Math.max(readyAt, now + DISCOVERY_SECONDS), offset, interval);
        pods.push({
          ...{ readyAt, scrapedFrom, offset, goneAt: Number.POSITIVE_INFINITY },
          since: loads.map(() => 0),
          firstScrape: loads.map(() => scrapedFrom),
          hasCounter: loads.map(() => false),
        });
      }
    },
    serveUntil(now) {
      for (let second = servedUntil; second < now; second++) {
        if (readyCount < pods.length) becomeReady(second);
        const at = second - start;
        for (let load = 0; load < loads.length; load++) {
          const { perSecond, initial } = loads[load] as Load;
          const rate = second < 0 ? initial : (perSecond[second] ?? 0);
          const [own, all] = [perPod[load] as Float64Array, servedSums[load] as Float64Array];
          own[at + 1] = (own[at] ?? 0) + (readyCount > 0 ? rate / readyCount : 0);
          all[at + 1] = (all[at] ?? 0) + (readyCount > 0 ? rate : 0);
        }
        replicas[at] = pods.length;
        ready[at] = readyCount;
      }
      servedUntil = Math.max(servedUntil, now);
    },
    rate(load, now, window) {
      const sums = perPod[load] as Float64Array;
      fillScrapes(now, window);
      let [total, isKnown] = [0, false];
      const isLarge = readyCount > MOST_EXACT;
      if (isLarge) {
        becomeOld(now);
        total += rateOfOld(sums, now, window);
        isKnown = oldCount > 0;
      }
      for (let index = isLarge ? oldCount : 0; index < readyCount; index++) {
        const pod = pods[index] as Pod;
        if (pod.readyAt > now) break;
        const rate = rateOf(pod, load, sums, lastScrapes[pod.offset] as number, now, window);
        if (rate < 0) continue;
        total += rate;
        isKnown = true;
      }
      for (const pod of gone) {
        const until = Math.min(now, pod.goneAt);
        const rate = rateOf(pod, load, sums, until - modulo(until - pod.offset, interval), now, window);
        if (rate < 0) continue;
        total += rate;
        isKnown = true;
      }
      return isKnown ? total : undefined;
    },
    served(load, from, to) {
      const sums = servedSums[load] as Float64Array;
      return (sums[Math.max(0, to - start)] ?? 0) - (sums[Math.max(0, from - start)] ?? 0);
    },
  };
}

/** The same of the one counter that clients have for a load, from second `start` on. It counts whatever the pods do. */
export function clientRate(
  load: Load,
  start: number,
  interval: number,
  now: number,
  window: number,
): number | undefined {
  const counted = (second: number) => Math.floor(sumBetween(load, start, second) + ROUNDING);
  const last = now - modulo(now - start, interval);
  let first = start + interval * Math.ceil(Math.max(0, now - window + 1 - start) / interval);
  while (first < last && counted(first) < 1) first += interval;
  return first < last ? extrapolatedRate(first, counted(first), last, counted(last), interval, now, window) : undefined;
}

/** The first second from `from` on at which a pod with this offset is scraped. */
function alignedFrom(from: number, offset: number, interval: number): number {
  return from + modulo(offset - from, interval);
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
