import { quoted } from "../selector";
import { runToEnd } from "../steps";
import { caretAt, positionOf } from "./mistake";
import { parseQueryInSteps, type Query, type QueryProblem, treeOf } from "./query";
import { nodesNamed, operandsOf, type SyntaxNode } from "./tree";
import { conditionsOf } from "./vectorSelector";

/** A query in which every selector has the matcher, or the place in the query that prevents it. */
export type BoundQuery =
  | { readonly ok: true; readonly query: Query }
  | { readonly ok: false; readonly problem: QueryProblem };

/**
 * Adds the matcher `label="value"` to every selector of the query, as prom-label-proxy does. The query then reads only
 * series with that value. A selector that already has this matcher does not change. A query without selectors, such as
 * `vector(1)`, does not change either. Other matchers of the label stay, because a series must satisfy all matchers of
 * a selector.
 *
 * An unparsed query is an error. A selector that requires another value is an error, because it would silently find nothing. `info()` without a second
 * argument that names a label is also an error: no selector in the query covers the series that it reads, and a
 * selector with only our matcher would make it add no labels.
 *
 * @throws RangeError if `label` is not a plain label name.
 */
export function boundQuery(query: Query, label: string, value: string): BoundQuery {
  return runToEnd(boundQueryInSteps(query, label, value));
}

/** `boundQuery` in steps of at most about 30 ms each. */
export function* boundQueryInSteps(query: Query, label: string, value: string): Generator<undefined, BoundQuery> {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) || label === "__name__")
    throw new RangeError(`${JSON.stringify(label)} is not a label name: letters, digits and _ are allowed`);
  const { text, isUnparsed } = query;
  if (isUnparsed) return problem(text, 0, "this query is not parsed, so it cannot be restricted to a namespace");
  const matcher = `${label}=${quoted(value)}`;
  let bound = "";
  let copied = 0;
  const tree = treeOf(query);
  for (const node of nodesNamed(tree, "VectorSelector")) {
    const own = conditionsOf(node, text).filter((condition) => condition.label === label);
    const other = own.find((condition) => excludes(condition.operator, condition.value, value));
    if (other) return problem(text, other.at, `this query may only read series with ${matcher}`);
    if (own.some((condition) => condition.operator === "=")) continue;
    const matchers = node.getChild("LabelMatchers");
    const at = matchers ? matchers.from + 1 : node.to;
    const addition = matchers ? `${matcher}${matchers.children.length > 0 ? "," : ""}` : `{${matcher}}`;
    bound += text.slice(copied, at) + addition;
    copied = at;
  }
  const unbound = nodesNamed(tree, "FunctionCall").find((call) => isLoneInfo(call, text));
  if (unbound) return problem(text, unbound.from, "info() needs a second argument here that names the labels to add");
  yield;
  return yield* parseQueryInSteps(bound + text.slice(copied));
}

function excludes(operator: string, found: string, value: string): boolean {
  return (operator === "=" && found !== value) || (operator === "!=" && found === value);
}

function isLoneInfo(call: SyntaxNode, text: string): boolean {
  const name = call.getChild("FunctionIdentifier");
  if (!name || text.slice(name.from, name.to) !== "info") return false;
  const [, second] = operandsOf(call);
  return second === undefined || conditionsOf(second, text).every(({ label }) => label === "__name__");
}

function problem(text: string, at: number, message: string): BoundQuery {
  return { ok: false, problem: { ...positionOf(text, at), message, caret: caretAt(text, at) } };
}
