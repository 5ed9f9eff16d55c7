/**
 * PromQL's operations on instant vectors. A label with an empty value is the same as no label. No vector has two
 * samples with equal labels: each selector names one metric, and no operation here makes two samples equal. Source:
 * promql/engine.go of Prometheus v3.16.
 */

/** One sample of an instant vector, without a metric name. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export type Vector = readonly Sample[];

/**
 * The labels of a sample as one text. Equal texts mean equal labels. Cached, because series last longer than a query.
 */
export function signatureOf(labels: Sample["labels"]): string {
  const known = signatures.get(labels);
  if (known !== undefined) return known;
  const names = Object.keys(labels).filter((name) => labels[name] !== "");
  const signature = names
    .sort()
    .map((name) => `${name}\xff${labels[name]}`)
    .join("\xff");
  signatures.set(labels, signature);
  return signature;
}

const signatures = new WeakMap<Sample["labels"], string>();

const arithmetic: Readonly<Record<string, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
};
const comparisons: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  "==": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  ">": (left, right) => left > right,
  "<": (left, right) => left < right,
  ">=": (left, right) => left >= right,
  "<=": (left, right) => left <= right,
};

/** An operation on two numbers. A comparison gives `kept`, or undefined if it is false. */
export type NumberOperation = (left: number, right: number, kept: number) => number | undefined;

/** The operation of an arithmetic operator or a comparison. Undefined for every other operator. */
export function numberOperation(operator: string): NumberOperation | undefined {
  const compute = arithmetic[operator];
  if (compute) return compute;
  const compare = comparisons[operator];
  return compare && ((left, right, kept) => (compare(left, right) ? kept : undefined));
}

/** Applies an operation to each value. Drops samples whose result is undefined. */
export function mapped(vector: Vector, operation: (value: number) => number | undefined): Vector {
  return vector.flatMap(({ labels, value }) => {
    const result = operation(value);
    return result === undefined ? [] : [{ labels, value: result }];
  });
}

/** Applies an operation to the samples of both sides that have equal labels. */
export function matched(left: Vector, right: Vector, operation: NumberOperation): Vector {
  const values = new Map(right.map(({ labels, value }) => [signatureOf(labels), value]));
  return left.flatMap(({ labels, value }) => {
    const other = values.get(signatureOf(labels));
    const result = other === undefined ? undefined : operation(value, other, value);
    return result === undefined ? [] : [{ labels, value: result }];
  });
}

/** `left and right`. */
export function intersection(left: Vector, right: Vector): Vector {
  const others = new Set(right.map(({ labels }) => signatureOf(labels)));
  return left.filter(({ labels }) => others.has(signatureOf(labels)));
}

/** `left or right`. */
export function union(left: Vector, right: Vector): Vector {
  if (left.length === 0) return right;
  const own = new Set(left.map(({ labels }) => signatureOf(labels)));
  return [...left, ...right.filter(({ labels }) => !own.has(signatureOf(labels)))];
}

/** The labels by which an aggregation groups, or those that it removes. */
export interface Grouping {
  readonly labels: readonly string[];
  readonly isWithout: boolean;
}

/** The samples of each group, with the labels of the group. */
export function grouped(vector: Vector, grouping: Grouping): { labels: Sample["labels"]; values: number[] }[] {
  if (!grouping.isWithout && grouping.labels.length === 0)
    return vector.length === 0 ? [] : [{ labels: {}, values: vector.map(({ value }) => value) }];
  const groups = new Map<string, { labels: Sample["labels"]; values: number[] }>();
  for (const { labels, value } of vector) {
    const rest = grouping.isWithout ? groupLabels(labels, grouping) : undefined;
    const key = rest ? signatureOf(rest) : grouping.labels.map((name) => labels[name] ?? "").join("\xff");
    const group = groups.get(key);
    if (group) group.values.push(value);
    else groups.set(key, { labels: rest ?? groupLabels(labels, grouping), values: [value] });
  }
  return [...groups.values()];
}

function groupLabels(labels: Sample["labels"], { labels: named, isWithout }: Grouping): Sample["labels"] {
  if (named.length === 0) return isWithout ? labels : {};
  return Object.fromEntries(
    Object.entries(labels).filter(([name, value]) => value !== "" && named.includes(name) !== isWithout),
  );
}

/** The aggregations that are evaluated from proxies. They get at least one value. */
export const aggregators: Readonly<Record<string, (values: readonly number[]) => number>> = {
  sum: sumOf,
  avg: (values) => sumOf(values) / values.length,
  count: (values) => values.length,
  max: (values) => values.reduce((most, value) => (value > most || Number.isNaN(most) ? value : most)),
  min: (values) => values.reduce((least, value) => (value < least || Number.isNaN(least) ? value : least)),
};

/** Kahan's sum in its improved form, as Prometheus adds. */
function sumOf(values: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    if (!Number.isFinite(next)) lost = 0;
    else if (Math.abs(sum) >= Math.abs(value)) lost += sum - next + value;
    else lost += value - next + sum;
    sum = next;
  }
  return sum + lost;
}
