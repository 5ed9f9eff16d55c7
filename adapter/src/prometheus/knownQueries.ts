import type { Query, QueryTemplate } from "@asm-autoscaler/hpa-metrics";
import type { QueryRecord } from "./batches.ts";
import { noShapeExperience, type ShapeExperience } from "./batchTuning.ts";

/** The stored state of the queries of one server and of their templates. */
export interface KnownQueries {
  /** Returns the state of one query. It is stored as long as the query object exists. */
  record(query: Query): QueryRecord;
  /** Returns the batch tuning of one template. */
  tuning(template: QueryTemplate): ShapeExperience;
}

/** Maximum number of templates whose batch tuning is stored. The oldest are removed. */
const MOST_SHAPES = 1000;

/** Creates an empty store. */
export function createKnownQueries(): KnownQueries {
  const records = new WeakMap<Query, QueryRecord>();
  const tunings = new Map<string, ShapeExperience>();
  return {
    record(query) {
      const record = records.get(query) ?? { ungroupedUntil: 0, costMs: undefined, hasFailed: false };
      records.set(query, record);
      return record;
    },
    tuning({ key }) {
      const tuning = tunings.get(key) ?? noShapeExperience();
      tunings.delete(key);
      tunings.set(key, tuning);
      const [oldest] = tunings.keys();
      if (tunings.size > MOST_SHAPES && oldest !== undefined) tunings.delete(oldest);
      return tuning;
    },
  };
}
