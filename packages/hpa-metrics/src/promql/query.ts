import { runToEnd } from "../steps";
import { caretAt, Mistake, positionOf } from "./mistake";
import { parseStrictly } from "./syntax";
import { checkText, squeeze } from "./text";
import type { Tree } from "./tree";
import { typeOf } from "./types";

declare const parsed: unique symbol;

/**
 * A PromQL query that parses and yields something that can be a reading. Only `parseQuery` makes one. It keeps the text
 * alone: a tree takes thirty times the memory of its text.
 */
export interface Query {
  /** As it was written, without the white space around it. */
  readonly text: string;
  readonly [parsed]: true;
}

/** Why a text is not a query, and where. */
export interface QueryFault {
  /** 1-based, counted from the first line that is not empty. */
  readonly line: number;
  /** 1-based, in characters. */
  readonly column: number;
  /** In words, without a full stop. */
  readonly message: string;
  /** The faulty line (the part near the fault when it is long) and a `^` under the fault. */
  readonly caret: string;
}

/** A query, or the fault that keeps the text from being one. */
export type QueryResult =
  | { readonly ok: true; readonly query: Query }
  | { readonly ok: false; readonly fault: QueryFault };

/** Longest query, characters. It bounds the time that one annotation can cost: about 20 ms, see docs/explanation/security.md. */
export const MOST_QUERY_CHARACTERS = 8_192;

/**
 * Parses a query and checks it as Prometheus would before running it: syntax, known functions, types. A range vector or a
 * string at the top is a fault too, because it is never one number. What only RE2 can judge is left to Prometheus.
 */
export function parseQuery(text: string): QueryResult {
  return runToEnd(parseQueryInSteps(text));
}

/** `parseQuery` in two steps of at most some 30 ms each: the syntax, then the types. */
export function* parseQueryInSteps(text: string): Generator<undefined, QueryResult> {
  const trimmed = text.trim();
  try {
    yield* check(trimmed);
    return { ok: true, query: { text: trimmed } as Query };
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    const { at, message } = error;
    return { ok: false, fault: { ...positionOf(trimmed, at), message, caret: caretAt(trimmed, at) } };
  }
}

/**
 * The tree of a query, in the grammar of `@prometheus-io/lezer-promql`; offsets are those of its text. It has no error node.
 * The tree that was asked for last is kept, so that one query can be looked at by several readers in a row.
 *
 * One trap: the grammar binds `offset`, `@`, `anchored` and `smoothed` too loosely. `a + b offset 5m * c` is a product in it, and
 * to Prometheus a sum. Code that works on the tree must refuse a query where the operand of such a node is an operator's.
 */
export function treeOf({ text }: Query): Tree {
  if (latest?.text !== text) latest = { text, tree: parseStrictly(text) };
  return latest.tree;
}

let latest: { readonly text: string; readonly tree: Tree } | undefined;

/** @throws Mistake */
function* check(text: string): Generator<undefined, void> {
  if (text === "") throw new Mistake(0, "the query is empty");
  if (text.length > MOST_QUERY_CHARACTERS) {
    throw new Mistake(MOST_QUERY_CHARACTERS, `the query is longer than ${MOST_QUERY_CHARACTERS} characters`);
  }
  if (/\p{Surrogate}/u.test(text)) throw new Mistake(0, "the query is not well-formed Unicode");
  checkText(text);
  const tree = parseStrictly(text);
  latest = { text, tree };
  yield;
  const expression = tree.topNode.getChild("Expr");
  if (!expression) throw new Mistake(0, "the query has no expression");
  const type = typeOf(expression, text);
  if (type === "matrix") throw new Mistake(0, "a range vector is not a reading: wrap it in rate() or similar");
  if (type === "string") throw new Mistake(0, "a string is not a reading");
}

/**
 * The query without its values: comments, insignificant white space and the matchers of selectors are left out, and strings
 * are empty. `sum(rate(x{a="b"}[1m]))` is `sum(rate(x[1m]))`.
 */
export function skeletonOf(query: Query): string {
  const { text } = query;
  let skeleton = "";
  let copied = 0;
  treeOf(query).iterate({
    enter({ name, from, to }) {
      if (name !== "LabelMatchers" && name !== "StringLiteral") return true;
      skeleton += text.slice(copied, from) + (name === "StringLiteral" ? '""' : "");
      copied = to;
      return false;
    },
  });
  return squeeze(skeleton + text.slice(copied));
}

/** The query without comments and insignificant white space: queries that are equal but for those share one evaluation. */
export function canonicalQuery(query: Query): string {
  return squeeze(query.text);
}
