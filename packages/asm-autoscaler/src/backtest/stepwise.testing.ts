import { type Autoscaling, createController } from "@asm-autoscaler/hpa-metrics";
import { extrapolatedRate } from "./rate";
import type { Traffic } from "./traffic";

/** Settings of a simulation: an autoscaler on requests per second per pod, and the cluster around it. */
interface StepwiseSetting extends PodsOptions {
  readonly autoscaling: Autoscaling;
  /** Target number of requests per second per pod. */
  readonly target: number;
  /** Sync period of the HPA controller in seconds. */
  readonly syncSeconds: number;
  /**
   * Second of the first sync, less than syncSeconds. If either is not a whole number, the sync is in the next second.
   */
  readonly firstSync: number;
}

/**
 * The same as `simulate`, second by second and with every sample, as its oracle. Replays traffic: sidecars count, Prometheus scrapes, the adapter evaluates `sum(rate(…))`, the HPA controller
 * decides. Not modelled: failed scrapes and reads, nodes without capacity, and other metrics of the HPA.
 */
export function simulateStepwise(traffic: Traffic, setting: StepwiseSetting) {
  const { autoscaling, target, syncSeconds, evaluationSeconds } = setting;
  const seconds = Math.ceil(traffic.seconds);
  const { firstLook, warmUp } = warmUpOf(setting);
  const pods = createPods(setting);
  const controller = createController(autoscaling);
  const bounded = (wanted: number) => Math.min(Math.max(wanted, autoscaling.minReplicas), autoscaling.maxReplicas);
  pods.resize(-setting.readyAfterSeconds, bounded(Math.ceil(traffic.at(0) / target)));
  const sizes: { second: number; replicas: number }[] = [];
  const [offered, replicas, ready] = [new Float64Array(seconds), new Uint16Array(seconds), new Uint16Array(seconds)];

  for (let now = 0; now < warmUp + seconds; now++) {
    pods.scrape(now);
    if (now >= firstLook && (now - firstLook) % syncSeconds < 1) {
      const usage = pods.reading(now - (now % evaluationSeconds));
      const wanted = controller.sync(now, pods.count(), [usage === undefined ? undefined : Math.round(usage * 1000)]);
      pods.resize(now, wanted);
    }
    const second = now - warmUp;
    const rate = traffic.at(Math.max(0, second + 0.5));
    pods.serve(now, rate);
    if (second < 0) continue;
    if (sizes.at(-1)?.replicas !== pods.count()) sizes.push({ second, replicas: pods.count() });
    offered[second] = rate;
    replicas[second] = pods.count();
    ready[second] = pods.ready(now);
  }
  return { seconds, sizes, offered, replicas, ready };
}

/**
 * Seconds before the recorded run in which the traffic has its initial value. The controller decides nothing until the
 * window is full, and its stabilization windows must not contain the start. A multiple of all common intervals.
 */
function warmUpOf(setting: StepwiseSetting) {
  const { autoscaling, windowSeconds, scrapeIntervalSeconds, evaluationSeconds, syncSeconds, firstSync } = setting;
  const { behavior, downscaleStabilizationSeconds } = autoscaling;
  const rules = behavior ? [behavior.scaleUp, behavior.scaleDown] : [];
  const remembered = Math.max(
    downscaleStabilizationSeconds,
    ...rules.flatMap(({ stabilizationSeconds, policies }) => [
      stabilizationSeconds,
      ...policies.map(({ periodSeconds }) => periodSeconds),
    ]),
  );
  const filled = windowSeconds + 2 * scrapeIntervalSeconds + evaluationSeconds;
  const warmUp = Math.ceil((filled + remembered) / 600) * 600;
  const looks = Math.floor((warmUp + firstSync - filled) / syncSeconds);
  return { warmUp, firstLook: warmUp + firstSync - looks * syncSeconds };
}

/** What of a workload's pods matters to its autoscaler. */
interface PodsOptions {
  /** From creation to readiness, seconds. */
  readonly readyAfterSeconds: number;
  readonly scrapeIntervalSeconds: number;
  /** Of the rate that is asked for. */
  readonly windowSeconds: number;
  /** The adapter evaluates at whole multiples of so many seconds, and a reading counts until the next one. */
  readonly evaluationSeconds: number;
  /**
   * Whose sidecars count the requests: those of the pods themselves, or the clients', which are there whatever the pods
   * do.
   */
  readonly countedBy: "pods" | "clients";
}

/** The pods of a workload with the counters of their sidecars, and Prometheus's samples of these. */
interface Pods {
  count(): number;
  /** How many take requests at `now`. */
  ready(now: number): number;
  /** Adds pods, or removes the newest, until there are so many. */
  resize(now: number, replicas: number): void;
  /** So many requests are spread evenly over the ready pods. */
  serve(now: number, requests: number): void;
  /** Prometheus scrapes those whose turn it is at this whole second. */
  scrape(now: number): void;
  /** `sum(rate(…))` of all that was scraped, also of pods that are gone; undefined where no counter has a rate. */
  reading(now: number): number | undefined;
}

interface Pod {
  readonly readyAt: number;
  /** When Prometheus knows of it at the earliest. */
  readonly scrapedFrom: number;
  /** Its place between two scrapes, seconds. */
  readonly offset: number;
  requests: number;
  samples: Sample[];
}

/** Prometheus takes in changes of its targets every five seconds: half of that on average. */
const DISCOVERY_SECONDS = 3;
/** Targets are spread over the interval by a hash of their labels; steps of the golden ratio spread as evenly. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const ROUNDING = 1e-6;

/** A workload without pods. Times are seconds and only grow. */
function createPods(options: PodsOptions): Pods {
  const { readyAfterSeconds, scrapeIntervalSeconds, windowSeconds, countedBy } = options;
  /** A reading is of a moment that may be so long ago, and looks back from there. */
  const keptSeconds = windowSeconds + scrapeIntervalSeconds + options.evaluationSeconds;
  let pods: Pod[] = [];
  let gone: Pod[] = [];
  let born = 0;
  const isReady = (now: number) => (pod: Pod) => pod.readyAt <= now;
  const since = Number.NEGATIVE_INFINITY;
  const clients: Pod[] =
    countedBy === "clients" ? [{ readyAt: since, scrapedFrom: since, offset: 0, requests: 0, samples: [] }] : [];
  const counting = () => (countedBy === "clients" ? clients : pods);

  return {
    count: () => pods.length,
    ready: (now) => pods.filter(isReady(now)).length,
    resize(now, replicas) {
      gone.push(...pods.slice(replicas));
      pods = pods.slice(0, replicas);
      while (pods.length < replicas) {
        const readyAt = now + readyAfterSeconds;
        const scrapedFrom = Math.max(readyAt, now + DISCOVERY_SECONDS);
        const offset = Math.floor(((born++ * GOLDEN) % 1) * scrapeIntervalSeconds);
        pods.push({ readyAt, scrapedFrom, offset, requests: 0, samples: [] });
      }
    },
    serve(now, requests) {
      const ready = counting().filter(isReady(now));
      for (const pod of ready) pod.requests += requests / ready.length;
    },
    scrape(now) {
      for (const pod of counting()) {
        // A sidecar has no counter before its first request.
        if (pod.scrapedFrom > now || pod.requests < 1 - ROUNDING || now % scrapeIntervalSeconds !== pod.offset)
          continue;
        pod.samples = pod.samples.filter(({ at }) => at > now - keptSeconds);
        pod.samples.push({ at: now, value: Math.floor(pod.requests + ROUNDING) });
      }
    },
    reading(now) {
      gone = gone.filter(({ samples }) => (samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY) > now - keptSeconds);
      const rates = [...counting(), ...gone].flatMap(({ samples }) => rateOf(samples, now, windowSeconds) ?? []);
      return rates.length === 0 ? undefined : rates.reduce((sum, rate) => sum + rate, 0);
    },
  };
}

/** A scraped counter. */
export interface Sample {
  /** Seconds. */
  readonly at: number;
  readonly value: number;
}

/** `rate()` over the samples in the window; undefined with fewer than two. The start is no part of the window. */
export function rateOf(samples: readonly Sample[], now: number, window: number): number | undefined {
  const inside = samples.filter(({ at }) => at > now - window && at <= now);
  const [first, last] = [inside[0], inside.at(-1)];
  if (!first || !last || inside.length < 2) return undefined;
  const between = (last.at - first.at) / (inside.length - 1);
  return extrapolatedRate(first.at, first.value, last.at, last.value, between, now, window);
}
