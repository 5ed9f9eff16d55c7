import type { DirectPlan, ProxySeries } from "@asm-autoscaler/hpa-metrics";
import type { Counters, TrackedSeries } from "./counters.ts";
import type { ReadProxy } from "./proxyWindow.ts";
import type { Workload } from "./workload.ts";

/** Time in which a request to the workload must have been sent by a caller, in ms: the sync period of the HPA controller. */
const RECENT_MS = 15_000;
/** How long callers that are not read stay in mind, in ms. After five minutes without traffic, a workload may sleep. */
const REMEMBERED_MS = 600_000;

/**
 * What a workload's own sidecars received, through whichever Service. Callers without a sidecar have no workload, and no
 * query of senders counts them.
 */
export const RECEIVED: DirectPlan = {
  metrics: ["istio_requests_total"],
  reporter: "destination",
  ...{ isHistogram: false, isRequestRate: true, hasValues: false },
  evaluate: (series) =>
    series("istio_requests_total")
      .filter(({ labels }) => isFromMesh(labels))
      .reduce((sum, { perSecond }) => sum + perSecond, 0),
};

/** When a workload last received requests that no caller sent, in ms of the monotonic clock. */
const lastSeen = new WeakMap<Workload, number>();

/**
 * Reports how a workload's own sidecars show that it has callers that are not read: they received more than was sent. A
 * single request counts as well while nothing was sent, and is remembered for ten minutes, because zero means that nobody
 * needs the workload. Undefined if all requests were sent by the callers.
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
  const received = own.read(RECEIVED);
  if (!received.ok && received.why !== "no-pods") return "has pods that are not read, to compare with its callers";
  const { proxies } = own.proxies(RECEIVED);
  if (sent.value === 0 && recentlyReceived(proxies) && !recentlySent(plan, callers)) lastSeen.set(own, now);
  if (received.ok && received.value > sent.value + sent.noise + received.noise) {
    lastSeen.set(own, now);
    const [more, less] = [received.value, sent.value].map((value) => value.toFixed(1));
    return `receives ${more} requests per second, and the callers that are read send ${less}`;
  }
  const seen = lastSeen.get(own);
  if (seen === undefined || now - seen > REMEMBERED_MS) return undefined;
  return "received requests in the last ten minutes that no caller sent whose proxy is read";
}

function isFromMesh({ source_workload: source = "unknown" }: ProxySeries["labels"]): boolean {
  return source !== "unknown" && source !== "";
}

function recentlyReceived(proxies: readonly ReadProxy[]): boolean {
  return proxies.some(({ counters }) => {
    if (counters.length === 0) return false;
    const own = counters
      .series()
      .filter(({ series }) => series.metric === "istio_requests_total" && isFromMesh(series.labels));
    return own.some((one) => increaseOver(counters, one, RECENT_MS) > 0);
  });
}

/** The callers' counters are compared over all that is stored, which is longer, so that no request falls between two. */
function recentlySent(plan: DirectPlan, callers: readonly ReadProxy[]): boolean {
  const series = (metric: string) =>
    callers.flatMap(({ counters, instance }) =>
      counters
        .series()
        .filter((one) => one.series.metric === metric)
        .map((one) => ({
          labels: { ...one.series.labels, instance },
          value: one.value,
          perSecond: increaseOver(counters, one, Number.POSITIVE_INFINITY),
        })),
    );
  const count = plan.evaluate(series);
  return typeof count === "number" && count > 0;
}

/** The increase of a series over the last `ms`, or over what is stored of it. */
function increaseOver(counters: Counters, one: TrackedSeries, ms: number): number {
  const oldest = { newer: Math.max(0, counters.length - 1), share: 0 };
  const from = counters.positionOf(counters.timeOf(0) - ms) ?? oldest;
  return counters.total(one, { newer: 0, share: 0 }) - counters.total(one, from);
}
