import { nearest } from "../nearest";
import { type Problem, problem } from "../problem";
import { parseQueryInSteps, type QueryResult, unparsedQuery } from "../promql/query";

/**
 * The language of a query. `promql`: the adapter parses it, so that it can group it and bind it to a namespace.
 * `server`: the query is in the dialect of its server, such as MetricsQL. The adapter sends it as it is.
 */
export type Dialect = "promql" | "server";

const dialects: readonly Dialect[] = ["promql", "server"];

/** Parses the value of the annotation (or argument) `key`. Returns a problem for any other text. */
export function parseDialect(key: string, text: string): Dialect | Problem {
  const found = dialects.find((dialect) => dialect === text);
  if (found) return found;
  const near = nearest(text, dialects);
  const hint = near === undefined ? "" : `, did you mean "${near}"?`;
  return problem("ASM_DIALECT_INVALID", `${JSON.stringify(text)} in "${key}" is not a dialect${hint}`, { key });
}

/**
 * Reads a query in its dialect, in steps. If `hasOwnDialect` is set, the server has a dialect of its own, and a query
 * without a dialect that is not PromQL is not parsed either.
 */
export function* readQueryInSteps(
  text: string,
  dialect: Dialect | undefined,
  hasOwnDialect: boolean,
): Generator<undefined, QueryResult> {
  if (dialect === "server") return unparsedQuery(text);
  const result = yield* parseQueryInSteps(text);
  return !result.ok && dialect === undefined && hasOwnDialect ? unparsedQuery(text) : result;
}
