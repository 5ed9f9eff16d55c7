import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { type Counters, createCounters } from "./counters.ts";
import { USED_UP } from "./expositionUser.ts";
import { createLargeMetrics, type Unread } from "./largeMetrics.ts";
import type { NamespaceShare } from "./namespaceShare.ts";
import type { Pod } from "./pods.ts";
import type { WantedSeries } from "./selections.ts";
import { REQUESTS } from "./seriesNames.ts";
import type { ProxyPool, ProxyReader, Scrape, SharedProxy } from "./sharedProxy.ts";
import { FRESH_MS, INTERVAL_MS } from "./timing.ts";

/** The proxy of one pod, as one workload reads it. */
export interface PodProxy {
  readonly counters: Counters;
  /** Place of the pod in the sample of a large workload, by its UID, so that each replica takes the same sample. */
  readonly order: number;
  readonly pod: Pod;
  /** When the pod began to terminate or was deleted, in ms of the monotonic clock. */
  readonly leftAt: number | undefined;
  /** When the pod became ready. Undefined if it was ready before the adapter knew it. */
  readonly readyAt: number | undefined;
  /** When the last scrape for this workload began. Minus infinity before the first one. */
  readonly triedAt: number;
  /** Replaces what is known of the pod. `isEvent`: the API server sent it as a change, so it is of now. */
  update(pod: Pod, isEvent: boolean): void;
  /** The pod is deleted, or the selector no longer matches it. */
  leave(): void;
  /** These metrics are read in this interval, also if another workload begins the scrape. */
  want(metrics: readonly string[]): void;
  /** Whether a scrape should begin in this interval. */
  isDue(now: number): boolean;
  /** Reads the metrics. Rejects never. The caller has reserved the request. */
  scrape(): Promise<void>;
  /** A scrape did not begin because the namespace has used up its share. */
  wait(): void;
  /** Why one of the metrics is unread. Undefined if it was read in the last seconds, and before the first answer. */
  failureOf(metrics: readonly string[]): Unread | undefined;
  /** Leaves the proxy to its other readers, and gives the memory back. */
  close(): void;
}

/** What the proxies of a workload have in common. */
export interface PodProxyOptions {
  readonly clock: Clock;
  readonly pool: ProxyPool;
  readonly wanted: WantedSeries;
  /** When in the interval they are scraped, in ms. */
  readonly phase: number;
  /** The share of the namespace that reads the pods, and that of the pods' own namespace. */
  readonly share: NamespaceShare;
  readonly podShare: NamespaceShare;
}

/** Longest pause of a proxy that fails, and the pause of one that waits for its first traffic, in intervals. */
const LONGEST_REST = 8;
const WAITING_REST = 2;
/** How long `want` has an effect, in ms: until the next cycle, which may be a little late. */
const WANT_MS = 1.25 * INTERVAL_MS;
/** After this time without a scrape, a reader no longer waits for one that another workload begins, in ms. */
const LED_MS = 1.25 * INTERVAL_MS;
/** Minimum time between two scrapes for one workload, in ms: more scrapes would leave less time in its history. */
const LEAST_MS = INTERVAL_MS / 2;

/**
 * Creates the proxy of a pod. One that fails is read again after 1, 2, 4 and then every 8 intervals. One whose pod is
 * not ready and has no traffic is read every second interval. A pod that becomes ready is read at the next interval. A
 * scrape for another workload counts as a scrape for this one, if this one wants the pod, too.
 *
 * @param bornAt when a new proxy started at zero, in ms of the monotonic clock
 */
export function createPodProxy(first: Pod, bornAt: number | undefined, options: PodProxyOptions): PodProxy {
  const { clock, pool, wanted, phase, share, podShare } = options;
  const counters = createCounters(share, bornAt);
  const large = createLargeMetrics(clock.monotonic);
  let pod = first;
  let proxy: SharedProxy | undefined;
  let [metrics, wantedUntil]: [readonly string[], number] = [[], Number.NEGATIVE_INFINITY];
  let leftAt: number | undefined;
  let readyAt: number | undefined;
  let [triedAt, restUntil] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let failures = 0;
  let failed: Unread | undefined;
  let connection = 0;
  /** The pod when the scrape began. */
  let began = first;
  let isClosed = false;

  const disconnect = () => {
    proxy?.leave(reader);
    proxy = undefined;
  };
  const rest = (intervals: number) => {
    // Unless the pod became ready in the meantime.
    if (began.isReady === pod.isReady) restUntil = triedAt + (intervals - 0.5) * INTERVAL_MS;
  };
  const isResting = (now: number) => isClosed || restUntil > now;
  const store = (scrape: Scrape): Unread | undefined => {
    for (const [stat, sentence] of scrape.large) large.add(stat, sentence);
    if (!scrape.ok) return scrape;
    const sentence = scrape.large.get(REQUESTS);
    if (sentence !== undefined) return { failure: "large", sentence };
    const overflow = counters.add({ ...scrape, isNewConnection: scrape.connection !== connection });
    connection = scrape.connection;
    for (const metric of overflow?.metrics ?? []) large.add(metric, overflow?.sentence ?? "");
    large.stored([...scrape.metrics].filter((metric) => !overflow?.metrics.has(metric)));
    return overflow?.metrics.has(REQUESTS) ? { failure: "large", sentence: overflow.sentence } : undefined;
  };
  const reader: ProxyReader = {
    ...{ wanted, share, phase },
    begin() {
      const now = clock.monotonic();
      const isWanted = !isResting(now) && now <= wantedUntil && now - triedAt > LEAST_MS;
      const due = isWanted ? large.without(metrics) : [];
      if (!due.includes(REQUESTS)) return [];
      [triedAt, began] = [now, pod];
      return due;
    },
    end(scrape) {
      if (isClosed) return false;
      failed = store(scrape);
      failures = failed ? failures + 1 : 0;
      if (failed) rest(Math.min(2 ** (failures - 1), LONGEST_REST));
      else if (!pod.isReady && !counters.hasTraffic) rest(WAITING_REST);
      return restUntil < triedAt + INTERVAL_MS;
    },
  };

  return {
    counters,
    order: hashOf(first.uid),
    get pod() {
      return pod;
    },
    get leftAt() {
      return leftAt;
    },
    get readyAt() {
      return readyAt;
    },
    get triedAt() {
      return triedAt;
    },
    update(next, isEvent) {
      const now = clock.monotonic();
      const isFirst = next === first;
      if (pod.restarts < next.restarts) counters.restarted();
      if (pod.isReady !== next.isReady) restUntil = Number.NEGATIVE_INFINITY;
      if (!next.isReady) readyAt = undefined;
      else if (isFirst || !pod.isReady) readyAt = isEvent ? now : undefined;
      if (pod.address !== next.address || pod.port !== next.port) disconnect();
      // A pod that the selector matches again has not left.
      leftAt = next.isTerminating ? (leftAt ?? now) : undefined;
      pod = next;
    },
    leave() {
      leftAt ??= clock.monotonic();
      pod = { ...pod, isTerminating: true, address: "" };
      disconnect();
    },
    want(next) {
      [metrics, wantedUntil] = [next, clock.monotonic() + WANT_MS];
      if (pod.address !== "" && pod.port !== undefined && !isClosed)
        proxy ??= pool.join({ ...pod, port: pod.port }, podShare, reader);
    },
    isDue: (now) =>
      proxy !== undefined &&
      !proxy.isBusy &&
      !isResting(now) &&
      large.without([REQUESTS]).length > 0 &&
      now - triedAt > (proxy.isLedBefore(phase) ? LED_MS : LEAST_MS),
    async scrape() {
      await proxy?.scrape();
      podShare.done();
    },
    wait() {
      failed = { failure: "busy", sentence: USED_UP };
    },
    failureOf(ofMetrics) {
      if (pod.isRefused) return { failure: "address", sentence: "its address is not one of a pod" };
      if (pod.port === undefined) return { failure: "no-sidecar", sentence: "it has no container istio-proxy" };
      const tooLarge = large.of([...ofMetrics, REQUESTS]);
      if (tooLarge || clock.monotonic() - counters.readAt <= FRESH_MS) return tooLarge;
      return failed ?? (pod.address === "" ? { failure: "closed", sentence: "it has no address" } : undefined);
    },
    close() {
      isClosed = true;
      disconnect();
      counters.clear();
    },
  };
}

/** A number of 32 bits that is the same on every replica. */
export function hashOf(text: string): number {
  return createHash("sha1").update(text).digest().readUInt32BE(0);
}
