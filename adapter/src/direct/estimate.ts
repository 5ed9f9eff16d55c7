import type { DirectPlan } from "@asm-autoscaler/hpa-metrics";
import { evaluate, factorIn, seriesOf } from "./evaluation.ts";
import { DEVIATIONS, spreadOf, uncertainRequests } from "./noise.ts";
import { isFresh, isNewcomer, isServing, type ReadProxy, windowOf } from "./proxyWindow.ts";
import { INTERVAL_MS, WINDOW_MS, windowMsOf } from "./timing.ts";
import { increasesBetween } from "./window.ts";

/** What a query gives, evaluated from proxies. */
export type Estimate =
  | {
      readonly ok: true;
      readonly value: number;
      /** How far the value may be from what the proxies counted, see `estimate`. */
      readonly noise: number;
      /** Time of the oldest data, in ms of the monotonic clock. */
      readonly at: number;
      /** Proxies that serve, how many of them are in the sample, and how many of those were read. */
      readonly pods: number;
      readonly sampled: number;
      readonly read: number;
    }
  | { readonly ok: false; readonly why: Why; readonly pods: number; readonly sampled: number; readonly read: number };

/**
 * `no-pods`: no pod serves. `starting`: the history is shorter than the window. `missing`: too many proxies cannot be
 * read. `no-flush`: see `flushedIncreases`. `no-series`: no proxy has one of the plan's metrics. `no-match`: the
 * proxies have them, but not with the query's labels. `idle`: no request ended in the window, and the query has no
 * number without one. `large`: too many series. `over-budget`: the query's regular expressions take too long.
 * `not-additive`: proxies are missing, and the query is neither a sum over proxies nor independent of their number.
 */
type Why =
  | "no-pods"
  | "starting"
  | "missing"
  | "no-flush"
  | "no-series"
  | "no-match"
  | "idle"
  | "large"
  | "over-budget"
  | "not-additive";

/** Share of the serving proxies that the mean of the others may replace. */
export const MOST_MISSING = 0.2;
/** Maximum number of series of one evaluation. A rate or a quantile of so many takes about 20 ms. */
const MOST_SERIES = 10_000;
/** Maximum time of one evaluation in microseconds, by its plan. The event loop waits for it. */
const MOST_MICROSECONDS = 50_000;
/** How often a series is evaluated if proxies are missing, and the query is no request rate: see `evaluate`. */
const EVALUATIONS = 3;
/** Noise of a value that is not a rate of requests: the HPA controller's default tolerance, which changes no size. */
const TOLERANCE = 0.1;

/**
 * Evaluates a plan over the proxies of one workload. All windows of requests end at the time of the oldest of the last
 * snapshots, because traffic that moves from one pod to another would otherwise count twice. Windows of histograms end
 * at each proxy's own flush, so those of two proxies differ by up to 5 s. A proxy whose last scrape is older than
 * `FRESH_MS` is unread, and one that is gone counts until the window is over.
 *
 * A proxy that was never read is not missing if its pod became ready after the window's end: it has no traffic in it.
 *
 * Proxies that serve but cannot be read count like the mean of the others, up to 20 % of them. Above that there is no
 * estimate: a total without them would ask for a scale-down.
 *
 * The last interval of a request rate counts instead of the window if it exceeds the window by more than its own noise.
 * The first sync after a step then sees its full size.
 *
 * The noise of a request rate is three standard deviations of a Poisson count with one more request than was counted.
 * It also covers how long the requests to the proxies took, and proxies that were not read for some seconds. For other
 * values it is 10 %. If proxies are made up for, the part that was made up is added, because they may be dead and have
 * no traffic, and the spread between proxies.
 *
 * @param podsInAll how many proxies serve, if only a sample of them is read
 * @param now ms of the monotonic clock
 */
export function estimate(plan: DirectPlan, proxies: readonly ReadProxy[], podsInAll: number, now: number): Estimate {
  const serving = proxies.filter(isServing);
  const pods = Math.max(podsInAll, serving.length);
  if (serving.length === 0) return { ok: false, why: "no-pods", pods: 0, sampled: 0, read: 0 };
  const fresh = proxies.filter((proxy) => proxy.role !== "leaving" && isFresh(proxy, now));
  const end = fresh.reduce((oldest, { counters }) => Math.min(oldest, counters.readAt), now);
  const windowMs = windowMsOf(plan);
  // The connections of a proxy that is gone are closed, but what it counted in the window stays.
  const isKnown = (proxy: ReadProxy) =>
    isFresh(proxy, now) || (!plan.hasValues && proxy.counters.readAt > end - windowMs);
  const others = proxies.filter((proxy) => proxy.role === "leaving" && isKnown(proxy));

  const all = [...fresh, ...others];
  const count = all.reduce((sum, { counters }) => sum + counters.series(plan.metrics).length, 0);
  const microseconds = count * plan.microsecondsPerSeries * (plan.isRequestRate ? 1 : EVALUATIONS);
  if (count > MOST_SERIES || microseconds > MOST_MICROSECONDS)
    return { ok: false, why: "large", pods, sampled: serving.length, read: 0 };
  const whys = new Set<Why>();
  let unknownParts = 0;
  const windows = all.flatMap((proxy) => {
    const window = windowOf(plan, proxy, end, isFresh(proxy, now));
    if (typeof window !== "string") return [window];
    if (proxy.role !== "waiting") whys.add(window);
    // What a leaving proxy has counted in the window is part of the total, even if its share is not known.
    if (proxy.role === "leaving") unknownParts++;
    return [];
  });
  const read = windows.filter(({ proxy }) => isServing(proxy)).length;
  const sampled = serving.filter((proxy) => !isNewcomer(proxy, end)).length;
  const refuse = (why: Why): Estimate => ({ ok: false, why, pods, sampled, read });
  if (sampled === 0) return refuse("starting");
  if (read === 0 || unknownParts > 0 || sampled - read > MOST_MISSING * sampled)
    return refuse(firstOf(whys, fresh.length > 0));

  const inAll = (pods / serving.length) * sampled;
  const factor = inAll / read;
  const series = seriesOf(plan, windows);
  const value = evaluate(plan, windows, series, factor);
  if (value === undefined)
    return refuse(windows.some(({ increases }) => increases.length > 0) ? "no-match" : "no-series");
  if (typeof value === "string") return refuse(value);
  if (!Number.isFinite(value) && windows.every(({ increases }) => increases.every(({ perSecond }) => perSecond === 0)))
    return refuse("idle");
  const at = windows.reduce((oldest, window) => Math.min(oldest, window.at), end);
  const madeUp = Math.abs(value) * (1 - read / sampled + spreadOf(windows, read, inAll));
  const counts = { at, pods, sampled, read };
  if (!plan.isRequestRate) return { ok: true, value, noise: TOLERANCE * Math.abs(value) + madeUp, ...counts };

  const perRequest = factorIn(plan, series) * factor;
  const noiseOver = (rate: number, ms: number) => {
    const seconds = ms / 1000;
    const late = windows.reduce((sum, window) => sum + uncertainRequests(window, ms), 0);
    return (
      (perRequest * (DEVIATIONS * Math.sqrt((Math.abs(rate) * seconds) / perRequest + 1) + late)) / seconds + madeUp
    );
  };
  const inLast = windows.map(({ proxy }) => ({
    proxy,
    at: end,
    increases: increasesBetween(proxy.counters, plan.metrics, end - INTERVAL_MS, end) ?? [],
  }));
  const last = evaluate(plan, inLast, seriesOf(plan, inLast), factor);
  if (typeof last === "number" && last - value > noiseOver(last, INTERVAL_MS))
    return { ok: true, value: last, noise: noiseOver(last, INTERVAL_MS), ...counts, at: end };
  return { ok: true, value, noise: noiseOver(value, WINDOW_MS), ...counts };
}

function firstOf(whys: ReadonlySet<Why>, isAnyFresh: boolean): Why {
  if (whys.has("no-flush")) return "no-flush";
  return isAnyFresh && whys.has("starting") ? "starting" : "missing";
}
