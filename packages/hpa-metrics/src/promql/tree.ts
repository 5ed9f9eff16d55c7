import type { parser } from "@prometheus-io/lezer-promql";
import { unquote } from "./text";

/** A parsed query: the `Tree` of `@lezer/common`, taken from the parser so that both are of one copy of the types. */
export type Tree = ReturnType<typeof parser.parse>;

/** A node of that tree. */
export type SyntaxNode = Tree["topNode"];

/** The children of a node but for comments. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== "LineComment") children.push(child);
  }
  return children;
}

/** The first child of a node, or the node where it has none. */
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

/** The labels that `by`, `without`, `on` or `ignoring` names, unquoted. */
export function groupingLabels(modifier: SyntaxNode | null | undefined, text: string): string[] {
  const list = modifier?.getChild("GroupingLabels");
  if (!list) return [];
  return childrenOf(list).map((label) =>
    label.name === "QuotedLabelName" ? unquote(textOf(label, text)) : textOf(label, text),
  );
}
