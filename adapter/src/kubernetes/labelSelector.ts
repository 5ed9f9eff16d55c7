/** Operator of a requirement, with the names of Kubernetes's `selection.Operator`. */
export type Operator = "=" | "==" | "!=" | "in" | "notin" | "exists" | "!" | "gt" | "lt";

/** One requirement of a label selector. `values` are sorted and have no duplicates. */
export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/** A parsed label selector, sorted by key. All requirements must match. An empty selector matches everything. */
export type Selector = readonly Requirement[];

/** Whether the labels match every requirement. `!=` and `notin` match an absent label. `gt` and `lt` do not. */
export function matchesSelector(selector: Selector, labels: Readonly<Record<string, string>>): boolean {
  return selector.every((requirement) => meets(requirement, labels));
}

/** The first label that must have exactly one value, and that value. `undefined` when no requirement says so. */
export function equalityOf(selector: Selector): readonly [string, string] | undefined {
  for (const requirement of selector) {
    const value = onlyValue(requirement);
    if (value !== undefined) return [requirement.key, value];
  }
  return undefined;
}

/** The value that a label must have. `undefined` when no requirement allows exactly one value. */
export function requiredValue(selector: Selector, label: string): string | undefined {
  return equalityOf(selector.filter(({ key }) => key === label))?.[1];
}

function onlyValue({ operator, values }: Requirement): string | undefined {
  const [value, ...others] = values;
  const isEquality = operator === "=" || operator === "==" || operator === "in";
  return isEquality && others.length === 0 ? value : undefined;
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

/** Formats a selector in the canonical form of Kubernetes's `Selector.String()`. */
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

/** Parses an integer like Go's `strconv.ParseInt(text, 10, 64)`. `undefined` when Go returns an error. */
export function integer(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]{1,64}$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ""));
  return value >= -(2n ** 63n) && value < 2n ** 63n ? value : undefined;
}

/** Operators of `matchExpressions`. */
const EXPRESSIONS: ReadonlyMap<string, Operator> = new Map([
  ["In", "in"],
  ["NotIn", "notin"],
  ["Exists", "exists"],
  ["DoesNotExist", "!"],
]);

/** A label selector as objects of the Kubernetes API write it. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

/** Converts a selector of an object. Source: Kubernetes's metav1.LabelSelectorAsSelector. */
export function labelSelectorOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): Selector {
  const labels = Object.entries(matchLabels).map(([key, value]) => ({ key, operator: "=" as const, values: [value] }));
  const expressions = matchExpressions.flatMap(({ key, operator, values = [] }) => {
    const known = EXPRESSIONS.get(operator);
    return known ? [{ key, operator: known, values: [...new Set(values)].sort() }] : [];
  });
  return [...labels, ...expressions].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}
