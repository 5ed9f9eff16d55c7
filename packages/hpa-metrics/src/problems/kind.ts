/** What is always the same about the problems of one code. */
export interface ProblemKind {
  /** With an `error`, something does not work: a metric is not served, a preview stops. With a `warning`, it works. */
  readonly severity: "error" | "warning";
  /**
   * What causes a metric without a reading. `query`: the query itself, so another evaluation gives the same problem.
   * `data`: the query is answered, but without a number. Absent for every other cause, such as the server.
   */
  readonly cause?: "query" | "data";
  /** One sentence that says how to correct it. It is used unless the place that reports the problem has its own. */
  readonly remedy: string;
}

/** Problems by code. A code never changes, because runbooks and users search for it. */
export type ProblemTable = Readonly<Record<`ASM_${string}`, ProblemKind>>;

export function error(remedy: string): ProblemKind {
  return { severity: "error", remedy };
}

export function warning(remedy: string): ProblemKind {
  return { severity: "warning", remedy };
}

/** An error that the query itself causes. */
export function ofQuery(remedy: string): ProblemKind {
  return { severity: "error", cause: "query", remedy };
}

/** An error of a query that is answered without a number. */
export function ofData(remedy: string): ProblemKind {
  return { severity: "error", cause: "data", remedy };
}
