import type { ExternalMetric, Problem } from "@asm-autoscaler/hpa-metrics";
import { createConnection } from "./delegates/connection.ts";
import type { DelegateDependencies } from "./delegates/delegate.ts";
import { createDelegates, type Delegates, unclaimed } from "./delegates/delegates.ts";
import { createDelegateToken } from "./delegates/delegateToken.ts";
import { keyOfRead, type MetricRead } from "./delegates/routing.ts";
import type { HpaEvents } from "./events/hpaEvents.ts";
import type { DelegateFlags } from "./flags/delegateFlags.ts";
import type { MetricRegistry } from "./hpas/metricRegistry.ts";
import { equalityOf, labelSelectorOf, matchesSelector } from "./kubernetes/labelSelector.ts";
import { type Log, logProblem } from "./kubernetes/log.ts";

/** Creates the delegates of the flags. The HPAs that read a metric learn as events what is wrong with it. */
export function connectDelegates(
  flags: readonly DelegateFlags[],
  {
    kubernetes,
    clock,
    namespace,
    metricRegistry,
    events,
    log,
  }: Pick<DelegateDependencies, "kubernetes" | "clock"> & {
    /** Namespace of the adapter, and so of the ServiceAccount for delegates. */
    namespace: string;
    metricRegistry: Pick<MetricRegistry, "find" | "allHpaMetrics">;
    events: Pick<HpaEvents, "troubled" | "well">;
    log: Log;
  },
): Delegates {
  const neighbourEvents = createNeighbourEvents(metricRegistry, events, clock.monotonic);
  return createDelegates(flags, {
    ...{ kubernetes, clock, connect: createConnection },
    token: createDelegateToken(kubernetes, clock, namespace),
    isOurs: ({ namespace, metric, selector }) =>
      metricRegistry.find(namespace, metric, (labels) => matchesSelector(selector, labels), equalityOf(selector))
        .length > 0,
    onProblem: (problem) => logProblem(log, problem),
    onUnclaimed: neighbourEvents.unclaimed,
    onServed: neighbourEvents.served,
    onClash(read, problem) {
      if (neighbourEvents.clash(read, problem)) logProblem(log, problem);
    },
  });
}

/** Reports to HPAs what happens to metrics that this adapter does not serve itself. */
interface NeighbourEvents {
  /** Neither this adapter nor a delegate has the metric. */
  unclaimed(read: MetricRead): void;
  /** More than one adapter claims the metric. Returns true the first time, and again after REMEMBERED_MS. */
  clash(read: MetricRead, problem: Problem): boolean;
  /** A delegate answered a read of the metric. */
  served(read: MetricRead): void;
}

/** Maximum number of metrics whose HPAs are remembered, and for how long, in milliseconds. */
const MOST_METRICS = 1_000;
const REMEMBERED_MS = 600_000;

/** Creates the reporter. A search through all HPAs happens at most once per metric in REMEMBERED_MS. */
export function createNeighbourEvents(
  registry: Pick<MetricRegistry, "allHpaMetrics">,
  events: Pick<HpaEvents, "troubled" | "well">,
  now: () => number,
): NeighbourEvents {
  const remembered = new Map<string, { readonly hpas: readonly string[]; readonly at: number }>();

  /** Returns whether it had forgotten the metric, or never knew it. */
  const tell = (read: MetricRead, found: Problem): boolean => {
    const key = keyOfRead(read);
    let known = remembered.get(key);
    const isNew = !known || now() - known.at > REMEMBERED_MS;
    if (!known || isNew) {
      known = { hpas: hpasWith(registry, read), at: now() };
      remembered.delete(key);
      remembered.set(key, known);
      const [oldest] = remembered.keys();
      if (remembered.size > MOST_METRICS && oldest !== undefined) remembered.delete(oldest);
    }
    for (const hpa of known.hpas) events.troubled(hpa, subjectOf(read), found, { refused: true });
    return isNew;
  };

  return {
    unclaimed: (read) => void tell(read, unclaimed(read)),
    clash: tell,
    served(read) {
      const known = remembered.get(keyOfRead(read));
      if (!known) return;
      for (const hpa of known.hpas) events.well(hpa, subjectOf(read));
      remembered.delete(keyOfRead(read));
    },
  };
}

function subjectOf({ metric }: MetricRead): string {
  return `metric ${metric}`;
}

/** The HPAs that read exactly this metric: KEDA gives the same name to the metrics of many ScaledObjects. */
function hpasWith(registry: Pick<MetricRegistry, "allHpaMetrics">, read: MetricRead): string[] {
  const key = keyOfRead(read);
  const isIt = (metric: ExternalMetric) =>
    metric.name.toLowerCase() === read.metric && keyOfRead({ ...read, selector: labelSelectorOf(metric) }) === key;
  return [...registry.allHpaMetrics()].flatMap(({ hpa }) =>
    hpa.namespace === read.namespace && hpa.externalMetrics.some(isIt) ? [hpa.id] : [],
  );
}
