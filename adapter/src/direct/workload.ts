import { createHash } from "node:crypto";
import type { DirectPlan } from "@asm-autoscaler/hpa-metrics";
import type { Clock } from "../clock.ts";
import { pause } from "../kubernetes/pause.ts";
import { type Counters, createCounters } from "./counters.ts";
import { type Estimate, estimate, type ReadProxy } from "./estimate.ts";
import type { NamespaceLimits } from "./namespaceLimits.ts";
import type { Pod } from "./pods.ts";
import { roleOf } from "./role.ts";
import type { ProxyConnection, ScrapeFailure } from "./scrape.ts";
import { createSeriesNames } from "./seriesNames.ts";
import type { PodEvents } from "./targets.ts";
import { FLUSH_WINDOW_MS, INTERVAL_MS, WINDOW_MS } from "./window.ts";

/** Why one pod was not read the last time. `name` is the pod's. */
export interface UnreadPod {
  readonly name: string;
  readonly failure: ScrapeFailure | "no-sidecar" | "busy";
  readonly sentence: string;
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
  /** The pods that serve and cannot be read. */
  unread(): UnreadPod[];
  /** Why the pods are not known. `sinceMs` is the age of the trouble. Before the first list, the pods are not known. */
  trouble(): { sentence: string; sinceMs: number } | "not-listed" | undefined;
  /** Lines of the last answers that lack the label `reporter`. */
  unlabelledLines(): number;
  /** Time since the last read, in ms. */
  idleMs(): number;
}

interface WorkloadProxies {
  /** The proxies that are scraped. */
  readonly proxies: readonly ReadProxy[];
  /** How many pods serve, scraped or not. */
  readonly pods: number;
  /** Whether a metric of the plan has been scraped for less than the window of the plan. */
  readonly isYoung: boolean;
}

export interface WorkloadOptions {
  readonly namespace: string;
  /** Identifies the workload. It decides when in the interval its proxies are scraped, on every replica alike. */
  readonly id: string;
  readonly clock: Clock;
  readonly limits: NamespaceLimits;
  connect(address: string, port: number): ProxyConnection;
  onScrape(failure: ScrapeFailure | undefined, bytes: number): void;
}

interface ProxyState {
  pod: Pod;
  readonly counters: Counters;
  /** Place of the pod in the sample of a large workload, by its UID, so that each replica takes the same sample. */
  readonly order: number;
  connection: ProxyConnection | undefined;
  leftAt: number | undefined;
  failed: Omit<UnreadPod, "name"> | undefined;
  failures: number;
  restUntil: number;
  isBusy: boolean;
  unlabelled: number;
}

/** Proxies that are scraped. Of a larger workload, it is the same sample on every replica. */
const MOST_SCRAPED = 200;
/** Requests that start together, and the time to the next ones, in ms. 200 proxies are read within half a second. */
const AT_ONCE = 4;
const STAGGER_MS = 10;
/** A metric that is not read for this time is no longer scraped, in ms. The HPA controller reads it every 15 s. */
const UNREAD_MS = 60_000;
/** Longest pause of a proxy that fails, in intervals. */
const LONGEST_REST = 8;
/** How long the counters of a deleted pod are stored, in ms. */
const GONE_MS = 30_000;
/** A pod that is created within this time before it is first seen is new, in ms. */
const NEW_MS = 60_000;

/**
 * Creates the proxies of one workload. Scrapes begin at whole multiples of 2 s of Unix time, plus a phase of the
 * workload. Replicas with synchronized clocks therefore read the same values: their answers differ by what is counted
 * in the difference of their clocks, and by one interval for a read between the two scrapes.
 */
export function createWorkload({ namespace, id, clock, limits, connect, onScrape }: WorkloadOptions): Workload {
  const proxies = new Map<string, ProxyState>();
  const names = createSeriesNames();
  /** Metric -> when it was last read, and when it was first scraped. */
  const wanted = new Map<string, { readAt: number; since: number }>();
  const phase = hashOf(id) % INTERVAL_MS;
  let isListed = false;
  let troubleAt: number | undefined;
  let troubleSentence = "";
  let lastRead = clock.monotonic();

  const put = (pod: Pod) => {
    const now = clock.monotonic();
    const known = proxies.get(pod.uid);
    const ageMs = clock.wall() - pod.createdAt;
    const isNew = isListed && ageMs < NEW_MS;
    const state = known ?? {
      ...{ pod, connection: undefined, leftAt: undefined, failed: undefined },
      counters: createCounters(names, isNew ? now - Math.max(0, ageMs) : undefined),
      order: hashOf(pod.uid),
      ...{ failures: 0, restUntil: 0, isBusy: false, unlabelled: 0 },
    };
    proxies.set(pod.uid, state);
    if (state.pod.restarts < pod.restarts) state.counters.restarted();
    if (state.pod.isReady !== pod.isReady) state.restUntil = 0;
    if (state.pod.address !== pod.address || state.pod.port !== pod.port) {
      state.connection?.close();
      state.connection = undefined;
    }
    // A pod that the selector matches again has not left.
    state.leftAt = pod.isTerminating ? (state.leftAt ?? now) : undefined;
    state.pod = pod;
  };
  const leave = (uid: string) => {
    const state = proxies.get(uid);
    if (!state) return;
    state.leftAt ??= clock.monotonic();
    state.pod = { ...state.pod, isTerminating: true, address: "" };
    state.connection?.close();
    state.connection = undefined;
  };

  /** The metrics that are read. Requests are the measure of whether histograms are flushed. */
  const metricsNow = (): string[] => {
    const now = clock.monotonic();
    for (const [metric, { readAt }] of wanted) if (now - readAt > UNREAD_MS) wanted.delete(metric);
    for (const one of wanted.values()) if (one.since === Number.POSITIVE_INFINITY) one.since = now;
    return wanted.size > 0 ? [...new Set([...wanted.keys(), "istio_requests_total"])] : [];
  };

  const scrape = async (state: ProxyState, metrics: readonly string[]) => {
    const { pod, counters } = state;
    if (pod.port === undefined) {
      state.failed = { failure: "no-sidecar", sentence: "it has no container istio-proxy" };
      return;
    }
    if (!limits.take(namespace)) {
      state.failed = { failure: "busy", sentence: "the proxies of the namespace have used up its share" };
      return;
    }
    state.connection ??= connect(pod.address, pod.port);
    state.isBusy = true;
    const began = clock.monotonic();
    const result = await state.connection.scrape(metrics, names);
    const ended = clock.monotonic();
    state.isBusy = false;
    limits.done(namespace, result.bytes);
    onScrape(result.ok ? undefined : result.failure, result.bytes);
    if (!result.ok) {
      state.failed = { failure: result.failure, sentence: result.sentence };
      const rest = pod.isReady ? Math.min(2 ** state.failures, LONGEST_REST) : 1;
      state.failures++;
      state.restUntil = ended + (rest - 1) * INTERVAL_MS;
      return;
    }
    Object.assign(state, { failed: undefined, failures: 0, restUntil: 0, unlabelled: result.unlabelledLines });
    const { values, isNewConnection } = result;
    const [at, errorMs] = [(began + ended) / 2, (ended - began) / 2];
    counters.add({ at, errorMs, metrics: new Set(metrics), values, isNewConnection });
  };

  const cycle = async (signal: AbortSignal) => {
    const now = clock.monotonic();
    for (const [uid, { leftAt, pod }] of proxies)
      if (leftAt !== undefined && pod.address === "" && now - leftAt > GONE_MS) proxies.delete(uid);
    const metrics = metricsNow();
    if (metrics.length === 0) return;
    const due = sampled().filter((one) => one.pod.address !== "" && !one.isBusy && one.restUntil <= now);
    for (let first = 0; first < due.length && !signal.aborted; first += AT_ONCE) {
      for (const state of due.slice(first, first + AT_ONCE)) void scrape(state, metrics);
      if (first + AT_ONCE < due.length) await pause(STAGGER_MS, signal);
    }
  };

  const sampled = (): ProxyState[] => {
    const all = [...proxies.values()];
    if (all.length <= MOST_SCRAPED) return all;
    return all.sort((a, b) => a.order - b.order).slice(0, MOST_SCRAPED);
  };
  const roleNow = (state: ProxyState) =>
    roleOf({ isReady: state.pod.isReady, leftAt: state.leftAt }, state.counters, clock.monotonic());

  return {
    onList(pods) {
      const current = new Set(pods.map(({ uid }) => uid));
      for (const uid of proxies.keys()) if (!current.has(uid)) leave(uid);
      for (const pod of pods) put(pod);
      isListed = true;
    },
    onChange: put,
    onDelete: leave,
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
      for (const { connection } of proxies.values()) connection?.close();
    },
    read(plan) {
      const { proxies: found, pods, isYoung } = this.proxies(plan);
      if (isYoung && pods > 0 && this.unread().length === 0) return { ok: false, why: "starting", pods, read: 0 };
      const result = estimate(plan, found, pods, lastRead);
      return isYoung && result.ok ? { ok: false, why: "starting", pods, read: result.read } : result;
    },
    proxies(plan) {
      lastRead = clock.monotonic();
      for (const metric of plan.metrics) {
        const since = wanted.get(metric)?.since ?? Number.POSITIVE_INFINITY;
        wanted.set(metric, { readAt: lastRead, since });
      }
      const states = sampled();
      const found = states.map((state) => ({
        instance: `${state.pod.address || state.pod.uid}:${state.pod.port ?? 0}`,
        counters: state.counters,
        role: roleNow(state),
      }));
      const pods = [...proxies.values()].filter((state) => roleNow(state) === "serving").length;
      const isYoung = plan.metrics.some((metric) => {
        const historyMs = lastRead - (wanted.get(metric)?.since ?? Number.POSITIVE_INFINITY);
        return historyMs < (plan.isHistogram ? 2 * FLUSH_WINDOW_MS : WINDOW_MS + INTERVAL_MS);
      });
      return { proxies: found, pods, isYoung };
    },
    size() {
      lastRead = clock.monotonic();
      return [...proxies.values()].filter(({ leftAt }) => leftAt === undefined).length;
    },
    unread: () =>
      sampled().flatMap((state) =>
        state.failed && roleNow(state) === "serving" ? [{ name: state.pod.name, ...state.failed }] : [],
      ),
    trouble() {
      if (troubleAt !== undefined) return { sentence: troubleSentence, sinceMs: clock.monotonic() - troubleAt };
      return isListed ? undefined : "not-listed";
    },
    unlabelledLines: () => [...proxies.values()].reduce((sum, { unlabelled }) => sum + unlabelled, 0),
    idleMs: () => clock.monotonic() - lastRead,
  };
}

function hashOf(text: string): number {
  return createHash("sha1").update(text).digest().readUInt32BE(0);
}
