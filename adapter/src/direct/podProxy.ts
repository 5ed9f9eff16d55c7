import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { type Counters, createCounters } from "./counters.ts";
import { createLargeMetrics, LARGE_MS, REQUESTS, type Unread } from "./largeMetrics.ts";
import type { NamespaceShare } from "./namespaceShare.ts";
import type { Pod } from "./pods.ts";
import { hasTraffic } from "./role.ts";
import type { ProxyConnection, ScrapeFailure } from "./scrape.ts";
import { createSplitScrape } from "./splitScrape.ts";
import { FRESH_MS, INTERVAL_MS } from "./timing.ts";

/** The proxy of one pod. */
export interface PodProxy {
  readonly counters: Counters;
  /** Place of the pod in the sample of a large workload, by its UID, so that each replica takes the same sample. */
  readonly order: number;
  readonly pod: Pod;
  /** When the pod began to terminate or was deleted, in ms of the monotonic clock. */
  readonly leftAt: number | undefined;
  /** When the pod became ready. Undefined if it was ready before the adapter knew it. */
  readonly readyAt: number | undefined;
  /** When the last scrape began. Minus infinity before the first one. */
  readonly triedAt: number;
  /** Replaces what is known of the pod. `isEvent`: the API server sent it as a change, so it is of now. */
  update(pod: Pod, isEvent: boolean): void;
  /** The pod is deleted, or the selector no longer matches it. */
  leave(): void;
  /** Whether a scrape should begin in this interval. */
  isDue(now: number): boolean;
  /** Reads the metrics. Rejects never. The caller has reserved the request. */
  scrape(metrics: readonly string[]): Promise<void>;
  /** A scrape did not begin because the namespace has used up its share. */
  wait(): void;
  /** Why one of the metrics is unread. Undefined if it was read in the last seconds, and before the first answer. */
  failureOf(metrics: readonly string[]): Unread | undefined;
  /** Closes the connection and gives the memory back. */
  close(): void;
}

/** What the proxies of a workload have in common. */
export interface PodProxyOptions {
  readonly clock: Clock;
  readonly share: NamespaceShare;
  connect(address: string, port: number): ProxyConnection;
  onScrape(failure: ScrapeFailure | undefined, bytes: number): void;
}

/** Longest pause of a proxy that fails, and the pause of one that waits for its first traffic, in intervals. */
const LONGEST_REST = 8;
const WAITING_REST = 2;

/**
 * Creates the proxy of a pod. One that fails is read again after 1, 2, 4 and then every 8 intervals. One whose pod is not
 * ready and has no traffic is read every second interval. A pod that becomes ready is read at the next interval.
 *
 * @param bornAt when a new proxy started at zero, in ms of the monotonic clock
 */
export function createPodProxy(first: Pod, bornAt: number | undefined, options: PodProxyOptions): PodProxy {
  const { clock, share, connect, onScrape } = options;
  const counters = createCounters(share, bornAt);
  const large = createLargeMetrics(clock.monotonic);
  const scrapes = createSplitScrape(
    async (to, metrics) => {
      const result = await to.scrape(metrics, share);
      onScrape(result.ok ? undefined : result.failure, result.bytes);
      return result;
    },
    large,
    clock.monotonic,
  );
  let pod = first;
  let connection: ProxyConnection | undefined;
  let leftAt: number | undefined;
  let readyAt: number | undefined;
  let [triedAt, restUntil] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let failures = 0;
  let failed: Unread | undefined;
  let isBusy = false;
  let isClosed = false;

  const disconnect = () => {
    connection?.close();
    connection = undefined;
  };
  const rest = (intervals: number, began: Pod) => {
    // Unless the pod became ready in the meantime.
    if (began.isReady === pod.isReady) restUntil = triedAt + (intervals - 0.5) * INTERVAL_MS;
  };
  const store = (at: number, errorMs: number, read: Awaited<ReturnType<typeof scrapes.read>>): Unread | undefined => {
    if (!read.ok) return read;
    const { metrics = new Set<string>(), sentence = "" } = counters.add({ ...read, at, errorMs }) ?? {};
    for (const metric of metrics) large.add(metric, sentence);
    large.stored(new Set([...read.metrics].filter((metric) => !metrics.has(metric))));
    return metrics.has(REQUESTS) ? { failure: "large", sentence } : undefined;
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
    isDue: (now) => pod.address !== "" && pod.port !== undefined && !isBusy && !isClosed && restUntil <= now,
    async scrape(metrics) {
      const began = pod;
      isBusy = true;
      triedAt = clock.monotonic();
      connection ??= connect(pod.address, pod.port ?? 0);
      const read = await scrapes.read(connection, metrics);
      const ended = clock.monotonic();
      isBusy = false;
      share.done();
      if (isClosed) return;
      failed = store((triedAt + ended) / 2, (ended - triedAt) / 2, read);
      failures = failed ? failures + 1 : 0;
      if (failed && large.of([REQUESTS])) rest(1 + LARGE_MS / INTERVAL_MS, began);
      else if (failed) rest(Math.min(2 ** (failures - 1), LONGEST_REST), began);
      else if (!pod.isReady && !hasTraffic(counters)) rest(WAITING_REST, began);
    },
    wait() {
      failed = { failure: "busy", sentence: "the proxies of the namespace have used up its share" };
    },
    failureOf(metrics) {
      if (pod.isRefused) return { failure: "address", sentence: "its address is not one of a pod" };
      if (pod.port === undefined) return { failure: "no-sidecar", sentence: "it has no container istio-proxy" };
      const tooLarge = large.of([...metrics, REQUESTS]);
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
