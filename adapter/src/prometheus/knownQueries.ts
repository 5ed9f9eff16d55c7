import { type Query, type QueryTemplate, type TemplateInstance, templateInstanceOf } from "@asm-autoscaler/hpa-metrics";
import type { QueryRecord } from "./batches.ts";
import { noShapeExperience, type ShapeExperience } from "./batchTuning.ts";

/** The stored state of the queries of one server and of their templates. */
export interface KnownQueries {
  /**
   * Returns the state of one query of a home. It is stored as long as the query object exists. A query whose set of
   * values changed, for example because the workload has one more pod, continues the state of the query that it replaces.
   */
  record(query: Query, home: string): QueryRecord;
  /** Returns the batch tuning of one template. */
  tuning(template: QueryTemplate): ShapeExperience;
}

/** Maximum number of templates whose batch tuning is stored. The oldest are removed. */
const MOST_SHAPES = 1000;
/** Maximum number of pairs of a home and a template whose sets are stored, and of values for each. */
const MOST_HOMES = 1000;
const MOST_VALUES = 1000;
/** Number of values of a set by which the query is found that has the next set. Pods are rarely replaced all at once. */
const FOUND_BY = 8;

/** Creates an empty store. */
export function createKnownQueries(): KnownQueries {
  const records = new WeakMap<Query, QueryRecord>();
  const tunings = new Map<string, ShapeExperience>();
  const homes = new Map<string, Map<string, QueryRecord>>();

  /** The record of the last query of this home and template that had one of the values in its set. */
  const continued = (home: string, { template, values }: TemplateInstance, own: QueryRecord): QueryRecord => {
    const [set] = values.filter(({ length }) => length > 1);
    if (!set) return own;
    const key = JSON.stringify([home, template.key]);
    const byValue = homes.get(key) ?? new Map<string, QueryRecord>();
    const some = set.slice(0, FOUND_BY);
    const last = some.flatMap((value) => byValue.get(value) ?? [])[0];
    const record = { ...own, ...last };
    for (const value of some) store(byValue, value, record, MOST_VALUES);
    store(homes, key, byValue, MOST_HOMES);
    return record;
  };

  return {
    record(query, home) {
      const known = records.get(query);
      if (known) return known;
      const own: QueryRecord = { ungroupedUntil: 0, costMs: undefined, hasFailed: false };
      const instance = templateInstanceOf(query);
      const record = instance ? continued(home, instance, own) : own;
      records.set(query, record);
      return record;
    },
    tuning({ key }) {
      const tuning = tunings.get(key) ?? noShapeExperience();
      store(tunings, key, tuning, MOST_SHAPES);
      return tuning;
    },
  };
}

/** Stores the value as the newest. Removes the oldest if there are more than `most`. */
function store<V>(all: Map<string, V>, key: string, value: V, most: number): void {
  all.delete(key);
  all.set(key, value);
  const [oldest] = all.keys();
  if (all.size > most && oldest !== undefined) all.delete(oldest);
}
