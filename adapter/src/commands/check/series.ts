import { type Query, treeOf } from "@asm-autoscaler/hpa-metrics";

type Node = ReturnType<typeof treeOf>["topNode"];

/** Aggregations that can return several samples per group. */
const KEEPING = /^(?:topk|bottomk|limitk|limit_ratio|count_values)$/i;
/** Functions that return one sample for any input. */
const SINGLE = new Set(["scalar", "vector", "time", "pi", "absent", "absent_over_time"]);
/** Functions whose sample has the labels of the matchers. */
const ABSENT = new Set(["absent", "absent_over_time"]);
/** Functions that change labels. After them, `or` can return two samples for one. */
const LABELLING = new Set(["label_replace", "label_join"]);

/** Whether the query returns at most one sample for any series. False means that it may return more. */
export function givesOneSample(query: Query): boolean {
  const expression = treeOf(query).topNode.getChild("Expr");
  return expression !== null && isSingle(expression, query.text);
}

function isSingle(node: Node, text: string): boolean {
  const operands = expressionsOf(node);
  switch (node.name) {
    case "NumberDurationLiteral":
      return true;
    case "ParenExpr":
    case "UnaryExpr":
      return operands.every((operand) => isSingle(operand, text));
    case "BinaryExpr": {
      const [left] = operands;
      if (node.getChild("And") || node.getChild("Unless")) return left !== undefined && isSingle(left, text);
      // `or` returns the samples of both sides if their labels differ.
      if (node.getChild("Or") && operands.some((operand) => hasLabels(operand, text))) return false;
      return operands.every((operand) => isSingle(operand, text));
    }
    case "AggregateExpr":
      return aggregatesTo(node, text, []);
    case "FunctionCall":
      return callIsSingle(node, text);
    default:
      return false;
  }
}

function callIsSingle(node: Node, text: string): boolean {
  const identifier = node.getChild("FunctionIdentifier");
  const name = identifier ? text.slice(identifier.from, identifier.to) : "";
  if (SINGLE.has(name)) return true;
  if (LABELLING.has(name)) return false;
  const operands = expressionsOf(node.getChild("FunctionCallBody") ?? node);
  if (name === "histogram_quantile") {
    const buckets = operands.at(-1);
    return buckets !== undefined && (isSingle(buckets, text) || aggregatesTo(unwrapped(buckets), text, ["le"]));
  }
  return (
    operands.length > 0 && operands.every((operand) => operand.name === "StringLiteral" || isSingle(operand, text))
  );
}

/** Whether the one sample of the node can have labels: those of the matchers in `absent(x{a="b"})`. */
function hasLabels(node: Node, text: string): boolean {
  let found = false;
  node.visit(({ name, from, to }) => {
    found ||= name === "FunctionIdentifier" && ABSENT.has(text.slice(from, to));
    return !found;
  });
  return found;
}

/** Whether the node aggregates by no labels other than these. */
function aggregatesTo(node: Node, text: string, labels: readonly string[]): boolean {
  const operator = node.getChild("AggregateOp");
  if (node.name !== "AggregateExpr" || !operator || KEEPING.test(text.slice(operator.from, operator.to))) return false;
  const modifier = node.getChild("AggregateModifier");
  if (!modifier) return true;
  const grouping = modifier.getChild("GroupingLabels");
  const names = grouping ? text.slice(grouping.from, grouping.to).match(/[^\s(),]+/g) : [];
  return modifier.getChild("By") !== null && (names ?? []).every((name) => labels.includes(name));
}

function unwrapped(node: Node): Node {
  const [inner] = expressionsOf(node);
  return node.name === "ParenExpr" && inner ? unwrapped(inner) : node;
}

/** Returns the operands: all children of the grammar's group `Expr`. */
function expressionsOf(node: Node): Node[] {
  return node.getChildren("Expr");
}
