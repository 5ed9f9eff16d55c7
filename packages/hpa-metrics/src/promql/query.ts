import { runToEnd } from "../steps";
import { caretAt, Mistake, positionOf } from "./mistake";
import { parseText } from "./parser";
import { squeeze } from "./text";
import { only, SyntaxNode, type Tree } from "./tree";
import { typeOf } from "./types";

declare const parsed: unique symbol;

/**
 * A valid PromQL query whose type is allowed for a reading, or a query that is not parsed. Only `parseQuery` and
 * `unparsedQuery` create one. It stores only the text, because a syntax tree takes thirty times the memory of its text.
 */
export interface Query {
  /** The text as written, without leading and trailing white space. */
  readonly text: string;
  /** The text is in the dialect of a server. Nothing is known about it, and its syntax tree is empty. */
  readonly isUnparsed?: true;
  readonly [parsed]: true;
}

/** The reason why a text is not a valid query, and its position. */
export interface QueryProblem {
  /** 1-based. The first line that is not empty is line 1. */
  readonly line: number;
  /** 1-based, in characters. */
  readonly column: number;
  /** A sentence without a full stop. */
  readonly message: string;
  /**
   * The line with the error, followed by a line with `^` under the error. A long line is cut to the part near the
   * error.
   */
  readonly caret: string;
}

/** A query, or the reason why the text is not a valid query. */
export type QueryResult =
  | { readonly ok: true; readonly query: Query }
  | { readonly ok: false; readonly problem: QueryProblem };

/**
 * Maximum length of a query, in characters. It limits the time to parse one annotation to about 20 ms, see
 * docs/explanation/security.md.
 */
export const MOST_QUERY_CHARACTERS = 8_192;

/**
 * Parses a query and checks it as Prometheus does before it runs the query: syntax, function names and types. A query
 * of type range vector or string is also an error, because it never yields one number. Errors that only RE2 can detect
 * are left to Prometheus.
 */
export function parseQuery(text: string): QueryResult {
  return runToEnd(parseQueryInSteps(text));
}

/**
 * A query in the dialect of a server, such as MetricsQL. It is sent as it is: it is never grouped, it cannot be bound to
 * a namespace, and its cost is not known. Only an empty, too long or not well-formed text is an error.
 *
 * @param most maximum length in characters
 */
export function unparsedQuery(text: string, most = MOST_QUERY_CHARACTERS): QueryResult {
  const trimmed = text.trim();
  try {
    checkLength(trimmed, most);
    return { ok: true, query: { text: trimmed, isUnparsed: true } as Query };
  } catch (error) {
    return { ok: false, problem: problemOf(trimmed, error) };
  }
}

/** `parseQuery` in two steps of at most about 30 ms each: first the syntax, then the types. */
export function* parseQueryInSteps(text: string): Generator<undefined, QueryResult> {
  const trimmed = text.trim();
  try {
    checkLength(trimmed);
    const tree = parseText(trimmed);
    latest = { text: trimmed, tree };
    yield;
    checkType(only(tree.topNode), trimmed);
    return { ok: true, query: { text: trimmed } as Query };
  } catch (error) {
    return { ok: false, problem: problemOf(trimmed, error) };
  }
}

/** The problem that a Mistake is. Throws any other error again. */
function problemOf(text: string, error: unknown): QueryProblem {
  if (!(error instanceof Mistake)) throw error;
  const { at, message } = error;
  return { ...positionOf(text, at), message, caret: caretAt(text, at) };
}

/**
 * Parses a query to its syntax tree. Offsets refer to the query's text. The most recent tree is cached, so that several
 * callers in a row can use it. The tree of an unparsed query has no expression.
 */
export function treeOf({ text, isUnparsed }: Query): Tree {
  if (isUnparsed) return { topNode: new SyntaxNode("PromQL", 0, text.length) };
  if (latest?.text !== text) latest = { text, tree: parseText(text) };
  return latest.tree;
}

let latest: { readonly text: string; readonly tree: Tree } | undefined;

/** @throws Mistake */
function checkLength(text: string, most = MOST_QUERY_CHARACTERS): void {
  if (text === "") throw new Mistake(0, "the query is empty");
  if (text.length > most) {
    throw new Mistake(most, `the query is longer than ${most} characters`);
  }
  if (/\p{Surrogate}/u.test(text)) throw new Mistake(0, "the query is not well-formed Unicode");
}

/** @throws Mistake */
function checkType(expression: SyntaxNode, text: string): void {
  const type = typeOf(expression, text);
  if (type === "matrix") throw new Mistake(0, "a range vector is not a reading: wrap it in rate() or similar");
  if (type === "string") throw new Mistake(0, "a string is not a reading");
}

/**
 * The query without its values. Comments, insignificant white space and the matchers of selectors are removed, and
 * strings are empty. For example, `sum(rate(x{a="b"}[1m]))` becomes `sum(rate(x[1m]))`. Empty for an unparsed query.
 */
export function skeletonOf(query: Query): string {
  const { text, isUnparsed } = query;
  if (isUnparsed) return "";
  let skeleton = "";
  let copied = 0;
  treeOf(query).topNode.visit(({ name, from, to }) => {
    if (name !== "LabelMatchers" && name !== "StringLiteral") return true;
    skeleton += text.slice(copied, from) + (name === "StringLiteral" ? '""' : "");
    copied = to;
    return false;
  });
  return squeeze(skeleton + text.slice(copied));
}

/**
 * The query without comments and insignificant white space. Queries with the same canonical text share one evaluation.
 */
export function canonicalQuery({ text, isUnparsed }: Query): string {
  // White space can be significant in another dialect. The comment keeps the query apart from a parsed one.
  return isUnparsed ? `# dialect: server\n${text}` : squeeze(text);
}
