import { type Query, treeOf } from "./query";
import { nodesNamed, type SyntaxNode } from "./tree";
import { type Condition, conditionsOf } from "./vectorSelector";

/**
 * Label -> values of the matchers that all selectors share. A label counts only if each selector has exactly one matcher
 * for it, which is one of:
 * - an equality with a value that is not empty, such as `pod="web-1"`
 * - a set matcher: a regular expression whose alternatives are all literals, such as `pod=~"web-1|web-2"`
 *
 * The values are sorted and distinct. A set matcher of one value is the same as an equality.
 */
export function sharedValues(query: Query): ReadonlyMap<string, readonly string[]> {
  let shared: Map<string, readonly string[]> | undefined;
  for (const node of nodesNamed(treeOf(query), "VectorSelector")) {
    const own = valuesOf(node, query.text);
    shared = new Map([...(shared ?? own)].filter(([label, values]) => sameValues(values, own.get(label) ?? [])));
  }
  return shared ?? new Map();
}

/** Whether two sorted lists have the same values. */
export function sameValues(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((value, index) => value === right[index]);
}

/**
 * Labels that never become split labels. Functions drop the metric name, and `le` is the upper bound of a histogram
 * bucket.
 */
const RESERVED = new Set(["__name__", "le"]);

function valuesOf(node: SyntaxNode, text: string): Map<string, readonly string[]> {
  const byLabel = Map.groupBy(conditionsOf(node, text), ({ label }) => label);
  return new Map(
    [...byLabel].flatMap(([label, [condition, ...more]]) => {
      const values = condition && more.length === 0 && !RESERVED.has(label) ? literalsOf(condition) : undefined;
      return values ? [[label, values] as const] : [];
    }),
  );
}

function literalsOf({ operator, value }: Condition): readonly string[] | undefined {
  if (operator === "=") return value === "" ? undefined : [value];
  return operator === "=~" ? alternatives(value) : undefined;
}

/** Maximum number of values of a set matcher. A longer one counts as any other regular expression. */
const MOST_VALUES = 1_000;

/**
 * Characters that match themselves in RE2, and escaped punctuation. RE2 also reads some of the excluded characters as
 * themselves where they have no other meaning, such as a lone `]`. Source: https://github.com/google/re2/wiki/Syntax
 */
const LITERAL = /(?:[^\\.+*?()|[\]{}^$]|\\[!-/:-@[-`{-~])+/y;

/** The values of a regular expression that is a list of literals. Undefined for any other. */
function alternatives(expression: string): readonly string[] | undefined {
  const values = new Set<string>();
  for (let at = 0; ; at++) {
    LITERAL.lastIndex = at;
    const literal = LITERAL.exec(expression)?.[0];
    if (literal === undefined || values.size === MOST_VALUES) return undefined;
    values.add(literal.replace(/\\(.)/g, "$1"));
    at += literal.length;
    if (at === expression.length) return [...values].sort();
    if (expression.charAt(at) !== "|") return undefined;
  }
}
