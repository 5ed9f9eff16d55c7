import { memberOf, type Query, type Shape } from "hpa-metrics";
import type { QueryRecord } from "./batches.ts";
import { noShapeExperience, type ShapeExperience } from "./batchTuning.ts";

/** What is known of the queries of one server and of their shapes. */
export interface KnownQueries {
  /** Of one query, for as long as the query itself is there. Its shape is worked out once. */
  record(query: Query): QueryRecord;
  /** Of the groups of one shape. */
  experience(shape: Shape): ShapeExperience;
}

/** Shapes whose experience is kept; the oldest go. */
const MOST_SHAPES = 1000;

/** Nothing is known yet. */
export function createKnownQueries(): KnownQueries {
  const records = new WeakMap<Query, QueryRecord>();
  const shapes = new Map<string, { shape: Shape; experience: ShapeExperience }>();

  const known = (shape: Shape) => {
    const one = shapes.get(shape.key) ?? { shape, experience: noShapeExperience() };
    shapes.delete(shape.key);
    shapes.set(shape.key, one);
    const [oldest] = shapes.keys();
    if (shapes.size > MOST_SHAPES && oldest !== undefined) shapes.delete(oldest);
    return one;
  };

  return {
    record(query) {
      const found = records.get(query);
      if (found) return found;
      const member = memberOf(query);
      const record: QueryRecord = { member: undefined, loneUntil: 0, costMs: undefined, hasFailed: false };
      // Members of one shape share it.
      if (member) record.member = { shape: known(member.shape).shape, values: member.values };
      records.set(query, record);
      return record;
    },
    experience: (shape) => known(shape).experience,
  };
}
