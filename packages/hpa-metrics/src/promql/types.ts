/**
 * Type checks of a query, as Prometheus makes them before it runs the query. Examples of errors: `rate(x)` without a
 * range, a range vector where an instant vector is required, or a wrong number of arguments.
 * Source: checkAST in promql/parser/parse.go of Prometheus v3.16.
 */

import { DEEPEST } from "./cursor";
import { aggregations, functions, type ValueType } from "./functions";
import { Mistake } from "./mistake";
import { numberValue } from "./number";
import { labelsOf, only, operandsOf, type SyntaxNode, textOf } from "./tree";
import { checkSelector } from "./vectorSelector";

const inWords: Readonly<Record<ValueType, string>> = {
  scalar: "a scalar",
  vector: "an instant vector",
  matrix: "a range vector",
  string: "a string",
};
const comparisons = new Set(["Eql", "Neq", "Gtr", "Lss", "Gte", "Lte"]);
const setOperators = new Set(["And", "Or", "Unless"]);

/**
 * Returns the type of the expression.
 *
 * @throws Mistake if Prometheus does not accept the type of a part.
 */
export function typeOf(node: SyntaxNode, text: string, depth = 0): ValueType {
  if (depth > DEEPEST) throw new Mistake(node.from, `expressions are nested deeper than ${DEEPEST}`);
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
      return rangeOf(node, text, inner);
    case "SubqueryExpr":
      expectType(only(node), inner(only(node)), ["vector"], "before a subquery's [:]");
      return "matrix";
    case "OffsetExpr":
    case "StepInvariantExpr":
    case "AnchoredExpr":
    case "SmoothedExpr":
      return modified(node, text, inner);
    case "UnaryExpr": {
      const operand = node.children.at(-1) ?? node;
      return expectType(operand, inner(operand), ["scalar", "vector"], "after a sign");
    }
    case "BinaryExpr":
      return binary(node, text, inner);
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

function rangeOf(node: SyntaxNode, text: string, inner: Inner): ValueType {
  const operand = only(node);
  inner(operand);
  let inside = operand;
  for (; modifiers.has(inside.name); inside = only(inside)) {
    if (inside.name === "StepInvariantExpr") throw new Mistake(operand.to, "put the @ after the range");
    if (inside.name === "OffsetExpr" && !isZero(inside, text))
      throw new Mistake(operand.to, "a range is only allowed after a selector: put the offset after it");
  }
  if (inside.name === "VectorSelector") return "matrix";
  throw new Mistake(operand.to, "a range is only allowed after a selector: use a subquery such as [5m:1m]");
}

const selectors = new Set(["VectorSelector", "MatrixSelector", "SubqueryExpr"]);
const modifiers = new Set(["OffsetExpr", "StepInvariantExpr", "AnchoredExpr", "SmoothedExpr"]);
const extended = new Set(["AnchoredExpr", "SmoothedExpr"]);

/**
 * Checks a modifier of a selector.
 * Source: addOffset, getAtModifierVars, setAnchored and setSmoothed in promql/parser/parse.go.
 */
function modified(node: SyntaxNode, text: string, inner: Inner): ValueType {
  const operand = only(node);
  const type = inner(operand);
  const isExtended = extended.has(node.name);
  let inside = operand;
  for (; modifiers.has(inside.name) || (isExtended && inside.name === "MatrixSelector"); inside = only(inside)) {
    if (isExtended && extended.has(inside.name) && inside.name !== node.name)
      throw new Mistake(operand.to, "anchored and smoothed cannot be used together");
    if (!isExtended && inside.name === node.name && !isZero(inside, text))
      throw new Mistake(operand.to, "the same modifier is given twice");
  }
  if (isExtended ? inside.name === "VectorSelector" : selectors.has(inside.name)) return type;
  throw new Mistake(
    operand.to,
    isExtended
      ? "anchored and smoothed are only allowed directly after a selector"
      : "offset and @ are only allowed directly after a selector or subquery",
  );
}

/** Reports whether the node is an offset of exactly zero, which Prometheus treats as no offset. */
function isZero(node: SyntaxNode, text: string): boolean {
  const duration = node.getChild("OffsetDurationExpr");
  return duration !== null && numberValue(textOf(duration, text).replace(/^[-+]\s*/, "")) === 0;
}

function binary(node: SyntaxNode, text: string, inner: Inner): ValueType {
  const [left = node, operator = node] = node.children;
  const right = node.children.at(-1) ?? node;
  const types = [left, right].map((side) => expectType(side, inner(side), ["scalar", "vector"], "beside an operator"));
  const scalars = types.filter((type) => type === "scalar").length;
  const has = (name: string) => node.getChild(name) !== null;
  if (has("BoolModifier") && !comparisons.has(operator.name)) {
    throw new Mistake(operator.from, "bool is only allowed with a comparison");
  }
  if (scalars === 2 && comparisons.has(operator.name) && !has("BoolModifier")) {
    throw new Mistake(operator.from, "a comparison between scalars needs bool");
  }
  if (scalars > 0 && setOperators.has(operator.name)) {
    throw new Mistake(operator.from, "and, or and unless are only allowed between instant vectors");
  }
  const matching = node.getChild("MatchingModifierClause");
  const [labels = [], included = []] = (matching?.getChildren("GroupingLabels") ?? []).map((list) =>
    labelsOf(list, text),
  );
  if (scalars > 0 && labels.length > 0) {
    throw new Mistake(operator.from, "on and ignoring are only allowed between instant vectors");
  }
  if (has("FillModifier") && (scalars > 0 || setOperators.has(operator.name))) {
    throw new Mistake(operator.from, "fill is only allowed between instant vectors, and not with and, or and unless");
  }
  const twice = matching?.getChild("On") && labels.find((label) => included.includes(label));
  if (twice !== undefined && twice !== null)
    throw new Mistake(operator.from, `the label "${twice}" is in on() and in group_left() or group_right()`);
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
    const isData = name === "info" && index === 1;
    expectType(operand, isData ? dataSelector(operand, text) : inner(operand), [wanted], `in ${name}()`);
  }
  return signature.result;
}

/** Checks the second argument of `info()`: a selector without a metric name. All its matchers may match "". */
function dataSelector(node: SyntaxNode, text: string): ValueType {
  if (modifiers.has(node.name)) return modified(node, text, (child) => dataSelector(child, text));
  if (node.name !== "VectorSelector" || node.getChild("Identifier"))
    throw new Mistake(node.from, "the second argument of info() must be matchers in { }, without a metric name");
  checkSelector(node, text, true);
  return "vector";
}

function checkCount(node: SyntaxNode, name: string, found: number, least: number, most: number): void {
  if (found >= least && found <= most) return;
  const wanted = least === most ? `${least}` : found < least ? `at least ${least}` : `at most ${most}`;
  throw new Mistake(
    node.from,
    `expected ${wanted} argument${wanted.endsWith(" 1") || wanted === "1" ? "" : "s"} in ${name}(), got ${found}`,
  );
}
