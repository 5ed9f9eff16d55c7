import { parser } from "@prometheus-io/lezer-promql";
import { nearest } from "../nearest";
import { aggregations, functions } from "./functions";
import { Mistake } from "./mistake";
import type { SyntaxNode, Tree } from "./tree";

const strict = parser.configure({ strict: true });

/** Number of characters before and after an error that are needed to describe it. */
const context = 200;

/**
 * Parses the text to a syntax tree without error nodes.
 *
 * @throws Mistake at the first syntax error.
 */
export function parseStrictly(text: string): Tree {
  try {
    return strict.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // Error recovery is slow on long invalid text. So the second parse stops just after the error ("No parse at 7").
    const at = Number(/\b\d+$/.exec(error.message)?.[0] ?? 0);
    throw inWords(text, parser.parse(text.slice(0, at + context))) ?? new Mistake(at, "unexpected text");
  }
}

/** Describes the first syntax error, if there is one. */
function inWords(text: string, tree: Tree): Mistake | undefined {
  const broken = firstError(tree);
  if (!broken) return undefined;
  const skipped = /^(?:\s|#[^\n]*)*/.exec(text.slice(broken.from))?.[0].length ?? 0;
  const at = broken.from + skipped;
  const start = Math.max(0, at - context);
  const before = text.slice(start, at).replace(/(?:\s|#[^\n"'`]*$)+$/, "");
  const called = /^\(/.test(text.slice(at)) ? /[a-zA-Z_:][\w:]*$/.exec(before)?.[0] : undefined;
  if (called !== undefined) return new Mistake(start + before.length - called.length, unknownFunction(called));
  const token = /^(?:[a-zA-Z_:][\w:]*|[\d.][\w.]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|.)/u.exec(
    text.slice(at),
  )?.[0];
  const found = token === undefined ? "unexpected end of the query" : `unexpected ${cut(token)}`;
  return new Mistake(at, `${found}, expected ${expected(broken, before)}`);
}

function firstError(tree: Tree): SyntaxNode | undefined {
  let first: SyntaxNode | undefined;
  tree.iterate({
    enter(node) {
      if (!node.type.isError) return first === undefined;
      if (!first || node.from < first.from) first = node.node;
      return false;
    },
  });
  return first;
}

function unknownFunction(name: string): string {
  const known = nearest(name.toLowerCase(), [...functions.keys(), ...aggregations.keys()]);
  return `unknown function "${name}"${known === undefined ? "" : `, did you mean "${known}"?`}`;
}

function cut(token: string): string {
  const text = token.length > 30 ? `${token.slice(0, 29)}…` : token;
  return /^["'`]/.test(token) ? text : `"${text}"`;
}

function expected(broken: SyntaxNode, before: string): string {
  if (before.endsWith("[")) return "a duration such as 5m";
  switch (broken.parent?.name) {
    case "LabelMatchers":
      return /[{,]$/.test(before) ? 'a label name or "}"' : '"," or "}"';
    case "UnquotedLabelMatcher":
    case "QuotedLabelMatcher":
      return /[=~]$/.test(before) ? "a value in quotes" : "one of = != =~ !~";
    case "GroupingLabels":
      return /[(,]$/.test(before) ? 'a label name or ")"' : '"," or ")"';
    case "MatrixSelector":
    case "SubqueryExpr":
    case "DurationExpr":
      return '"]"';
    case "OffsetExpr":
    case "OffsetDurationExpr":
      return "a duration such as 5m";
    default:
      return before === "" || /[-+*/%^=<>,([]$/.test(before)
        ? "an expression"
        : "an operator or the end of the expression";
  }
}
