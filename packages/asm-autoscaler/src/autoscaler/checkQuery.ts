import { type Fault, FaultError, readMetricSpecs, writeAnnotations } from "hpa-metrics";
import { later, type Now } from "../arguments/later";
import type { Mistake } from "../arguments/mistake";
import type { DraftList, MetricDraft } from "./draft";
import type { TrafficMetricArgs } from "./metricArgs";
import { defaultQueryName, isSignal, kinds } from "./signals";

/** What the adapter would find wrong with a query. */
export function queryMistakes(path: string, query: string): Mistake[] {
  return mistakes(path, faults("checked", query));
}

/** A query's name is an annotation key and a label's value: it must be right, unique and no key of the grammar. */
export function sharedNameMistakes(metrics: DraftList<TrafficMetricArgs>, workload: Now<string>): Mistake[] {
  const first = new Map<string, number>();
  if (metrics === later || metrics === undefined) return [];
  return metrics.flatMap((metric, index): Mistake[] => {
    const path = `metrics[${index}].queryName`;
    const name = metric === later || metric === undefined ? undefined : queryNameOf(metric, workload);
    if (name === later || name === undefined) return [];
    const wrong = mistakes(path, faults(name, "1", hasPolicy(metric)));
    if (wrong.length > 0) return wrong;
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, index);
      return [];
    }
    return [
      {
        path,
        code: "ASM_QUERY_NAME_TWICE",
        message: `The query name ${JSON.stringify(name)} is taken by metrics[${earlier}]`,
        remedy: "Give each metric of the autoscaler a queryName of its own",
      },
    ];
  });
}

/** A default name says the same of a workload that is not known yet: two signals of one kind still meet. */
function queryNameOf(metric: MetricDraft, workload: Now<string>): Now<string | undefined> {
  const kind = kinds.filter(isSignal).find((candidate) => metric[candidate] !== undefined);
  if (metric.queryName !== undefined || kind === undefined) return metric.queryName;
  return defaultQueryName(kind, workload === later ? "workload" : workload);
}

/** A policy's key holds the query's name, which must be shorter then. */
function hasPolicy(metric: Now<MetricDraft | undefined>): boolean {
  return metric !== later && (metric?.whenNoData ?? metric?.whenNoAnswer) !== undefined;
}

/** The query is written and read back by the adapter's own code: nothing passes a preview and fails in the cluster. */
function faults(queryName: string, query: string, withPolicy = false): Fault[] {
  try {
    const { annotations, metrics } = writeAnnotations([
      { queryName, query, ...(withPolicy ? { onNoData: "zero" } : {}) },
    ]);
    return readMetricSpecs(annotations, metrics).faults.filter((fault) => fault.severity === "error");
  } catch (error) {
    if (error instanceof FaultError) return [error.fault];
    throw error;
  }
}

function mistakes(path: string, found: readonly Fault[]): Mistake[] {
  return found.map(({ code, message, remedy }) => ({ path, code, message, remedy }));
}
