import type { Anticipate } from "@asm-autoscaler/hpa-metrics";
import { anticipatedAt } from "./anticipated";
import { clientRate, type Fleet } from "./fleet";
import { type Load, sumBetween } from "./load";

/** How a metric of an HPA gets its readings in a simulation. */
export type MetricSource = RequestSource | AnticipatedSource | ClockSource | RecordedSource;

/** The adapter evaluates at whole multiples of so many seconds, and a reading counts until the next one. */
interface Evaluated {
  readonly evaluationSeconds: number;
}

/** `sum(rate(istio_requests_total{…}[window]))`. */
export interface RequestSource extends Evaluated {
  readonly kind: "requests";
  /** Index of the load that the pods receive. */
  readonly load: number;
  readonly windowSeconds: number;
  /**
   * Whose sidecars count the requests: those of the pods themselves, or the clients', which are there whatever the pods
   * do.
   */
  readonly countedBy: "pods" | "clients";
  /** Whether the proxies are read too (`reaction: direct`). */
  readonly isDirect: boolean;
}

/** The load of the coming minutes, as `anticipateQuery` anticipates it from earlier periods. */
export interface AnticipatedSource extends Evaluated {
  readonly kind: "anticipated";
  readonly load: number;
  /** Of the rate that is anticipated; 0 for a recorded metric. */
  readonly windowSeconds: number;
  readonly anticipate: Anticipate;
}

/** A query that depends on the time alone, such as a schedule. */
export interface ClockSource extends Evaluated {
  readonly kind: "clock";
  /** @param time Unix seconds. */
  valueAt(time: number): number | undefined;
}

/** A metric that does not depend on the pods: its recorded values are its readings. */
export interface RecordedSource extends Evaluated {
  readonly kind: "recorded";
  readonly load: number;
}

/** What readers read from. */
export interface Scene {
  readonly fleet: Fleet;
  readonly loads: readonly Load[];
  /** First second of the simulation. */
  readonly start: number;
  /** Unix time of second 0; 0 for traffic without a time of day. */
  readonly startsAt: number;
  readonly scrapeIntervalSeconds: number;
}

/** Time between two reads of a proxy, and the window of requests, in seconds. As `adapter/src/direct/timing.ts` has them. */
const DIRECT_INTERVAL = 2;
const DIRECT_WINDOW = 6;
const DIRECT_DEVIATIONS = 3;

/**
 * The value of a metric at a sync, as the adapter serves it. Nothing after `now` is used.
 *
 * @param now Second of the load.
 */
export function readingAt(source: MetricSource, scene: Scene, now: number): number | undefined {
  const { startsAt, start, loads, fleet } = scene;
  const at = now - modulo(startsAt + now, source.evaluationSeconds);
  switch (source.kind) {
    case "clock":
      return source.valueAt(startsAt + at);
    case "anticipated":
      return anticipatedAt(loads[source.load] as Load, source.anticipate, source.windowSeconds, at);
    case "recorded":
      return valueBefore(loads[source.load] as Load, at);
    case "requests": {
      const { load, windowSeconds } = source;
      const fromPrometheus =
        source.countedBy === "pods"
          ? fleet.rate(load, at, windowSeconds)
          : clientRate(loads[load] as Load, start, scene.scrapeIntervalSeconds, at, windowSeconds);
      return source.isDirect ? larger(fromPrometheus, directRate(source, scene, now)) : fromPrometheus;
    }
  }
}

interface DirectRate {
  readonly value: number;
  readonly noise: number;
}

/**
 * What the proxies counted in the last window, or in the last interval if that is more by more than its noise. Pods that
 * are not ready have counted nothing. `adapter/src/direct/estimate.ts`.
 */
function directRate(
  { load, countedBy }: RequestSource,
  { fleet, loads, start }: Scene,
  now: number,
): DirectRate | undefined {
  const end = now - modulo(now, DIRECT_INTERVAL);
  if (end - DIRECT_WINDOW < start) return undefined;
  const over = (seconds: number): DirectRate => {
    const requests =
      countedBy === "pods"
        ? fleet.served(load, end - seconds, end)
        : sumBetween(loads[load] as Load, end - seconds, end);
    return { value: requests / seconds, noise: (DIRECT_DEVIATIONS * Math.sqrt(requests + 1)) / seconds };
  };
  const [window, last] = [over(DIRECT_WINDOW), over(DIRECT_INTERVAL)];
  return last.value - window.value > last.noise ? last : window;
}

/** Which of the two readings counts. `adapter/src/directReadings.ts`. */
function larger(prometheus: number | undefined, direct: DirectRate | undefined): number | undefined {
  if (prometheus === undefined || direct === undefined) return prometheus ?? direct?.value;
  const noise = prometheus === 0 ? 0 : direct.noise;
  return direct.value - prometheus > noise ? direct.value : prometheus;
}

/** The value of the second before `at`, which is the last one that is known then. */
function valueBefore({ perSecond, initial }: Load, at: number): number {
  return at <= 0 ? initial : (perSecond[Math.min(at, perSecond.length) - 1] ?? 0);
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
