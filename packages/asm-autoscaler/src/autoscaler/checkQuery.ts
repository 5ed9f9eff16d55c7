import { type Fault, FaultError, readMetricSpecs, writeAnnotations } from "hpa-metrics";
import type { Mistake } from "../arguments/mistake";

/** What the adapter would find wrong with a query. */
export function queryMistakes(path: string, query: string): Mistake[] {
  return mistakes(path, faults("checked", query));
}

/** What the adapter would find wrong with a query's name: no label value, or a key of the annotation grammar. */
export function queryNameMistakes(path: string, queryName: string): Mistake[] {
  return mistakes(path, faults(queryName, "1"));
}

/** The query is written and read back by the adapter's own code: nothing passes a preview and fails in the cluster. */
function faults(queryName: string, query: string): Fault[] {
  try {
    const { annotations, metrics } = writeAnnotations([{ queryName, query }]);
    return readMetricSpecs(annotations, metrics).faults.filter((fault) => fault.severity === "error");
  } catch (error) {
    if (error instanceof FaultError) return [error.fault];
    throw error;
  }
}

function mistakes(path: string, found: readonly Fault[]): Mistake[] {
  return found.map(({ code, message, remedy }) => ({ path, code, message, remedy }));
}
