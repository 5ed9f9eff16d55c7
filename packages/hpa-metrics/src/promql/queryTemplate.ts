import { type Query, treeOf } from "./query";
import type { Segment } from "./segments";
import { walk } from "./templatePart";
import { squeeze } from "./text";
import { nodesNamed, only, type SyntaxNode } from "./tree";
import { conditionsOf } from "./vectorSelector";

/**
 * A query template: a query without the values of the equality matchers that all its selectors share. Instances of one
 * template can be evaluated as one query. See docs/explanation/grouped-queries.md for why the results are the same, and
 * which queries have a template.
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
  /** The values of the template's labels, in the order of the labels. */
  readonly values: readonly string[];
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
  const shared = sharedEqualities(query);
  if (shared.size === 0 || shared.size > MOST_LABELS) return undefined;
  const labels = [...shared.keys()].sort();
  const { inner, otherwise } = withoutDefault(only(treeOf(query).topNode), query.text);
  const templatePart = walk(inner, { text: query.text, labels });
  if (templatePart?.type !== "vector") return undefined;
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
  return { template, values: labels.map((label) => shared.get(label) ?? "") };
}

/**
 * Maximum number of labels in which instances can differ. Each label is a matcher in every selector, so the work grows
 * with this number.
 */
const MOST_LABELS = 30;

/**
 * Label -> value of the equality matchers that all selectors share. A label counts only if each selector has exactly
 * one matcher for it: `=` with a value that is not empty.
 */
function sharedEqualities(query: Query): ReadonlyMap<string, string> {
  let shared: Map<string, string> | undefined;
  for (const node of nodesNamed(treeOf(query), "VectorSelector")) {
    const own = equalities(node, query.text);
    shared = new Map([...(shared ?? own)].filter(([label, value]) => own.get(label) === value));
  }
  return shared ?? new Map();
}

/**
 * Labels that never become split labels. Functions drop the metric name, and `le` is the upper bound of a histogram
 * bucket.
 */
const RESERVED = new Set(["__name__", "le"]);

function equalities(node: SyntaxNode, text: string): ReadonlyMap<string, string> {
  const conditions = conditionsOf(node, text);
  const counts = new Map<string, number>();
  for (const { label } of conditions) counts.set(label, (counts.get(label) ?? 0) + 1);
  return new Map(
    conditions
      .filter(
        ({ label, operator, value }) =>
          operator === "=" && value !== "" && !RESERVED.has(label) && counts.get(label) === 1,
      )
      .map(({ label, value }) => [label, value]),
  );
}

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
