import { promDuration } from "../duration";
import { type Matcher, selector } from "../selector";

/**
 * The proxy that reports the traffic: the receiver's sidecar, the senders' sidecars and gateways, or an ambient
 * waypoint.
 */
export type Reporter = "destination" | "source" | "waypoint";

/** The workload whose traffic is measured, the reporter and the window. */
export interface WorkloadTraffic {
  /** Name of the workload (Deployment, StatefulSet …) that receives the traffic. */
  readonly workload: string;
  /** Namespace of that workload. */
  readonly namespace: string;
  /** Default: destination. Two reporters count the same request, so a query selects one of them. */
  readonly reporter?: Reporter | undefined;
  /** Window of rates, in seconds. Default: 60. It should cover four scrapes. */
  readonly windowSeconds?: number | undefined;
  /** Additional labels and their required values, such as `job` and `envoy-stats`. */
  readonly matchers?: Readonly<Record<string, string>> | undefined;
}

/**
 * A selector of one of Istio's standard metrics (https://istio.io/latest/docs/reference/config/metrics/) for the
 * traffic to a workload. The matchers are the workload, the reporter, the signal's own matchers, and then the extra
 * matchers sorted by label. So the text does not depend on the order in which the caller lists them.
 *
 * @throws RangeError for an empty workload or namespace, which would count untrusted clients; for an invalid label or
 * value; and for an extra matcher of a label that the query itself matches or groups by.
 */
export function trafficSelector(metric: string, traffic: WorkloadTraffic, signal: readonly Matcher[] = []): string {
  return selector(metric, matchersOf(workloadMatchers(traffic, signal), traffic));
}

/** The per-second rate of a counter over the window: `rate(<selector>[1m])`. Throws like `trafficSelector`. */
export function trafficRate(metric: string, traffic: WorkloadTraffic, signal: readonly Matcher[] = []): string {
  return rateOf(metric, workloadMatchers(traffic, signal), traffic);
}

/**
 * The per-second rate of the series that the signal's matchers and the extra matchers select. Throws like
 * `trafficSelector`.
 */
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

/** The matchers of a signal, followed by the extra matchers sorted by label. */
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
