import type { RequestCounts } from "./requests.ts";

/** What a query batcher has sent, for the metrics endpoint. */
export interface BatcherCounts extends RequestCounts {
  /** Queries that were answered in a group. */
  grouped: number;
  /** Groups that were sent again in parts because the grouped query failed. */
  splits: number;
}

/** Returns counts of zero. */
export function noCounts(): BatcherCounts {
  return { requests: 0, grouped: 0, splits: 0, queued: 0, refused: 0 };
}
