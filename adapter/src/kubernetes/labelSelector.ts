/** How a requirement relates a label to its values, as Kubernetes names them in `selection.Operator`. */
export type Operator = "=" | "==" | "!=" | "in" | "notin" | "exists" | "!" | "gt" | "lt";

/** One term of a label selector; `values` are sorted and each stands once. */
export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/** All requirements must hold; sorted by key. None is "everything". */
export type Selector = readonly Requirement[];

/** Whether labels meet every requirement. `!=` and `notin` hold for a label that is absent, `gt` and `lt` do not. */
export function matchesSelector(selector: Selector, labels: Readonly<Record<string, string>>): boolean {
  return selector.every((requirement) => meets(requirement, labels));
}

/** A label and the one value that it must have, if some requirement says so. */
export function equalityOf(selector: Selector): readonly [string, string] | undefined {
  for (const { key, operator, values } of selector) {
    const [value, ...others] = values;
    if ((operator === "=" || operator === "==" || operator === "in") && value !== undefined && others.length === 0)
      return [key, value];
  }
  return undefined;
}

function meets({ key, operator, values }: Requirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case "=":
    case "==":
    case "in":
      return value !== undefined && values.includes(value);
    case "!=":
    case "notin":
      return value === undefined || !values.includes(value);
    case "gt":
    case "lt": {
      const left = integer(value ?? "");
      const right = integer(values[0] ?? "");
      if (left === undefined || right === undefined) return false;
      return operator === "gt" ? left > right : left < right;
    }
  }
}

/** The canonical text, as Kubernetes's `Selector.String()` writes it. */
export function formatSelector(selector: Selector): string {
  return selector.map(formatRequirement).join(",");
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case "exists":
      return key;
    case "!":
      return `!${key}`;
    case "in":
    case "notin":
      return `${key} ${operator} (${values.join(",")})`;
    case "gt":
      return `${key}>${values.join()}`;
    case "lt":
      return `${key}<${values.join()}`;
    default:
      return `${key}${operator}${values.join()}`;
  }
}

/** Go's `strconv.ParseInt(text, 10, 64)`; `undefined` where it errs. */
export function integer(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]{1,64}$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ""));
  return value >= -(2n ** 63n) && value < 2n ** 63n ? value : undefined;
}
