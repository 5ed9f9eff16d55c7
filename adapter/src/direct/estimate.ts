import type { DirectPlan, ProxySeries } from "@asm-autoscaler/hpa-metrics";
import type { TrackedSeries } from "./counters.ts";
import { DEVIATIONS, spreadOf, uncertainRequests } from "./noise.ts";
import { isFresh, isNewcomer, isServing, type ProxyWindow, type ReadProxy, windowOf } from "./proxyWindow.ts";
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
 * read. `no-flush`: see `flushedIncreases`. `no-series`: no proxy has one of the plan's metrics. `no-match`: the proxies
 * have them, but not with the query's labels. `idle`: no request ended in the window, and the query has no number
 * without one. `large`: too many series. `over-budget`: the query's regular expressions take too long. `not-additive`:
 * proxies are missing, and the query is neither a sum over proxies nor independent of their number.
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
/** Maximum number of series of one evaluation. It takes about 30 ms. */
const MOST_SERIES = 10_000;
/** Noise of a value that is not a rate of requests: the HPA controller's default tolerance, which changes no size. */
const TOLERANCE = 0.1;
/** Series that are tried to find the query's constant factor. */
export const MOST_PROBES = 10;

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

  const whys = new Set<Why>();
  let unknownParts = 0;
  const windows = [...fresh, ...others].flatMap((proxy) => {
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
  if (windows.reduce((sum, { increases }) => sum + increases.length, 0) > MOST_SERIES) return refuse("large");

  const inAll = (pods / serving.length) * sampled;
  const factor = inAll / read;
  const series = seriesOf(windows);
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
  const last = evaluate(plan, inLast, seriesOf(inLast), factor);
  if (typeof last === "number" && last - value > noiseOver(last, INTERVAL_MS))
    return { ok: true, value: last, noise: noiseOver(last, INTERVAL_MS), ...counts, at: end };
  return { ok: true, value, noise: noiseOver(value, WINDOW_MS), ...counts };
}

function firstOf(whys: ReadonlySet<Why>, isAnyFresh: boolean): Why {
  if (whys.has("no-flush")) return "no-flush";
  return isAnyFresh && whys.has("starting") ? "starting" : "missing";
}

type SeriesByMetric = ReadonlyMap<string, readonly ProxySeries[]>;

/** The series that a plan reads, by metric. */
function seriesOf(windows: readonly ProxyWindow[], labelsOf = labelsWithInstance): SeriesByMetric {
  const found = new Map<string, ProxySeries[]>();
  for (const { proxy, increases } of windows) {
    for (const { tracked, perSecond } of increases) {
      const { metric } = tracked.series;
      const list = found.get(metric);
      const one = { labels: labelsOf(tracked, proxy.instance), value: tracked.value, perSecond };
      if (list) list.push(one);
      else found.set(metric, [one]);
    }
  }
  return found;
}

/** Kept over evaluations, because a plan stores what it computes from a labels object with that object. */
const kept = new WeakMap<TrackedSeries, ProxySeries["labels"]>();

function labelsWithInstance(tracked: TrackedSeries, instance: string): ProxySeries["labels"] {
  const known = kept.get(tracked);
  if (known?.["instance"] === instance) return known;
  const labels = { ...tracked.series.labels, instance };
  kept.set(tracked, labels);
  return labels;
}

function labelsOfCopy({ series }: TrackedSeries, instance: string): ProxySeries["labels"] {
  return { ...series.labels, instance: `${instance} copy` };
}

/**
 * Evaluates the plan as if there were `factor` times as many serving proxies. A query that doubles when each of them
 * exists twice is a sum over proxies. A query that then stays the same is a ratio, a quantile, a mean or a maximum.
 */
function evaluate(plan: DirectPlan, windows: readonly ProxyWindow[], series: SeriesByMetric, factor: number): Value {
  const result = (of: SeriesByMetric, copies?: SeriesByMetric) =>
    plan.evaluate((metric) => [...(of.get(metric) ?? []), ...(copies?.get(metric) ?? [])]);
  const value = result(series);
  if (typeof value !== "number" || factor === 1) return value;
  const serving = windows.filter(({ proxy }) => isServing(proxy));
  const ofServing = seriesOf(serving);
  const once = result(ofServing);
  const twice = result(ofServing, seriesOf(serving, labelsOfCopy));
  if (once === "over-budget" || twice === "over-budget") return "over-budget";
  if (once === undefined || twice === undefined) return "not-additive";
  const isTwice = (other: number) => Math.abs(twice - other) <= 1e-9 * Math.abs(other);
  if (isTwice(2 * once)) return value + (factor - 1) * once;
  return isTwice(once) ? value : "not-additive";
}

type Value = number | undefined | "over-budget" | "not-additive";

/** What one request per second of one matching series adds to a request rate. 1 if no series matches. */
function factorIn(plan: DirectPlan, series: SeriesByMetric): number {
  const all = [...series].flatMap(([metric, list]) => list.map((one) => ({ metric, one })));
  const busiest = all.sort((a, b) => b.one.perSecond - a.one.perSecond).slice(0, MOST_PROBES);
  for (const { metric, one } of busiest) {
    const value = factorOf(plan, metric, one);
    if (typeof value === "number" && value > 0) return value;
  }
  return 1;
}

/** What one request per second of one series adds to a request rate. Undefined or 0 if the query does not select it. */
export function factorOf(plan: DirectPlan, metric: string, one: ProxySeries): ReturnType<DirectPlan["evaluate"]> {
  return plan.evaluate((name) => (name === metric ? [{ ...one, perSecond: 1 }] : []));
}
