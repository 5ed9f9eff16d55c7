import { FUNCTIONS, ValueError } from "./functions";
import type { Command, Node, Operand, Pipeline } from "./nodes";
import {
  type Fields,
  isFields,
  isList,
  isMap,
  isTruthy,
  kindOf,
  printed,
  sizeOf,
  sortedKeys,
  type Value,
} from "./values";

/** Maximum length of what a template gives, and of each text on the way, in UTF-16 units. */
export const MOST_OUTPUT = 262_144;
/** Maximum number of nodes, commands and arguments that are evaluated. */
const MOST_STEPS = 10_000;
/** Maximum length of all texts that functions get, in UTF-16 units. Together with the steps it bounds the time. */
const MOST_WORK = 1_048_576;

/** What a `break` or a `continue` does to the loop around it. */
type Signal = "break" | "continue" | undefined;

interface Variable {
  readonly name: string;
  value: Value;
}

/**
 * Evaluates a template.
 *
 * @param limit Maximum length of the result, in UTF-16 units.
 * @throws ValueError if a value does not fit, and if the result is too long or takes too many steps.
 */
export function execute(nodes: readonly Node[], root: Fields, limit = MOST_OUTPUT): string {
  return new Evaluation(root, limit).run(nodes, root);
}

/** The variables and the output of one evaluation. */
class Evaluation {
  private readonly parts: string[] = [];
  private readonly variables: Variable[];
  private size = 0;
  private steps = 0;
  private work = 0;

  constructor(
    root: Fields,
    private readonly limit: number,
  ) {
    this.variables = [{ name: "", value: root }];
  }

  run(nodes: readonly Node[], root: Fields): string {
    this.walk(nodes, root);
    return this.parts.join("");
  }

  private walk(nodes: readonly Node[], dot: Value): Signal {
    for (const node of nodes) {
      this.step();
      const signal = this.walkNode(node, dot);
      if (signal) return signal;
    }
    return undefined;
  }

  private walkNode(node: Node, dot: Value): Signal {
    switch (node.kind) {
      case "text":
        this.write(node.text);
        return undefined;
      case "action": {
        const value = this.evaluate(node.pipeline, dot);
        if (node.pipeline.variables.length === 0) this.write(printed(value));
        return undefined;
      }
      case "break":
      case "continue":
        return node.kind;
      default: {
        const known = this.variables.length;
        const signal = node.kind === "range" ? this.walkRange(node, dot) : this.walkCondition(node, dot);
        this.variables.length = known;
        return signal;
      }
    }
  }

  private walkCondition({ kind, pipeline, body, otherwise }: Control, dot: Value): Signal {
    const value = this.evaluate(pipeline, dot);
    return isTruthy(value) ? this.walk(body, kind === "with" ? value : dot) : this.walk(otherwise, dot);
  }

  private walkRange({ pipeline, body, otherwise }: Control, dot: Value): Signal {
    const entries = entriesOf(this.evaluate({ ...pipeline, variables: [] }, dot));
    if (entries.length === 0) return this.walk(otherwise, dot);
    const known = this.variables.length;
    const [first, second] = pipeline.variables;
    for (const [key, value] of entries) {
      this.step();
      if (first !== undefined) this.variables.push({ name: first, value: second === undefined ? value : key });
      if (second !== undefined) this.variables.push({ name: second, value });
      const signal = this.walk(body, value);
      this.variables.length = known;
      if (signal === "break") break;
    }
    return undefined;
  }

  private evaluate({ commands, variables, isAssignment }: Pipeline, dot: Value): Value {
    let value: Value;
    for (const [index, command] of commands.entries()) {
      this.step();
      value = this.commandValue(command, dot, index === 0 ? [] : [value]);
    }
    const [name] = variables;
    if (name === undefined) return value;
    if (isAssignment) this.variable(name).value = value;
    else this.variables.push({ name, value });
    return value;
  }

  /** @param last The value of the command before, if there is one. */
  private commandValue(command: Command, dot: Value, last: readonly Value[]): Value {
    if (command.kind === "value") return this.operandValue(command.value, dot);
    const { name, args } = command;
    const apply = FUNCTIONS.get(name);
    if (apply === undefined) throw new ValueError(`${name} is not supported as a function`);
    if (apply === "lazy") return this.lazily(name === "or", args, dot, last);
    const values = [...args.map((arg) => this.operandValue(arg, dot)), ...last];
    if (name !== "index") this.charge(values);
    const result = apply(...values);
    if (typeof result === "string" && result.length > this.limit) throw tooLong(this.limit);
    return result;
  }

  /** `and` and `or`: the first argument that decides, or the last one. */
  private lazily(stopAt: boolean, args: readonly Operand[], dot: Value, last: readonly Value[]): Value {
    if (args.length + last.length === 0) throw new ValueError(`${stopAt ? "or" : "and"} needs an argument`);
    let value: Value;
    for (const arg of args) {
      value = this.operandValue(arg, dot);
      if (isTruthy(value) === stopAt) return value;
    }
    return last.length > 0 ? last[0] : value;
  }

  private operandValue(operand: Operand, dot: Value): Value {
    this.step();
    return operand.names.reduce(fieldOf, this.ownValue(operand, dot));
  }

  private ownValue(operand: Operand, dot: Value): Value {
    switch (operand.kind) {
      case "constant":
        return operand.value;
      case "dot":
        return dot;
      case "variable":
        return this.variable(operand.name).value;
      case "pipeline":
        return this.evaluate(operand.pipeline, dot);
    }
  }

  private variable(name: string): Variable {
    const found = this.variables.findLast((one) => one.name === name);
    if (found === undefined) throw new ValueError(`the variable $${name} has no value`);
    return found;
  }

  private write(text: string): void {
    this.size += text.length;
    if (this.size > this.limit) throw tooLong(this.limit);
    this.parts.push(text);
  }

  /** Before a function runs, so that it cannot make a text that is far too long. */
  private charge(values: readonly Value[]): void {
    this.work += values.reduce<number>((sum, value) => sum + sizeOf(value), 0);
    if (this.work > MOST_WORK) throw new ValueError(`its functions get more than ${MOST_WORK} characters`);
  }

  private step(): void {
    if (++this.steps > MOST_STEPS) throw new ValueError(`the template takes more than ${MOST_STEPS} steps`);
  }
}

type Control = Extract<Node, { kind: "if" | "with" | "range" }>;

function tooLong(limit: number): ValueError {
  return new ValueError(`the result is longer than ${limit} characters`);
}

/** A field of the data, or the value of a map by its key. */
function fieldOf(value: Value, name: string): Value {
  if (isMap(value)) return value.get(name);
  if (isFields(value) && Object.hasOwn(value.fields, name)) return value.fields[name];
  throw new ValueError(`${kindOf(value)} has no field .${name}`);
}

function entriesOf(value: Value): readonly (readonly [key: Value, value: Value])[] {
  if (value === undefined) return [];
  if (isList(value)) return value.map((element, index) => [index, element]);
  if (isMap(value)) return sortedKeys(value).map((key) => [key, value.get(key)]);
  throw new ValueError(`range over ${kindOf(value)}`);
}
