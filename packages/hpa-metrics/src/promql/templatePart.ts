import { quoted } from "../selector";
import { binaryOperation } from "./binaryOperation";
import { functions } from "./functions";
import { type Context, labelText, less, type Segment, type TemplatePart } from "./segments";
import { squeeze, unquote } from "./text";
import { groupingLabels, only, operandsOf, type SyntaxNode, textOf } from "./tree";
import { conditionsOf } from "./vectorSelector";

const NONE: ReadonlySet<string> = new Set();

/**
 * Functions that compute each sample, or each series, independently and keep its labels. `histogram_quantile` is
 * handled separately.
 */
const ELEMENTWISE = new Set(
  `abs acos acosh asin asinh atan atanh ceil cos cosh deg exp floor ln log10 log2 rad sgn sin sinh sqrt tan tanh
  timestamp clamp clamp_max clamp_min round days_in_month day_of_month day_of_week day_of_year hour minute month year
  histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar histogram_fraction
  avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate last_over_time mad_over_time
  max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time
  quantile_over_time predict_linear double_exponential_smoothing`.split(/\s+/),
);
/** Aggregations that return one sample for each group, with the group's labels. */
const AGGREGATIONS = new Set(["avg", "count", "group", "max", "min", "quantile", "stddev", "stdvar", "sum"]);
const SCALARS = new Set(["pi", "time"]);

/** Converts a node to a part of a grouped query. Returns `undefined` if a query with this node cannot be grouped. */
export function walk(node: SyntaxNode, context: Context): TemplatePart | undefined {
  switch (node.name) {
    case "NumberDurationLiteral":
      return { type: "scalar", segments: [textOf(node, context.text)], kept: NONE, carried: NONE };
    case "VectorSelector":
      return selection(node, context);
    case "MatrixSelector":
    case "SubqueryExpr":
      return followed(node, context, "matrix");
    case "OffsetExpr":
    case "StepInvariantExpr":
      return followed(node, context);
    case "ParenExpr":
      return wrapped("(", walk(only(node), context), ")");
    case "UnaryExpr":
      return wrapped(textOf(only(node), context.text), walk(node.children.at(-1) ?? node, context), "");
    case "BinaryExpr": {
      const [left, right] = [node.children[0], node.children.at(-1)].map((side) => side && walk(side, context));
      return left && right && binaryOperation(left, right, node, context);
    }
    case "AggregateExpr":
      return aggregation(node, context);
    case "FunctionCall":
      return call(node, context);
    default:
      return undefined;
  }
}

function selection(node: SyntaxNode, { text, labels }: Context): TemplatePart | undefined {
  const conditions = conditionsOf(node, text);
  // The value can contain bytes that are not UTF-8. They cannot be written again.
  if (conditions.some(({ value }) => value.includes("\ufffd"))) return undefined;
  const own = conditions.filter(({ label }) => !labels.includes(label));
  const [quotedName, ...otherNames] = node.getChild("LabelMatchers")?.getChildren("QuotedLabelName") ?? [];
  if (otherNames.length > 0) return undefined;
  const identifier = node.getChild("Identifier");
  const matchers = labels.flatMap((_, index): Segment[] => [{ matcher: index }, ","]).slice(0, -1);
  const others = own.map(({ label, operator, value }) => `${labelText(label)}${operator}${quoted(value)}`).sort();
  if (quotedName) others.unshift(quoted(unquote(textOf(quotedName, text))));
  return {
    type: "vector",
    segments: [
      `${identifier ? textOf(identifier, text) : ""}{`,
      ...others.map((other) => `${other},`),
      ...matchers,
      "}",
    ],
    kept: new Set(labels),
    carried: new Set(labels),
  };
}

/** A selection with its suffix: `[5m]`, `[1h:1m]`, `offset 5m` or `@ end()`. */
function followed(node: SyntaxNode, context: Context, type?: TemplatePart["type"]): TemplatePart | undefined {
  const inner = walk(only(node), context);
  const behind = squeeze(context.text.slice(only(node).to, node.to));
  return (
    inner && {
      ...inner,
      segments: [...inner.segments, behind.startsWith("[") ? behind : ` ${behind}`],
      type: type ?? inner.type,
    }
  );
}

function wrapped(before: string, inner: TemplatePart | undefined, after: string): TemplatePart | undefined {
  return inner && { ...inner, segments: [before, ...inner.segments, after] };
}

function call(node: SyntaxNode, context: Context): TemplatePart | undefined {
  const name = textOf(node.getChild("FunctionIdentifier") ?? node, context.text);
  if (name === "label_replace") return constantLabel(operandsOf(node), context);
  const operands = operandsOf(node).flatMap((operand) => walk(operand, context) ?? []);
  if (operands.length < operandsOf(node).length) return undefined;
  const segments = [`${name}(`, ...listed(operands), ")"];
  if (SCALARS.has(name)) return { type: "scalar", segments, kept: NONE, carried: NONE };
  const operand = operands.find(({ type }) => type !== "scalar");
  if (!operand || functions.get(name)?.result !== "vector") return undefined;
  if (ELEMENTWISE.has(name)) return { ...operand, type: "vector", segments };
  if (name !== "histogram_quantile") return undefined;
  const known = operand.known && { known: less(operand.known, ["le"]) };
  return { type: "vector", segments, kept: operand.kept, carried: operand.carried, ...known };
}

/**
 * `label_replace(v, "label", "value", "", "")`, which gives every sample one more label with a fixed value. Any other use
 * may read a split label. Source: funcLabelReplace in promql/functions.go of Prometheus v3.16.
 */
function constantLabel([vector, ...texts]: readonly SyntaxNode[], context: Context): TemplatePart | undefined {
  const literals = texts.map((literal) => textOf(literal, context.text));
  const [label = "", value = "", source, pattern] = literals.map(unquote);
  const isConstant = source === "" && pattern === "" && value !== "" && !value.includes("$");
  if (!vector || !isConstant || context.labels.includes(label)) return undefined;
  const inner = walk(vector, context);
  if (!inner) return undefined;
  const known = inner.known && { known: new Set([...inner.known, label]) };
  return { ...inner, segments: ["label_replace(", ...inner.segments, ",", `${literals.join(",")})`], ...known };
}

function aggregation(node: SyntaxNode, { text, labels }: Context): TemplatePart | undefined {
  const name = textOf(node.getChild("AggregateOp") ?? node, text).toLowerCase();
  const operands = operandsOf(node).flatMap((operand) => walk(operand, { text, labels }) ?? []);
  const operand = operands.at(-1);
  if (!AGGREGATIONS.has(name) || operands.length < operandsOf(node).length || !operand) return undefined;
  const modifier = node.getChild("AggregateModifier");
  const named = groupingLabels(modifier, text);
  const body = ["(", ...listed(operands), ")"];
  if (modifier?.getChild("Without")) {
    return {
      type: "vector",
      segments: [`${name} without(`, { without: named }, ")", ...body],
      kept: less(operand.kept, named),
      carried: less(operand.carried, named),
    };
  }
  return {
    type: "vector",
    segments: [`${name} by(`, { by: named }, ")", ...body],
    kept: new Set(named.filter((label) => operand.kept.has(label))),
    carried: new Set(named.filter((label) => operand.carried.has(label))),
    known: new Set(named),
  };
}

function listed(operands: readonly TemplatePart[]): Segment[] {
  return operands.flatMap(({ segments }, index) => (index === 0 ? segments : [",", ...segments]));
}
