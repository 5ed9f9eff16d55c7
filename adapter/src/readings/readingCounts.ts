/** What happened to readings since the start, for the metrics endpoint. */
export interface ReadingCounts {
  evaluations: number;
  failedEvaluations: number;
  /** Evaluations that gave data older than their evaluation time. */
  oldData: number;
  held: number;
  refused: number;
  /** Failed evaluations by problem code. */
  problems: Map<string, number>;
  /**
   * Reads of metrics that ask for the pods, by whose value is served (`pods`, or `prometheus` if both gave one), or by
   * the code of why the pods gave none.
   */
  direct: Map<string, number>;
}

/** Counts before the first evaluation. */
export function noReadingCounts(): ReadingCounts {
  return {
    ...{ evaluations: 0, failedEvaluations: 0, oldData: 0, held: 0, refused: 0 },
    ...{ problems: new Map(), direct: new Map() },
  };
}
