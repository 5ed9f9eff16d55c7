/**
 * Type checks of a query, as Prometheus makes them before it runs the query. Examples of errors: `rate(x)` without a
 * range, a range vector where an instant vector is required, or a wrong number of arguments.
 * Source: checkAST in promql/parser/parse.go of Prometheus v3.
 */

import { aggregations, functions, type ValueType } from "./functions";
import { Mistake } from "./mistake";
import { childrenOf, only, operandsOf, type SyntaxNode } from "./tree";
import { checkSelector } from "./vectorSelector";

const inWords: Readonly<Record<ValueType, string>> = {
  scalar: "a scalar",
  vector: "an instant vector",
  matrix: "a range vector",
  string: "a string",
};
const comparisons = new Set(["Eql", "Neq", "Gtr", "Lss", "Gte", "Lte"]);
const setOperators = new Set(["And", "Or", "Unless"]);

/** Maximum nesting depth of expressions. No practical query reaches it. It limits the recursion. */
const deepest = 500;

/**
 * Returns the type of the expression.
 *
 * @throws Mistake if Prometheus does not accept the type of a part.
 */
export function typeOf(node: SyntaxNode, text: string, depth = 0): ValueType {
  if (depth > deepest) throw new Mistake(node.from, `expressions are nested deeper than ${deepest}`);
  const inner = (child: SyntaxNode) => typeOf(child, text, depth + 1);
  switch (node.name) {
    case "NumberDurationLiteral":
      return "scalar";
    case "StringLiteral":
      return "string";
    case "VectorSelector":
      checkSelector(node, text);
      return "vector";
    case "ParenExpr":
      return inner(only(node));
    case "MatrixSelector":
      return rangeOf(only(node), inner);
    case "SubqueryExpr":
      return subquery(only(node), inner);
    case "OffsetExpr":
    case "StepInvariantExpr":
    case "AnchoredExpr":
    case "SmoothedExpr":
      return modified(node, inner);
    case "UnaryExpr": {
      const operand = childrenOf(node).at(-1) ?? node;
      return expectType(operand, inner(operand), ["scalar", "vector"], "after a sign");
    }
    case "BinaryExpr":
      return binary(node, inner);
    case "AggregateExpr":
      return aggregation(node, text, inner);
    case "FunctionCall":
      return call(node, text, inner);
    default:
      throw new Mistake(node.from, "unexpected expression");
  }
}

type Inner = (child: SyntaxNode) => ValueType;

function expectType(node: SyntaxNode, found: ValueType, wanted: readonly ValueType[], where: string): ValueType {
  if (wanted.includes(found)) return found;
  const words = wanted.map((type) => inWords[type]).join(" or ");
  const hint = found === "vector" && wanted[0] === "matrix" ? ": add a range such as [1m]" : "";
  throw new Mistake(node.from, `expected ${words} ${where}, got ${inWords[found]}${hint}`);
}

function rangeOf(operand: SyntaxNode, inner: Inner): ValueType {
  inner(operand);
  if (operand.name === "VectorSelector") return "matrix";
  const remedy = operand.name === "OffsetExpr" ? "put the offset after it" : "use a subquery such as [5m:1m]";
  throw new Mistake(operand.to, `a range is only allowed after a selector: ${remedy}`);
}

/**
 * Checks a subquery. The grammar parses `-x[5m:1m]` as `(-x)[5m:1m]`. Prometheus applies the range to x alone, and then
 * rejects `-` on a range vector.
 */
function subquery(operand: SyntaxNode, inner: Inner): ValueType {
  let inside = operand;
  while (modifiers.has(inside.name)) inside = only(inside);
  if (operators.has(inside.name)) throw new Mistake(operand.to, "put the expression before the range into parentheses");
  expectType(operand, inner(operand), ["vector"], "before a subquery's [:]");
  return "matrix";
}

const selectors = new Set(["VectorSelector", "MatrixSelector", "SubqueryExpr"]);
const operators = new Set(["BinaryExpr", "UnaryExpr"]);
const modifiers = new Set(["OffsetExpr", "StepInvariantExpr", "AnchoredExpr", "SmoothedExpr"]);

function modified(node: SyntaxNode, inner: Inner): ValueType {
  const operand = only(node);
  const type = inner(operand);
  // The grammar parses `a + b offset 5m` as `(a + b) offset 5m`. Prometheus applies the offset to b, so the check does
  // the same.
  let inside = operand;
  while (operators.has(inside.name)) inside = childrenOf(inside).at(-1) ?? node;
  for (; modifiers.has(inside.name); inside = only(inside)) {
    if (inside.name === node.name) throw new Mistake(operand.to, "the same modifier is given twice");
  }
  if (selectors.has(inside.name)) return type;
  throw new Mistake(
    operand.to,
    "offset, @, anchored and smoothed are only allowed directly after a selector or subquery",
  );
}

function binary(node: SyntaxNode, inner: Inner): ValueType {
  const children = childrenOf(node);
  const [left = node, operator = node] = children;
  const right = children.at(-1) ?? node;
  const types = [left, right].map((side) => expectType(side, inner(side), ["scalar", "vector"], "beside an operator"));
  const scalars = types.filter((type) => type === "scalar").length;
  const has = (name: string) => children.some((child) => child.name === name);
  if (has("BoolModifier") && !comparisons.has(operator.name)) {
    throw new Mistake(operator.from, "bool is only allowed with a comparison");
  }
  if (scalars === 2 && comparisons.has(operator.name) && !has("BoolModifier")) {
    throw new Mistake(operator.from, "a comparison between scalars needs bool");
  }
  if (scalars > 0 && setOperators.has(operator.name)) {
    throw new Mistake(operator.from, "and, or and unless are only allowed between instant vectors");
  }
  const matching = children.find((child) => child.name === "MatchingModifierClause");
  if (scalars > 0 && matching?.getChild("GroupingLabels")?.firstChild) {
    throw new Mistake(operator.from, "on and ignoring are only allowed between instant vectors");
  }
  if (setOperators.has(operator.name) && (matching?.getChild("GroupLeft") || matching?.getChild("GroupRight"))) {
    throw new Mistake(operator.from, "group_left and group_right are not allowed with and, or and unless");
  }
  return scalars === 2 ? "scalar" : "vector";
}

function aggregation(node: SyntaxNode, text: string, inner: Inner): ValueType {
  const operator = node.getChild("AggregateOp") ?? node;
  const name = text.slice(operator.from, operator.to).toLowerCase();
  const parameter = aggregations.get(name);
  const operands = operandsOf(node);
  const wanted: ValueType[] = parameter === undefined ? ["vector"] : [parameter, "vector"];
  checkCount(node, name, operands.length, wanted.length, wanted.length);
  for (const [index, operand] of operands.entries()) {
    expectType(operand, inner(operand), [wanted[index] ?? "vector"], `in ${name}()`);
  }
  return "vector";
}

function call(node: SyntaxNode, text: string, inner: Inner): ValueType {
  const identifier = node.getChild("FunctionIdentifier") ?? node;
  const name = text.slice(identifier.from, identifier.to);
  const signature = functions.get(name);
  if (!signature) throw new Mistake(identifier.from, `unknown function "${name}"`);
  const operands = operandsOf(node);
  checkCount(node, name, operands.length, signature.least, signature.most);
  for (const [index, operand] of operands.entries()) {
    const wanted = signature.arguments[index] ?? signature.arguments.at(-1) ?? "vector";
    expectType(operand, inner(operand), [wanted], `in ${name}()`);
  }
  return signature.result;
}

function checkCount(node: SyntaxNode, name: string, found: number, least: number, most: number): void {
  if (found >= least && found <= most) return;
  const wanted = least === most ? `${least}` : found < least ? `at least ${least}` : `at most ${most}`;
  throw new Mistake(
    node.from,
    `expected ${wanted} argument${wanted.endsWith(" 1") || wanted === "1" ? "" : "s"} in ${name}(), got ${found}`,
  );
}
