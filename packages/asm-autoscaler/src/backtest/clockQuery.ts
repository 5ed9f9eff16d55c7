import { type Query, treeOf } from "@asm-autoscaler/hpa-metrics";

/** The value of a query at a time (Unix seconds). Undefined if the query gives no sample then. */
export type ClockQuery = (time: number) => number | undefined;

type Node = ReturnType<typeof treeOf>["topNode"];

/** A part of a query. In a query without selectors, each vector has at most one sample, and that has no labels. */
interface Part {
  readonly isVector: boolean;
  at(time: number): number | undefined;
}

type Compute = (left: number, right: number) => number;

const ARITHMETIC: Readonly<Record<string, Compute>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "%": (left, right) => left % right,
  "^": (left, right) => left ** right,
};
const COMPARISONS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  "==": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
};
/** Functions of numbers. https://prometheus.io/docs/prometheus/latest/querying/functions/ */
const FUNCTIONS: Readonly<Record<string, (...values: number[]) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  clamp: (value, least, most) =>
    least !== undefined && most !== undefined ? Math.max(least, Math.min(most, value ?? 0)) : Number.NaN,
  clamp_max: (value, most) => Math.min(value ?? 0, most ?? 0),
  clamp_min: (value, least) => Math.max(value ?? 0, least ?? 0),
  minute: (time) => Math.floor((time ?? 0) / 60) % 60,
  hour: (time) => Math.floor((time ?? 0) / 3_600) % 24,
  day_of_week: (time) => (Math.floor((time ?? 0) / 86_400) + 4) % 7,
};
const OF_TIME = new Set(["minute", "hour", "day_of_week"]);

/** A query with a part that depends on more than the time, or that is not supported here. */
class NotClock extends Error {}

/**
 * Reads a query that depends on the time alone, such as the floor of a schedule: numbers, `time()`, `vector()`, operators,
 * and some functions. Undefined for any other query.
 */
export function clockQueryOf(query: Query): ClockQuery | undefined {
  try {
    const part = partOf(onlyChild(treeOf(query).topNode), query.text);
    return (time) => part.at(time);
  } catch (error) {
    if (error instanceof NotClock) return undefined;
    throw error;
  }
}

function partOf(node: Node, text: string): Part {
  switch (node.name) {
    case "NumberDurationLiteral": {
      const value = Number(text.slice(node.from, node.to));
      if (Number.isNaN(value)) throw new NotClock();
      return { isVector: false, at: () => value };
    }
    case "ParenExpr":
      return partOf(onlyChild(node), text);
    case "UnaryExpr": {
      const operand = partOf(node.children.at(-1) ?? node, text);
      if (text.slice(node.from, node.from + 1) === "+") return operand;
      return mapped(operand, (value) => -value);
    }
    case "BinaryExpr":
      return binary(node, text);
    case "FunctionCall":
      return call(node, text);
    default:
      throw new NotClock();
  }
}

function mapped(part: Part, compute: (value: number) => number): Part {
  return {
    ...part,
    at: (time) => {
      const value = part.at(time);
      return value === undefined ? undefined : compute(value);
    },
  };
}

function binary(node: Node, text: string): Part {
  if (node.getChild("MatchingModifierClause") || node.getChild("FillModifier")) throw new NotClock();
  const [leftNode = node, operatorNode = node] = node.children;
  const [left, right] = [partOf(leftNode, text), partOf(node.children.at(-1) ?? node, text)];
  const operator = text.slice(operatorNode.from, operatorNode.to).toLowerCase();
  const isVector = left.isVector || right.isVector;
  if (operator === "or") return { isVector, at: (time) => left.at(time) ?? right.at(time) };
  if (operator === "and") return { isVector, at: (time) => (right.at(time) === undefined ? undefined : left.at(time)) };
  if (operator === "unless")
    return { isVector, at: (time) => (right.at(time) === undefined ? left.at(time) : undefined) };
  const [compute, compare] = [ARITHMETIC[operator], COMPARISONS[operator]];
  if (!compute && !compare) throw new NotClock();
  const isBool = node.getChild("BoolModifier") !== null;
  return {
    isVector,
    at(time) {
      const [one, other] = [left.at(time), right.at(time)];
      if (one === undefined || other === undefined) return undefined;
      if (compute) return compute(one, other);
      if (isBool || !isVector) return compare?.(one, other) ? 1 : 0;
      // A comparison keeps the vector's value.
      return compare?.(one, other) ? (left.isVector ? one : other) : undefined;
    },
  };
}

function call(node: Node, text: string): Part {
  const identifier = node.getChild("FunctionIdentifier") ?? node;
  const name = text.slice(identifier.from, identifier.to);
  const operands = (node.getChild("FunctionCallBody")?.children ?? []).map((operand) => partOf(operand, text));
  const [first] = operands;
  if (name === "time" || (OF_TIME.has(name) && !first)) {
    const compute = FUNCTIONS[name] ?? ((time: number) => time);
    return { isVector: name !== "time", at: (time) => compute(Math.floor(time)) };
  }
  if (name === "vector" && first) return { isVector: true, at: first.at };
  if (name === "scalar" && first) return { isVector: false, at: (time) => first.at(time) ?? Number.NaN };
  const compute = FUNCTIONS[name];
  if (!compute || !first) throw new NotClock();
  return {
    isVector: true,
    at(time) {
      const values = operands.map((operand) => operand.at(time));
      return values.includes(undefined) ? undefined : compute(...(values as number[]));
    },
  };
}

function onlyChild(node: Node): Node {
  return node.children[0] ?? node;
}
