import { type Query, treeOf } from "./query";
import type { Segment } from "./segments";
import { walk } from "./templatePart";
import { squeeze } from "./text";
import { childrenOf, only, type SyntaxNode } from "./tree";
import { conditionsOf } from "./vectorSelector";

/**
 * What is left of a query when the values of the equality matchers that all of its selectors share are taken out. Queries
 * of one template can be asked as one. Why the answers are the same, and which queries have a template:
 * docs/explanation/grouped-queries.md.
 */
export interface QueryTemplate {
  /** Equal for queries that can be asked as one. */
  readonly key: string;
  /** The labels whose values tell the queries of one template apart, sorted. */
  readonly labels: readonly string[];
  /** Those of them that the samples of such a query carry when it is asked alone. */
  readonly kept: readonly string[];
  readonly segments: readonly Segment[];
  /** From `… or vector(N)` around the whole: the value of a query that finds nothing. */
  readonly otherwise?: number;
}

/** A query as one of its template. */
export interface TemplateInstance {
  readonly template: QueryTemplate;
  /** Of the template's labels, in their order. */
  readonly values: readonly string[];
}

/**
 * The query as a member of its template, or `undefined` where it has none and has to be asked alone. Worked out once for each
 * query: it walks the whole tree.
 */
export function templateInstanceOf(query: Query): TemplateInstance | undefined {
  if (!instances.has(query)) instances.set(query, findInstance(query));
  return instances.get(query);
}

const instances = new WeakMap<Query, TemplateInstance | undefined>();

function findInstance(query: Query): TemplateInstance | undefined {
  const shared = sharedEqualities(query);
  const root = treeOf(query).topNode.getChild("Expr");
  if (shared.size === 0 || shared.size > MOST_LABELS || !root) return undefined;
  const labels = [...shared.keys()].sort();
  const { inner, otherwise } = withoutDefault(root, query.text);
  const templatePart = walk(inner, { text: query.text, labels });
  if (templatePart?.type !== "vector") return undefined;
  // Beside labels of its own, the sample of vector(N) would stand next to the others.
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

/** Labels that the queries of one template may differ in. Each is a matcher in every selector, so the work grows with it. */
const MOST_LABELS = 30;

/** Label -> value of the matchers that all selectors have: one `=` with a value, and nothing else about that label. */
function sharedEqualities(query: Query): ReadonlyMap<string, string> {
  let shared: Map<string, string> | undefined;
  treeOf(query).iterate({
    enter(node) {
      if (node.name !== "VectorSelector") return;
      const own = equalities(node.node, query.text);
      shared = new Map([...(shared ?? own)].filter(([label, value]) => own.get(label) === value));
    },
  });
  return shared ?? new Map();
}

/** A metric's name is dropped on the way, and a bucket's bound has a meaning of its own. */
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

/** The query inside `… or vector(N)`, and N; the query itself where it has no such end. */
function withoutDefault(node: SyntaxNode, text: string): { inner: SyntaxNode; otherwise?: number } {
  if (node.name === "ParenExpr") return withoutDefault(only(node), text);
  const [inner, operator, right, ...more] = childrenOf(node);
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
