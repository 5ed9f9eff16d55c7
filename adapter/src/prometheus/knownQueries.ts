import { type Query, type QueryTemplate, templateInstanceOf } from "hpa-metrics";
import type { QueryRecord } from "./batches.ts";
import { noShapeExperience, type ShapeExperience } from "./batchTuning.ts";

/** The stored state of the queries of one server and of their templates. */
export interface KnownQueries {
  /**
   * Returns the state of one query. It is stored as long as the query object exists. The query's template is computed
   * once.
   */
  record(query: Query): QueryRecord;
  /** Returns the batch tuning of one template. */
  tuning(template: QueryTemplate): ShapeExperience;
}

/** Maximum number of templates whose batch tuning is stored. The oldest are removed. */
const MOST_SHAPES = 1000;

/** Creates an empty store. */
export function createKnownQueries(): KnownQueries {
  const records = new WeakMap<Query, QueryRecord>();
  const templates = new Map<string, { template: QueryTemplate; tuning: ShapeExperience }>();

  const known = (template: QueryTemplate) => {
    const one = templates.get(template.key) ?? { template, tuning: noShapeExperience() };
    templates.delete(template.key);
    templates.set(template.key, one);
    const [oldest] = templates.keys();
    if (templates.size > MOST_SHAPES && oldest !== undefined) templates.delete(oldest);
    return one;
  };

  return {
    record(query) {
      const found = records.get(query);
      if (found) return found;
      const instance = templateInstanceOf(query);
      const record: QueryRecord = { instance: undefined, ungroupedUntil: 0, costMs: undefined, hasFailed: false };
      // Instances of one template share one template object.
      if (instance) record.instance = { template: known(instance.template).template, values: instance.values };
      records.set(query, record);
      return record;
    },
    tuning: (template) => known(template).tuning,
  };
}
