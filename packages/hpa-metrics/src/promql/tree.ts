import type { parser } from "@prometheus-io/lezer-promql";
import { unquote } from "./text";

/**
 * The syntax tree of a query: the `Tree` of `@lezer/common`. The type comes from the parser, so that both use the same
 * copy of the types.
 */
export type Tree = ReturnType<typeof parser.parse>;

/** A node of the syntax tree. */
export type SyntaxNode = Tree["topNode"];

/** The children of a node, without comments. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== "LineComment") children.push(child);
  }
  return children;
}

/** The first child of a node, or the node itself if it has no child. */
export function only(node: SyntaxNode): SyntaxNode {
  return childrenOf(node)[0] ?? node;
}

/** The arguments of a function call or an aggregation. */
export function operandsOf(node: SyntaxNode): SyntaxNode[] {
  const body = node.getChild("FunctionCallBody");
  return body ? childrenOf(body) : [];
}

/** The text of a node. */
export function textOf(node: SyntaxNode, text: string): string {
  return text.slice(node.from, node.to);
}

/** The labels of a `by`, `without`, `on` or `ignoring` clause, unquoted. */
export function groupingLabels(modifier: SyntaxNode | null | undefined, text: string): string[] {
  const list = modifier?.getChild("GroupingLabels");
  if (!list) return [];
  return childrenOf(list).map((label) =>
    label.name === "QuotedLabelName" ? unquote(textOf(label, text)) : textOf(label, text),
  );
}
