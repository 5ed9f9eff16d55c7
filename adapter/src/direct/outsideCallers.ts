import type { DirectPlan, ProxySeries } from "@asm-autoscaler/hpa-metrics";
import type { Counters } from "./counters.ts";
import { factorOf, labelsOf, largestOf } from "./evaluation.ts";
import type { ReadProxy } from "./proxyWindow.ts";
import { REQUESTS } from "./seriesNames.ts";
import type { TrackedSeries } from "./seriesTable.ts";
import type { Workload } from "./workload.ts";

/** Time in which a request to the workload must have been sent by a caller, in ms: one sync of the HPA controller. */
const RECENT_MS = 15_000;
/** How long callers that are not read stay in mind, in ms. After five minutes without traffic, a workload may sleep. */
const REMEMBERED_MS = 600_000;

/**
 * What a workload's own sidecars received, through whichever Service. Callers without a sidecar have no workload, and
 * no query of senders counts them.
 */
export const RECEIVED: DirectPlan = {
  metrics: ["istio_requests_total"],
  reporter: "destination",
  ...{ isHistogram: false, isRequestRate: true, hasValues: false, usesInstance: false, microsecondsPerSeries: 1 },
  evaluate: (series) =>
    series("istio_requests_total")
      .filter(({ labels }) => isFromMesh(labels))
      .reduce((sum, { perSecond }) => sum + perSecond, 0),
};

/** When a workload last received requests that no caller sent, in ms of the monotonic clock. */
const lastSeen = new WeakMap<Workload, number>();

/**
 * Reports how a workload's own sidecars show that it has callers that are not read: they received more than was sent. A
 * single request counts as well while nothing was sent, and is remembered for ten minutes, because zero means that
 * nobody needs the workload. A value that is no number of requests cannot be compared. Undefined if all requests were
 * sent by the callers.
 *
 * @param sent what the callers send per second
 * @param now ms of the monotonic clock
 * @returns a part of a sentence without its subject
 */
export function outsideCallers(
  plan: DirectPlan,
  own: Workload,
  callers: readonly ReadProxy[],
  sent: { readonly value: number; readonly noise: number },
  now: number,
): string | undefined {
  if (isScaled(plan, callers, sent.value))
    return "has a query that multiplies its requests, so they cannot be compared with what its pods receive";
  const received = own.read(RECEIVED);
  if (!received.ok && received.why !== "no-pods") return "has pods that are not read, to compare with its callers";
  if (sent.value === 0 && recentlyReceived(own.proxies(RECEIVED).proxies) && !recentlySent(plan, callers))
    lastSeen.set(own, now);
  if (received.ok && received.value > sent.value + sent.noise + received.noise) {
    lastSeen.set(own, now);
    const [more, less] = [received.value, sent.value].map((value) => value.toFixed(1));
    return `receives ${more} requests per second, and the callers that are read send ${less}`;
  }
  const seen = lastSeen.get(own);
  if (seen === undefined || now - seen > REMEMBERED_MS) return undefined;
  return "received requests in the last ten minutes that no caller sent whose proxy is read";
}

/**
 * Whether a request of one of the busiest series to the Service counts other than once. It also does if that cannot be
 * told, because none of these series is selected.
 */
function isScaled(plan: DirectPlan, callers: readonly ReadProxy[], sent: number): boolean {
  const busiest = new Map<TrackedSeries["series"], number>();
  for (const { counters } of callers) {
    const increaseOf = increasesOver(counters, Number.POSITIVE_INFINITY);
    for (const one of counters.series(plan.metrics)) {
      const { labels } = one.series;
      if (labels["destination_service"] !== plan.destinationService) continue;
      busiest.set(one.series, Math.max(increaseOf(one), busiest.get(one.series) ?? 0));
    }
  }
  const factors = largestOf(busiest, ([, counted]) => counted)
    .map(([{ metric, labels }]) => factorOf(plan, metric, { labels, value: 1, perSecond: 1 }) ?? 0)
    .filter((factor) => factor !== 0);
  return factors.length === 0 ? sent > 0 : factors.some((factor) => factor !== 1);
}

function isFromMesh({ source_workload: source = "unknown" }: ProxySeries["labels"]): boolean {
  return source !== "unknown" && source !== "";
}

function recentlyReceived(proxies: readonly ReadProxy[]): boolean {
  return proxies.some(({ counters }) => {
    if (counters.length === 0) return false;
    const own = counters.series([REQUESTS]).filter(({ series }) => isFromMesh(series.labels));
    const increaseOf = increasesOver(counters, RECENT_MS);
    return own.some((one) => increaseOf(one) > 0);
  });
}

/** The callers' counters are compared over all that is stored, which is longer: no request may fall between two. */
function recentlySent(plan: DirectPlan, callers: readonly ReadProxy[]): boolean {
  const series = (metric: string) =>
    callers.flatMap(({ counters, instance }) => {
      const increaseOf = increasesOver(counters, Number.POSITIVE_INFINITY);
      return counters.series([metric]).map((one) => ({
        labels: labelsOf(plan, one, instance),
        value: one.value,
        perSecond: increaseOf(one),
      }));
    });
  const count = plan.evaluate(series);
  return typeof count === "number" && count > 0;
}

/** Gives the increase of a series over the last `ms`, or over what is stored of it. */
function increasesOver(counters: Counters, ms: number): (one: TrackedSeries) => number {
  const oldest = { newer: Math.max(0, counters.length - 1), share: 0 };
  const from = counters.positionOf(counters.timeOf(0) - ms) ?? oldest;
  return (one) => counters.total(one, { newer: 0, share: 0 }) - counters.total(one, from);
}
