import { numberValue } from "../promql/number";
import { groupingLabels, only, operandsOf, type SyntaxNode, textOf } from "../promql/tree";
import { aggregateMicroseconds, COPY_MICROSECONDS, isSmall, NUMBER_MICROSECONDS, SIGNATURE_MICROSECONDS } from "./cost";
import { NotDirect } from "./notDirect";
import { histogramQuantile } from "./quantile";
import { isProxyLabel, type ProxySelector, proxySelector } from "./selector";
import {
  aggregators,
  type Grouping,
  grouped,
  intersection,
  mapped,
  matched,
  numberOperation,
  union,
  type Vector,
} from "./vector";

/** Where an evaluation gets its series from. */
interface Series {
  /** The samples of a selector: last values, or rates. */
  read(selector: ProxySelector, isRate: boolean): Vector;
}

/** A part of a query, ready to be evaluated. */
export type Expression = Scalar | VectorExpression;

interface Scalar {
  readonly is: "scalar";
  readonly value: number;
}

export interface VectorExpression {
  readonly is: "vector";
  /** The labels that its samples can have. Undefined for single series, which have all their labels. */
  readonly labels: ReadonlySet<string> | undefined;
  /** Whether each value is a sum of rates of `istio_requests_total`, multiplied or divided by constants. */
  readonly isRequestRate: boolean;
  evaluate(series: Series): Vector;
}

/** What `expressionOf` collects while it reads a query. */
export interface Selected {
  readonly selectors: ProxySelector[];
  /** Whether a selector is read without `rate()`. */
  hasValues: boolean;
  /** Whether series of different proxies must be told apart by their labels. */
  usesInstance: boolean;
  /** Time that all parts but the selectors take for each series, in microseconds. */
  microseconds: number;
}

/**
 * Reads a part of a query that has passed the type checks.
 *
 * @throws NotDirect for everything that is not evaluated from proxies.
 */
export function expressionOf(node: SyntaxNode, text: string, selected: Selected): Expression {
  const inner = (child: SyntaxNode) => expressionOf(child, text, selected);
  switch (node.name) {
    case "NumberDurationLiteral":
      return { is: "scalar", value: numberValue(textOf(node, text)) ?? Number.NaN };
    case "ParenExpr":
      return inner(only(node));
    case "VectorSelector":
      selected.hasValues = true;
      return selection(node, text, selected, false);
    case "UnaryExpr":
      return signed(inner(node.children.at(-1) ?? node), textOf(only(node), text), selected);
    case "BinaryExpr":
      return binary(node, text, selected, inner);
    case "AggregateExpr":
      return aggregation(node, text, selected, inner);
    case "FunctionCall":
      return call(node, text, selected);
    default:
      throw new NotDirect(constructs[node.name] ?? "it has a part that is not supported");
  }
}

const constructs: Readonly<Record<string, string>> = {
  OffsetExpr: "offset is not supported",
  StepInvariantExpr: "@ is not supported",
  AnchoredExpr: "anchored is not supported",
  SmoothedExpr: "smoothed is not supported",
  SubqueryExpr: "a subquery is not supported",
};

/** The query compares samples by their labels. Undefined: by all labels of single series. */
function compare(selected: Selected, labels: ReadonlySet<string> | undefined): void {
  if (isSmall(labels)) return;
  selected.microseconds += labels ? aggregateMicroseconds(labels) : SIGNATURE_MICROSECONDS;
  if (!labels) useInstance(selected);
}

function useInstance(selected: Selected): void {
  if (!selected.usesInstance) selected.microseconds += COPY_MICROSECONDS;
  selected.usesInstance = true;
}

/** Maximum number of selectors of a query. It limits the time of an evaluation. */
const MOST_SELECTORS = 32;

function selection(node: SyntaxNode, text: string, { selectors }: Selected, isRate: boolean): VectorExpression {
  const selector = proxySelector(node, text);
  if (selectors.push(selector) > MOST_SELECTORS) throw new NotDirect(`it has more than ${MOST_SELECTORS} selectors`);
  const isRequestRate = isRate && selector.metric === "istio_requests_total";
  return { is: "vector", labels: undefined, isRequestRate, evaluate: (series) => series.read(selector, isRate) };
}

function signed(operand: Expression, sign: string, selected: Selected): Expression {
  if (sign === "+") return operand;
  if (operand.is === "scalar") return { is: "scalar", value: -operand.value };
  if (!isSmall(operand.labels)) selected.microseconds += NUMBER_MICROSECONDS;
  return {
    ...operand,
    isRequestRate: false,
    evaluate: (series) => mapped(operand.evaluate(series), (value) => -value),
  };
}

function call(node: SyntaxNode, text: string, selected: Selected): Expression {
  const name = textOf(node.getChild("FunctionIdentifier") ?? node, text);
  const [first = node, second = node] = operandsOf(node);
  if (name === "rate") {
    const inside = unwrapped(first);
    if (inside.name !== "MatrixSelector" || only(inside).name !== "VectorSelector") {
      throw new NotDirect(
        constructs[inside.name === "MatrixSelector" ? only(inside).name : inside.name] ??
          "rate() is only supported of a selector",
      );
    }
    return selection(only(inside), text, selected, true);
  }
  if (name !== "histogram_quantile") throw new NotDirect(`${name}() is not supported`);
  const [quantile, buckets] = [first, second].map((operand) => expressionOf(operand, text, selected));
  if (quantile?.is !== "scalar" || buckets?.is !== "vector") throw new NotDirect("the quantile is not a number");
  compare(selected, buckets.labels);
  return {
    is: "vector",
    labels: buckets.labels && new Set([...buckets.labels].filter((label) => label !== "le")),
    isRequestRate: false,
    evaluate: (series) => histogramQuantile(quantile.value, buckets.evaluate(series)),
  };
}

function unwrapped(node: SyntaxNode): SyntaxNode {
  return node.name === "ParenExpr" ? unwrapped(only(node)) : node;
}

type Inner = (child: SyntaxNode) => Expression;

function aggregation(node: SyntaxNode, text: string, selected: Selected, inner: Inner): Expression {
  const name = textOf(node.getChild("AggregateOp") ?? node, text).toLowerCase();
  const aggregate = aggregators[name];
  if (!aggregate) throw new NotDirect(`${name}() is not supported`);
  const operand = inner(operandsOf(node)[0] ?? node);
  if (operand.is === "scalar") throw new NotDirect(`${name}() is only supported of a vector`);
  const modifier = node.getChild("AggregateModifier");
  const grouping = {
    labels: groupingLabels(modifier, text),
    isWithout: modifier?.getChild("Without") !== null && modifier !== null,
  };
  if (!isSmall(operand.labels))
    selected.microseconds += aggregateMicroseconds(grouping.isWithout ? (operand.labels ?? []) : grouping.labels);
  if (grouping.isWithout && operand.labels === undefined) compare(selected, undefined);
  if (grouping.labels.includes("instance")) useInstance(selected);
  return {
    is: "vector",
    labels: labelsAfter(operand.labels, grouping),
    isRequestRate: operand.isRequestRate && name === "sum",
    evaluate: (series) =>
      grouped(operand.evaluate(series), grouping).map(({ labels, values }) => ({ labels, value: aggregate(values) })),
  };
}

/**
 * The labels of an aggregation's samples. @throws NotDirect if Prometheus would group by labels that it adds itself.
 */
function labelsAfter(
  labels: ReadonlySet<string> | undefined,
  { labels: named, isWithout }: Grouping,
): ReadonlySet<string> | undefined {
  const foreign = named.find((label) => !isProxyLabel(label));
  if (foreign !== undefined) throw new NotDirect(`${foreign} is not one of the labels that Envoy writes`);
  if (!isWithout) return new Set(named);
  if (labels) return new Set([...labels].filter((label) => !named.includes(label)));
  // Prometheus adds more labels that differ between the proxies, such as pod.
  if (named.includes("instance"))
    throw new NotDirect("without (instance) keeps the labels that Prometheus adds, such as pod");
  return undefined;
}

function binary(node: SyntaxNode, text: string, selected: Selected, inner: Inner): Expression {
  const [leftNode = node, operatorNode = node] = node.children;
  const operator = textOf(operatorNode, text).toLowerCase();
  for (const [name, words] of modifiers) if (node.getChild(name)) throw new NotDirect(`${words} is not supported`);
  const operation = numberOperation(operator);
  if (!operation && operator !== "and" && operator !== "or")
    throw new NotDirect(`the operator ${operator} is not supported`);
  const [left, right] = [inner(leftNode), inner(node.children.at(-1) ?? node)];
  if (left.is === "vector" && right.is === "vector") {
    compare(selected, left.labels);
    return ofVectors(left, operator, right);
  }
  if (!operation) throw new NotDirect(`the operator ${operator} is only supported between vectors`);
  if (left.is === "scalar" && right.is === "scalar") {
    return { is: "scalar", value: operation(left.value, right.value, left.value) ?? Number.NaN };
  }
  const vector = left.is === "vector" ? left : right;
  if (vector.is === "vector" && !isSmall(vector.labels)) selected.microseconds += NUMBER_MICROSECONDS;
  return withNumber(left, operator, right);
}

const modifiers = [
  ["BoolModifier", "bool"],
  ["MatchingModifierClause", "on() or ignoring()"],
  ["FillModifier", "fill()"],
] as const;

function ofVectors(left: VectorExpression, operator: string, right: VectorExpression): VectorExpression {
  // In Prometheus they have no equal labels, because a single series has labels of its scrape target.
  if ((left.labels === undefined) !== (right.labels === undefined)) {
    throw new NotDirect(`${operator} is not supported between single series and aggregated ones`);
  }
  const isSum = left.isRequestRate && right.isRequestRate && (operator === "+" || operator === "or");
  const operation = numberOperation(operator);
  const combine = operation
    ? (one: Vector, other: Vector) => matched(one, other, operation)
    : operator === "or"
      ? union
      : intersection;
  return {
    is: "vector",
    labels: operator === "or" && left.labels && right.labels ? new Set([...left.labels, ...right.labels]) : left.labels,
    isRequestRate: isSum,
    evaluate: (series) => combine(left.evaluate(series), right.evaluate(series)),
  };
}

function withNumber(left: Expression, operator: string, right: Expression): Expression {
  const operation = numberOperation(operator);
  const [vector, number] = left.is === "vector" ? [left, right] : [right, left];
  if (!operation || vector.is !== "vector" || number.is !== "scalar")
    throw new NotDirect(`the operator ${operator} is not supported`);
  const { value: constant } = number;
  const isLeft = left.is === "scalar";
  const isScaled = constant > 0 && Number.isFinite(constant) && (operator === "*" || (operator === "/" && !isLeft));
  return {
    ...vector,
    isRequestRate: vector.isRequestRate && isScaled,
    evaluate: (series) =>
      mapped(vector.evaluate(series), (value) =>
        isLeft ? operation(constant, value, value) : operation(value, constant, value),
      ),
  };
}
