import { goQuoted } from "../goQuoted";
import { compareTexts, isFields, isList, isMap, isTruthy, kindOf, printed, type Value } from "./values";

/** An error in a template that only its values show. */
export class ValueError extends Error {
  override readonly name = "ValueError";
}

/** A function of templates. Throws `ValueError` where Go returns an error. */
export type TemplateFunction = (...args: readonly Value[]) => Value;

/**
 * The functions of Go's text/template that templates of rules can use. `and` and `or` are not here: they evaluate their
 * arguments only as far as needed.
 * Source: https://pkg.go.dev/text/template#hdr-Functions, and text/template/funcs.go of Go 1.26.
 */
export const FUNCTIONS: ReadonlyMap<string, TemplateFunction | "lazy"> = new Map<string, TemplateFunction | "lazy">([
  ["and", "lazy"],
  ["or", "lazy"],
  ["not", one("not", (value) => !isTruthy(value))],
  ["len", one("len", lengthOf)],
  ["index", indexed],
  ["print", (...args) => spaced(args)],
  ["println", (...args) => `${args.map((arg) => printed(present("println", arg))).join(" ")}\n`],
  ["printf", formatted],
  ["eq", isOneOf],
  ["ne", two("ne", (left, right) => !isEqual("ne", left, right))],
  ["lt", two("lt", (left, right) => compared("lt", left, right) < 0)],
  ["le", two("le", (left, right) => compared("le", left, right) <= 0)],
  ["gt", two("gt", (left, right) => compared("gt", left, right) > 0)],
  ["ge", two("ge", (left, right) => compared("ge", left, right) >= 0)],
]);

function one(name: string, apply: (value: Value) => Value): TemplateFunction {
  return (...args) => {
    const [value] = args;
    if (args.length !== 1) throw new ValueError(`${name} needs one argument, not ${args.length}`);
    return apply(value);
  };
}

function two(name: string, apply: (left: Value, right: Value) => Value): TemplateFunction {
  return (...args) => {
    const [left, right] = args;
    if (args.length !== 2) throw new ValueError(`${name} needs two arguments, not ${args.length}`);
    return apply(left, right);
  };
}

/** The length of a text is counted in bytes of UTF-8. */
function lengthOf(value: Value): number {
  if (typeof value === "string") return new TextEncoder().encode(value).length;
  if (isList(value)) return value.length;
  if (isMap(value)) return value.size;
  throw new ValueError(`len of ${kindOf(value)}`);
}

/** An element by its position, or a value by its key. A map gives "" for a key that it does not have. */
function indexed(...args: readonly Value[]): Value {
  const [first, ...keys] = args;
  if (args.length === 0) throw new ValueError("index needs an argument");
  return keys.reduce<Value>((value, key) => {
    if (isMap(value) && typeof key === "string") return value.get(key) ?? "";
    if (!isList(value) || typeof key !== "number") throw new ValueError(`index of ${kindOf(value)} by ${kindOf(key)}`);
    const element = value[key];
    if (element === undefined) throw new ValueError(`index ${key} of a list of ${value.length}`);
    return element;
  }, first);
}

/** Values beside each other, with a space between two of which neither is a text. */
function spaced(args: readonly Value[]): string {
  return args
    .map((arg, index) => {
      const before = args[index - 1];
      const isApart = index > 0 && typeof arg !== "string" && typeof before !== "string";
      return `${isApart ? " " : ""}${printed(present("print", arg))}`;
    })
    .join("");
}

/** Go prints what does not fit as `%!d(string=a)`. Nobody wants that in a query, so it is an error. */
function formatted(...args: readonly Value[]): string {
  const [format, ...values] = args;
  if (typeof format !== "string") throw new ValueError(`the format of printf is ${kindOf(format)}`);
  let used = 0;
  const written = format.replace(/%(.?)/gsu, (_, verb: string) => {
    if (verb === "%") return "%";
    if (!/^[sqvd]$/.test(verb)) throw new ValueError(`printf does not support %${verb}: use %s, %q, %v, %d or %%`);
    if (used >= values.length) throw new ValueError(`printf has too few values for ${format}`);
    return withVerb(verb, values[used++]);
  });
  if (used < values.length) throw new ValueError(`printf has too many values for ${format}`);
  return written;
}

function withVerb(verb: string, value: Value): string {
  const isNumber = typeof value === "number";
  if (value === undefined || isFields(value)) throw new ValueError(`printf of ${kindOf(value)}`);
  if (verb === "d" ? !isNumber : verb !== "v" && (isNumber || typeof value === "boolean")) {
    throw new ValueError(`printf: %${verb} of ${kindOf(value)}`);
  }
  return printed(value, verb === "q" ? goQuoted : undefined);
}

function isOneOf(...args: readonly Value[]): boolean {
  const [left, ...others] = args;
  if (others.length === 0) throw new ValueError("eq needs two arguments or more");
  return others.some((right) => isEqual("eq", left, right));
}

function isEqual(name: string, left: Value, right: Value): boolean {
  if (left === undefined || right === undefined) return left === right;
  if (typeof left === "object" || typeof right === "object" || typeof left !== typeof right) {
    throw new ValueError(`${name} of ${kindOf(left)} and ${kindOf(right)}`);
  }
  return left === right;
}

function compared(name: string, left: Value, right: Value): number {
  if (typeof left === "string" && typeof right === "string") return compareTexts(left, right);
  if (typeof left === "number" && typeof right === "number") return left - right;
  throw new ValueError(`${name} of ${kindOf(left)} and ${kindOf(right)}`);
}

function present(name: string, value: Value): Value {
  if (value === undefined) throw new ValueError(`${name} of ${kindOf(value)}`);
  return value;
}
