import { type Query, type QueryTemplate, templateInstanceOf } from "hpa-metrics";
import type { QueryRecord } from "./batches.ts";
import { noShapeExperience, type ShapeExperience } from "./batchTuning.ts";

/** What is known of the queries of one server and of their templates. */
export interface KnownQueries {
  /** Of one query, for as long as the query itself is there. Its template is worked out once. */
  record(query: Query): QueryRecord;
  /** Of the groups of one template. */
  tuning(template: QueryTemplate): ShapeExperience;
}

/** Shapes whose experience is kept; the oldest go. */
const MOST_SHAPES = 1000;

/** Nothing is known yet. */
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
      // Members of one template share it.
      if (instance) record.instance = { template: known(instance.template).template, values: instance.values };
      records.set(query, record);
      return record;
    },
    tuning: (template) => known(template).tuning,
  };
}
