import { nearest } from "../nearest";
import { aggregations, functions } from "./functions";
import { Mistake } from "./mistake";
import type { SyntaxNode, Tree } from "./tree";

/**
 * Finds the first place where the text leaves the grammar, and says so in words.
 *
 * @throws Mistake when there is one.
 */
export function checkSyntax(text: string, tree: Tree): void {
  const broken = firstError(tree);
  if (!broken) return;
  const skipped = /^(?:\s|#[^\n]*)*/.exec(text.slice(broken.from))?.[0].length ?? 0;
  const at = broken.from + skipped;
  const before = text.slice(0, at).replace(/(?:\s|#[^\n"'`]*$)+$/, "");
  const called = /^\(/.test(text.slice(at)) ? /[a-zA-Z_:][\w:]*$/.exec(before)?.[0] : undefined;
  if (called !== undefined) throw new Mistake(before.length - called.length, unknownFunction(called));
  const token = /^(?:[a-zA-Z_:][\w:]*|[\d.][\w.]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|.)/u.exec(
    text.slice(at),
  )?.[0];
  const found = token === undefined ? "unexpected end of the query" : `unexpected ${cut(token)}`;
  throw new Mistake(at, `${found}, expected ${expected(broken, before)}`);
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
      return /\[$/.test(before) ? "a duration such as 5m" : '"]"';
    case "OffsetExpr":
    case "OffsetDurationExpr":
      return "a duration such as 5m";
    default:
      return before === "" || /[-+*/%^=<>,([]$/.test(before)
        ? "an expression"
        : "an operator or the end of the expression";
  }
}
