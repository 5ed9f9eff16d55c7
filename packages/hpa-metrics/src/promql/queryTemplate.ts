import { type Query, treeOf } from "./query";
import type { Segment } from "./segments";
import { sharedValues } from "./sharedMatchers";
import { walk } from "./templatePart";
import { squeeze } from "./text";
import { only, type SyntaxNode } from "./tree";

/**
 * A query template: a query without the values of the matchers that all its selectors share. Instances of one template
 * can be evaluated as one query. See docs/explanation/grouped-queries.md for why the results are the same, and which
 * queries have a template.
 */
export interface QueryTemplate {
  /** Identifies the template. Queries with the same key can be evaluated as one query. */
  readonly key: string;
  /** The labels whose values distinguish the instances of the template, sorted. */
  readonly labels: readonly string[];
  /** The subset of those labels that the samples of an instance's own query carry. */
  readonly kept: readonly string[];
  readonly segments: readonly Segment[];
  /** The N of `… or vector(N)` around the whole query: the value of an instance that finds no series. */
  readonly otherwise?: number;
}

/** An instance of a query template. */
export interface TemplateInstance {
  readonly template: QueryTemplate;
  /** For each of the template's labels, in their order: the values that the instance selects, sorted. At least one. */
  readonly values: readonly (readonly string[])[];
}

/**
 * The query as an instance of its template, or `undefined` if it has no template and must be evaluated alone. The
 * result is cached for each query, because the function visits the whole tree.
 */
export function templateInstanceOf(query: Query): TemplateInstance | undefined {
  if (!instances.has(query)) instances.set(query, findInstance(query));
  return instances.get(query);
}

const instances = new WeakMap<Query, TemplateInstance | undefined>();

function findInstance(query: Query): TemplateInstance | undefined {
  const shared = sharedValues(query);
  if (shared.size > MOST_LABELS) return undefined;
  const { inner, otherwise } = withoutDefault(only(treeOf(query).topNode), query.text);
  const walkWith = (labels: readonly string[]) => walk(inner, { text: query.text, labels });
  const all = [...shared.keys()].sort();
  const first = walkWith(all);
  // A label with several values that a part of the query loses cannot tell instances apart. Its matcher stays as it is.
  const labels = all.filter((label) => shared.get(label)?.length === 1 || first?.carried.has(label));
  const templatePart = labels.length < all.length ? walkWith(labels) : first;
  if (labels.length === 0 || templatePart?.type !== "vector") return undefined;
  // If the samples can have labels, `or vector(N)` always adds its sample, even next to other samples.
  if (otherwise !== undefined && templatePart.known?.size !== 0) return undefined;
  const segments = joined(templatePart.segments);
  const template: QueryTemplate = {
    key: JSON.stringify([segments, labels, otherwise ?? null]),
    labels,
    kept: labels.filter((label) => templatePart.kept.has(label)),
    segments,
    ...(otherwise === undefined ? {} : { otherwise }),
  };
  return { template, values: labels.map((label) => shared.get(label) ?? []) };
}

/**
 * Maximum number of labels in which instances can differ. Each label is a matcher in every selector, so the work grows
 * with this number.
 */
const MOST_LABELS = 30;

/** The query inside `… or vector(N)` and the value N, or the query itself if it does not end so. */
function withoutDefault(node: SyntaxNode, text: string): { inner: SyntaxNode; otherwise?: number } {
  if (node.name === "ParenExpr") return withoutDefault(only(node), text);
  const [inner, operator, right, ...more] = node.children;
  if (operator?.name !== "Or" || more.length > 0 || !inner || !right) return { inner: node };
  const constant = /^vector\(((?:0|[1-9]\d*)(?:\.\d+)?)\)$/.exec(squeeze(text.slice(right.from, right.to)));
  return constant ? { inner, otherwise: Number(constant[1]) } : { inner: node };
}

function joined(segments: readonly Segment[]): Segment[] {
  const all: Segment[] = [];
  for (const segment of segments) {
    const last = all.at(-1);
    if (typeof segment === "string" && typeof last === "string") all[all.length - 1] = last + segment;
    else if (segment !== "") all.push(segment);
  }
  return all;
}
