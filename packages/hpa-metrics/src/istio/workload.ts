import { promDuration } from "../duration";
import { type Matcher, selector } from "../selector";

/** The proxy that reports: the receiver's sidecar, the senders' sidecars and gateways, or an ambient waypoint. */
export type Reporter = "destination" | "source" | "waypoint";

/** Whose traffic is measured, by whom and over how long. */
export interface WorkloadTraffic {
  /** Name of the workload (Deployment, StatefulSet …) that receives the traffic. */
  readonly workload: string;
  /** Namespace of that workload. */
  readonly namespace: string;
  /** Default destination. Two reporters see the same request, so a query takes one of them. */
  readonly reporter?: Reporter | undefined;
  /** Window of rates in seconds. Default 60; it should hold four scrapes. */
  readonly windowSeconds?: number | undefined;
  /** Further labels and the values they must have, such as `job` and `envoy-stats`. */
  readonly matchers?: Readonly<Record<string, string>> | undefined;
}

/**
 * A selector of one of Istio's standard metrics (https://istio.io/latest/docs/reference/config/metrics/) for the traffic
 * that reaches a workload: the workload, the reporter, what the signal itself asks for, then the extra matchers in the
 * order of their labels, so that the text never depends on how they were listed.
 *
 * @throws RangeError for an empty workload or namespace, which would count untrusted clients, for a bad label or value, and for
 * an extra matcher of a label that the query matches or groups by itself.
 */
export function trafficSelector(metric: string, traffic: WorkloadTraffic, signal: readonly Matcher[] = []): string {
  return selector(metric, matchersOf(workloadMatchers(traffic, signal), traffic));
}

/** The per-second rate of a counter over the window: `rate(<selector>[1m])`. Throws as `trafficSelector` does. */
export function trafficRate(metric: string, traffic: WorkloadTraffic, signal: readonly Matcher[] = []): string {
  return rateOf(metric, workloadMatchers(traffic, signal), traffic);
}

/** The per-second rate of what the matchers select, and the extra ones. Throws as `trafficSelector` does. */
export function rateOf(
  metric: string,
  own: readonly Matcher[],
  more: Pick<WorkloadTraffic, "windowSeconds" | "matchers">,
): string {
  return `rate(${selector(metric, matchersOf(own, more))}[${promDuration(more.windowSeconds ?? 60)}])`;
}

function workloadMatchers(traffic: WorkloadTraffic, signal: readonly Matcher[]): Matcher[] {
  return [
    { label: "destination_workload", operator: "=", value: traffic.workload },
    { label: "destination_workload_namespace", operator: "=", value: traffic.namespace },
    { label: "reporter", operator: "=", value: traffic.reporter ?? "destination" },
    ...signal,
  ];
}

/** The matchers of a signal and then the extra ones, in the order of their labels. */
function matchersOf(own: readonly Matcher[], { matchers }: Pick<WorkloadTraffic, "matchers">): Matcher[] {
  const empty = own.find(({ value }) => value === "");
  if (empty) throw new RangeError(`the ${empty.label} whose traffic is measured is empty`);
  const taken = new Set(["le", ...own.map(({ label }) => label)]);
  const extra = Object.entries(matchers ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [label] of extra) {
    if (taken.has(label)) throw new RangeError(`the label ${label} is set by the signal itself`);
  }
  return [...own, ...extra.map(([label, value]): Matcher => ({ label, operator: "=", value }))];
}
