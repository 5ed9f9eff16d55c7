import { quoted } from "../selector";
import { runToEnd } from "../steps";
import { caretAt, positionOf } from "./mistake";
import { parseQueryInSteps, type Query, type QueryFault, treeOf } from "./query";
import { operandsOf, type SyntaxNode } from "./tree";
import { conditionsOf } from "./vectorSelector";

/** A query all of whose selectors have a matcher, or the place that keeps it from having one. */
export type BoundQuery =
  | { readonly ok: true; readonly query: Query }
  | { readonly ok: false; readonly fault: QueryFault };

/**
 * The query with `label="value"` added to every selector, as prom-label-proxy does it: it then reads series of that value
 * only, whatever else it asks for. A selector that has just that matcher is left as it is; a selector without any, such as
 * that of `vector(1)`, there is none to add to. Further conditions on the label stay, since all of a selector must hold.
 *
 * A selector that asks for another value is a fault: it would find nothing, and that silently. So is `info()` without a
 * second argument that names a label: the series that it reads have no selector in the query, or it would add none but ours.
 *
 * @throws RangeError for a label that is no plain label name.
 */
export function boundQuery(query: Query, label: string, value: string): BoundQuery {
  return runToEnd(boundQueryInSteps(query, label, value));
}

/** `boundQuery` in steps of at most some 30 ms each. */
export function* boundQueryInSteps(query: Query, label: string, value: string): Generator<undefined, BoundQuery> {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) || label === "__name__")
    throw new RangeError(`${JSON.stringify(label)} is not a label name: letters, digits and _ are allowed`);
  const { text } = query;
  const matcher = `${label}=${quoted(value)}`;
  let bound = "";
  let copied = 0;
  for (const node of nodesNamed(query, "VectorSelector")) {
    const own = conditionsOf(node, text).filter((condition) => condition.label === label);
    const other = own.find((condition) => excludes(condition.operator, condition.value, value));
    if (other) return fault(text, other.at, `this query may only read series with ${matcher}`);
    if (own.some((condition) => condition.operator === "=")) continue;
    const matchers = node.getChild("LabelMatchers");
    const at = matchers ? matchers.from + 1 : node.to;
    const addition = matchers ? `${matcher}${matchers.firstChild ? "," : ""}` : `{${matcher}}`;
    bound += text.slice(copied, at) + addition;
    copied = at;
  }
  const unbound = nodesNamed(query, "FunctionCall").find((call) => isLoneInfo(call, text));
  if (unbound) return fault(text, unbound.from, "info() needs a second argument here that names the labels to add");
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

function nodesNamed(query: Query, name: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  treeOf(query).iterate({ enter: (node) => void (node.name === name && found.push(node.node)) });
  return found;
}

function fault(text: string, at: number, message: string): BoundQuery {
  return { ok: false, fault: { ...positionOf(text, at), message, caret: caretAt(text, at) } };
}
