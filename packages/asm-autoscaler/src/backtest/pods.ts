import { rateOf, type Sample } from "./rate";

/** What of a workload's pods matters to its autoscaler. */
export interface PodsOptions {
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
export interface Pods {
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

/** A workload without pods. Times are seconds and only grow. */
export function createPods(options: PodsOptions): Pods {
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
        if (pod.scrapedFrom > now || pod.requests < 1 || now % scrapeIntervalSeconds !== pod.offset) continue;
        pod.samples = pod.samples.filter(({ at }) => at > now - keptSeconds);
        pod.samples.push({ at: now, value: Math.floor(pod.requests) });
      }
    },
    reading(now) {
      gone = gone.filter(({ samples }) => (samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY) > now - keptSeconds);
      const rates = [...counting(), ...gone].flatMap(({ samples }) => rateOf(samples, now, windowSeconds) ?? []);
      return rates.length === 0 ? undefined : rates.reduce((sum, rate) => sum + rate, 0);
    },
  };
}
