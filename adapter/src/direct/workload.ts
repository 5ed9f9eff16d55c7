import type { DirectPlan } from "@asm-autoscaler/hpa-metrics";
import type { Clock } from "../clock.ts";
import { pause } from "../kubernetes/pause.ts";
import { type Estimate, estimate } from "./estimate.ts";
import type { Unread } from "./largeMetrics.ts";
import { createPodProxy, hashOf, type PodProxy, type PodProxyOptions } from "./podProxy.ts";
import type { Pod } from "./pods.ts";
import type { ReadProxy } from "./proxyWindow.ts";
import { roleOf } from "./role.ts";
import { REQUESTS } from "./seriesNames.ts";
import type { PodEvents } from "./targets.ts";
import { FRESH_MS, INTERVAL_MS, windowMsOf } from "./timing.ts";

/** Why one pod was not read the last time. `name` is the pod's. */
export interface UnreadPod extends Unread {
  readonly name: string;
}

/** The proxies of one scaled workload. */
export interface Workload extends PodEvents {
  /** Scrapes each interval while the workload is read, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Evaluates the plan. From the first read on, its metrics are scraped. */
  read(plan: DirectPlan): Estimate;
  /** What `read` evaluates the plan with. It counts as a read. */
  proxies(plan: DirectPlan): WorkloadProxies;
  /** Number of pods that do not terminate, ready or not. It counts as a read. */
  size(): number;
  /** The pods that serve and whose metrics of the plan cannot be read. */
  unread(plan: DirectPlan): UnreadPod[];
  /** Why the pods are not known. `sinceMs` is the age of the trouble. Before the first list, the pods are not known. */
  trouble(): { sentence: string; sinceMs: number } | "not-listed" | undefined;
  /** Time since the last read, in ms. */
  idleMs(): number;
}

interface WorkloadProxies {
  /** The proxies that are scraped. */
  readonly proxies: readonly ReadProxy[];
  /** How many pods serve, scraped or not. */
  readonly pods: number;
}

export interface WorkloadOptions extends Omit<PodProxyOptions, "phase"> {
  /**
   * Decides when in the interval the proxies are scraped, on every replica alike. Workloads with the same pods have the
   * same one, so that the scrapes of one come in time for all.
   */
  readonly phaseOf: string;
  readonly clock: Clock;
}

/** Proxies that are scraped. Of a larger workload, it is the same sample on every replica. */
export const MOST_SCRAPED = 200;
/** Requests that start together, and the time to the next ones, in ms. 200 proxies are read within half a second. */
const AT_ONCE = 4;
const STAGGER_MS = 10;
/** How long proxies wait for the share of their namespace in one interval, in ms. */
const MOST_WAIT_MS = INTERVAL_MS / 2;
/** A metric that is not read for this time is no longer scraped, in ms. The HPA controller reads it every 15 s. */
const UNREAD_MS = 60_000;
/** How long the counters of a deleted pod are stored, in ms: as long as they are part of a window. */
const GONE_MS = windowMsOf({ isHistogram: true }) + FRESH_MS;
/** A pod that is created within this time before it is first seen is new, in ms. */
const NEW_MS = 60_000;

/**
 * Creates the proxies of one workload. Scrapes begin at whole multiples of 2 s of Unix time, plus a phase of the
 * workload. Replicas with synchronized clocks therefore read the same values: their answers differ by what is counted
 * in the difference of their clocks, and by one interval for a read between the two scrapes.
 *
 * If the namespace has used up its share, the proxies that were read longest ago are read first.
 */
export function createWorkload(options: WorkloadOptions): Workload {
  const { phaseOf, clock, podShare } = options;
  const proxies = new Map<string, PodProxy>();
  /** Metric -> when it was last read. */
  const wanted = new Map<string, number>();
  const phase = hashOf(phaseOf) % INTERVAL_MS;
  let isListed = false;
  let isStopped = false;
  let troubleAt: number | undefined;
  let troubleSentence = "";
  let lastRead = clock.monotonic();

  const put = (pod: Pod, isEvent: boolean) => {
    if (isStopped) return;
    const ageMs = clock.wall() - pod.createdAt;
    const isNew = isListed && ageMs < NEW_MS;
    const bornAt = isNew ? clock.monotonic() - Math.max(0, ageMs) : undefined;
    const proxy = proxies.get(pod.uid) ?? createPodProxy(pod, bornAt, { ...options, phase });
    proxies.set(pod.uid, proxy);
    proxy.update(pod, isEvent);
  };

  /** The metrics that are read. Requests are the measure of whether histograms are flushed. */
  const metricsNow = (): string[] => {
    for (const [metric, readAt] of wanted) if (clock.monotonic() - readAt > UNREAD_MS) wanted.delete(metric);
    return wanted.size > 0 ? [...new Set([...wanted.keys(), REQUESTS])] : [];
  };

  const forget = (now: number) => {
    for (const [uid, { leftAt, pod, close }] of proxies) {
      if (leftAt === undefined || pod.address !== "" || now - leftAt <= GONE_MS) continue;
      close();
      proxies.delete(uid);
    }
  };

  const cycle = async (signal: AbortSignal) => {
    const now = clock.monotonic();
    forget(now);
    const metrics = metricsNow();
    if (metrics.length === 0) return;
    const all = sampled();
    for (const proxy of all) proxy.want(metrics);
    const due = all.filter((proxy) => proxy.isDue(now));
    due.sort((a, b) => a.triedAt - b.triedAt);
    for (const [index, proxy] of due.entries()) {
      if (index > 0 && index % AT_ONCE === 0) await pause(STAGGER_MS, signal);
      // Another workload may have begun the scrape.
      const isDue = (one: PodProxy) => one.isDue(clock.monotonic());
      while (!signal.aborted && isDue(proxy)) {
        if (podShare.take()) {
          void proxy.scrape();
          break;
        }
        if (clock.monotonic() - now >= MOST_WAIT_MS) {
          for (const late of due.slice(index).filter(isDue)) late.wait();
          return;
        }
        await pause(STAGGER_MS, signal);
      }
    }
  };

  const sampled = (): PodProxy[] => {
    const all = [...proxies.values()];
    if (all.length <= MOST_SCRAPED) return all;
    return all.sort((a, b) => a.order - b.order).slice(0, MOST_SCRAPED);
  };
  const roleNow = ({ pod, leftAt, counters }: PodProxy, plan: DirectPlan) =>
    roleOf({ isReady: pod.isReady, leftAt }, counters, clock.monotonic(), windowMsOf(plan));

  return {
    onList(pods) {
      const current = new Set(pods.map(({ uid }) => uid));
      for (const [uid, proxy] of proxies) if (!current.has(uid)) proxy.leave();
      for (const pod of pods) put(pod, false);
      isListed = true;
    },
    onChange: (pod) => put(pod, true),
    onDelete: (uid) => proxies.get(uid)?.leave(),
    onTrouble(sentence) {
      troubleSentence = sentence ?? "";
      troubleAt = sentence === undefined ? undefined : (troubleAt ?? clock.monotonic());
    },
    async run(signal) {
      while (!signal.aborted) {
        const sinceStep = (clock.wall() - phase + INTERVAL_MS) % INTERVAL_MS;
        await pause(INTERVAL_MS - sinceStep, signal);
        if (!signal.aborted) await cycle(signal);
      }
      isStopped = true;
      for (const proxy of proxies.values()) proxy.close();
      proxies.clear();
    },
    read(plan) {
      const { proxies: found, pods } = this.proxies(plan);
      const result = estimate(plan, found, pods, lastRead);
      // Before the first answers, nothing is known to be missing.
      const isEarly = !result.ok && result.why === "missing" && this.unread(plan).length === 0;
      return isEarly ? { ...result, why: "starting" } : result;
    },
    proxies(plan) {
      lastRead = clock.monotonic();
      for (const metric of plan.metrics) wanted.set(metric, lastRead);
      const roles = new Map([...proxies.values()].map((proxy) => [proxy, roleNow(proxy, plan)]));
      const found = sampled().map((proxy) => ({
        instance: `${proxy.pod.address || proxy.pod.uid}:${proxy.pod.port ?? 0}`,
        counters: proxy.counters,
        role: roles.get(proxy) ?? "leaving",
        readyAt: proxy.readyAt,
        isUnread: proxy.failureOf(plan.metrics) !== undefined,
      }));
      return { proxies: found, pods: [...roles.values()].filter((role) => role === "serving").length };
    },
    size() {
      lastRead = clock.monotonic();
      return [...proxies.values()].filter(({ leftAt }) => leftAt === undefined).length;
    },
    unread: (plan) =>
      sampled().flatMap((proxy) => {
        const unread = roleNow(proxy, plan) === "serving" ? proxy.failureOf(plan.metrics) : undefined;
        return unread ? [{ name: proxy.pod.name, ...unread }] : [];
      }),
    trouble() {
      if (troubleAt !== undefined) return { sentence: troubleSentence, sinceMs: clock.monotonic() - troubleAt };
      return isListed ? undefined : "not-listed";
    },
    idleMs: () => clock.monotonic() - lastRead,
  };
}
