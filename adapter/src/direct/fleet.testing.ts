import type { DirectPlan } from "@asm-autoscaler/hpa-metrics";
import { type Counters, createCounters } from "./counters.ts";
import { createNamespaceShare } from "./namespaceShare.ts";
import type { ReadProxy } from "./proxyWindow.ts";
import { roleOf } from "./role.ts";
import { WINDOW_MS } from "./timing.ts";

/** A random number from 0 to 1. The same seed gives the same numbers (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The plan of `sum(rate(istio_requests_total[1m]))`. */
export const requestRate: DirectPlan = {
  metrics: ["istio_requests_total"],
  reporter: "destination",
  isHistogram: false,
  isRequestRate: true,
  hasValues: false,
  usesInstance: false,
  microsecondsPerSeries: 1,
  evaluate(series) {
    const all = series("istio_requests_total");
    return all.length === 0 ? undefined : all.reduce((sum, { perSecond }) => sum + perSecond, 0);
  },
};

const METRICS: ReadonlySet<string> = new Set(["istio_requests_total"]);
const STEP_MS = 50;

interface SimulatedPod {
  readonly counters: Counters;
  readonly instance: string;
  /** Raw values of the proxy by response code. A proxy creates a series at its first request. */
  readonly raw: Map<string, { value: number; idleSince: number }>;
  /** The values of the last answer, and those from before a restart that the adapter does not know of. */
  read: Map<string, number>;
  untold: Map<string, number>;
  isReady: boolean;
  readyAt: number | undefined;
  leftAt: number | undefined;
  hasTraffic: boolean;
  /** Until when it does not answer, and how long an answer takes. */
  hangsUntil: number;
  slowMs: number;
  nextScrape: number;
  /** Requests since the last answer. They are lost when the proxy ends. */
  unread: number;
  removeAt: number;
  isNewConnection: boolean;
}

/** A workload whose proxies count real requests, and what the adapter knows of them. Time goes in steps of 50 ms. */
export function simulateFleet(seed: number, pods: number) {
  const random = randomOf(seed);
  const share = createNamespaceShare(() => 0);
  const fleet: SimulatedPod[] = [];
  /** What was counted until the end of each step, and what was lost. */
  const truth: { at: number; counted: number; lost: number }[] = [];
  let now = 1_000_000;
  let made = 0;
  let counted = 0;
  let lost = 0;
  let carry = 0;
  let gap = 1;

  const add = (isNew: boolean) => {
    const instance = `10.0.0.${++made}:15090`;
    fleet.push({
      ...{
        instance,
        isReady: !isNew,
        readyAt: undefined,
        leftAt: undefined,
        hasTraffic: !isNew,
        raw: new Map(),
        read: new Map(),
        untold: new Map(),
      },
      counters: createCounters(share, isNew ? now : undefined),
      ...{ hangsUntil: 0, slowMs: 20 * random(), nextScrape: now + 2_000 - (now % 2_000) + 100 * random(), unread: 0 },
      ...{ removeAt: Number.POSITIVE_INFINITY, isNewConnection: true },
    });
  };
  for (let index = 0; index < pods; index++) add(false);
  // An old pod has counted for days.
  for (const pod of fleet) pod.raw.set("200", { value: Math.floor(1e6 * random()), idleSince: now });

  const request = () => {
    const able = fleet.filter(({ hasTraffic }) => hasTraffic);
    const pod = able[Math.floor(random() * able.length)];
    if (!pod) return;
    const code = random() < 0.9 ? "200" : "503";
    const series = pod.raw.get(code) ?? { value: 0, idleSince: now };
    pod.raw.set(code, { value: series.value + 1, idleSince: now });
    pod.unread++;
    counted++;
  };
  const lose = (pod: SimulatedPod) => {
    lost += pod.unread;
    pod.unread = 0;
    pod.raw.clear();
  };
  const scrape = (pod: SimulatedPod) => {
    pod.nextScrape += 2_000;
    const tookMs = pod.slowMs;
    if (pod.hangsUntil > now || tookMs > 2_000) return;
    const values = new Map<string, number>();
    for (const [code, { value }] of pod.raw) {
      values.set(`istio_requests_total{reporter="destination",response_code="${code}"}`, value);
      // A restart that nobody told, and a value that is above the one from before: the difference counts.
      const before = pod.untold.get(code) ?? 0;
      if (value >= before) lost += before;
    }
    pod.untold.clear();
    pod.read = new Map([...pod.raw].map(([code, { value }]) => [code, value]));
    pod.unread = 0;
    // The values are read at some time during the request.
    const at = now + (random() - 0.5) * tookMs;
    pod.counters.add({ at, errorMs: tookMs / 2, metrics: METRICS, values, isNewConnection: pod.isNewConnection });
    pod.isNewConnection = false;
  };

  return {
    random,
    fleet,
    now: () => now,
    add,
    /** The pod's proxy restarts from zero. */
    restart(pod: SimulatedPod, isTold: boolean) {
      if (!isTold && pod.untold.size === 0) pod.untold = pod.read;
      lose(pod);
      pod.isNewConnection = true;
      if (isTold) pod.counters.restarted();
    },
    /** Removes series without a request for 3 s. */
    evict(pod: SimulatedPod) {
      if (pod.unread > 0) return;
      for (const [code, { idleSince }] of pod.raw) if (now - idleSince > 3_000) pod.raw.delete(code);
    },
    terminate(pod: SimulatedPod) {
      Object.assign(pod, { leftAt: now, removeAt: now + 5_000 });
    },
    /** Lets time pass with a rate of requests per second. */
    run(ms: number, perSecond: number) {
      for (const end = now + ms; now < end; ) {
        now += STEP_MS;
        carry += (perSecond * STEP_MS) / 1000;
        // Exponential gaps make a Poisson process.
        for (; carry >= gap; gap = -Math.log(1 - random())) {
          carry -= gap;
          request();
        }
        for (const pod of [...fleet]) {
          if (!pod.isReady && now >= pod.nextScrape + 1_000)
            Object.assign(pod, { isReady: true, hasTraffic: true, readyAt: now });
          if (pod.leftAt !== undefined && now > pod.leftAt + 1_000) pod.hasTraffic = false;
          if (now >= pod.nextScrape && now < pod.removeAt) scrape(pod);
          if (now >= pod.removeAt && pod.raw.size > 0) lose(pod);
          if (now > pod.removeAt + 20_000) fleet.splice(fleet.indexOf(pod), 1);
        }
        truth.push({ at: now, counted, lost });
      }
    },
    proxies: (): ReadProxy[] =>
      fleet.map((pod) => {
        const { instance, counters, readyAt } = pod;
        return { instance, counters, readyAt, role: roleOf(pod, counters, now, WINDOW_MS) };
      }),
    /** Requests per second that the proxies counted between two times, and those of them that were lost until now. */
    truthBetween(from: number, to: number) {
      const at = (time: number) => {
        const after = truth.findIndex((one) => one.at >= time);
        return truth[after < 0 ? truth.length - 1 : after] ?? { at: 0, counted: 0, lost: 0 };
      };
      const seconds = (to - from) / 1000;
      const lostBefore = at(from - 2_000).lost;
      return { perSecond: (at(to).counted - at(from).counted) / seconds, lost: (lost - lostBefore) / seconds };
    },
  };
}
