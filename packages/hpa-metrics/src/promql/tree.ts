import { unquote } from "./text";

/** The kinds of nodes that are expressions. `getChild` and `getChildren` find them by the name `Expr`. */
const EXPRESSIONS: ReadonlySet<string> = new Set([
  "AggregateExpr",
  "AnchoredExpr",
  "BinaryExpr",
  "FunctionCall",
  "MatrixSelector",
  "NumberDurationLiteral",
  "OffsetExpr",
  "ParenExpr",
  "SmoothedExpr",
  "StepInvariantExpr",
  "StringLiteral",
  "SubqueryExpr",
  "UnaryExpr",
  "VectorSelector",
]);

/**
 * A node of a syntax tree. The names of the nodes are those of Prometheus's grammar for editors
 * (`@prometheus-io/lezer-promql`), so its documentation applies to them.
 */
export class SyntaxNode {
  readonly name: string;
  /** Offset of the first character of the node in the text, and of the first character after it. */
  readonly from: number;
  readonly to: number;
  readonly children: readonly SyntaxNode[];
  parent: SyntaxNode | undefined;

  constructor(name: string, from: number, to: number, children: readonly SyntaxNode[] = []) {
    this.name = name;
    this.from = from;
    this.to = to;
    this.children = children;
    for (const child of children) child.parent = this;
  }

  /** The first child of that name, or null. */
  getChild(name: string): SyntaxNode | null {
    return this.children.find((child) => isNamed(child, name)) ?? null;
  }

  /** All children of that name. */
  getChildren(name: string): SyntaxNode[] {
    return this.children.filter((child) => isNamed(child, name));
  }

  /** Visits the node and all nodes below it, in the order of the text. Skips what is below a node if it returns false. */
  visit(enter: (node: SyntaxNode) => boolean | undefined): void {
    if (enter(this) === false) return;
    for (const child of this.children) child.visit(enter);
  }
}

function isNamed(node: SyntaxNode, name: string): boolean {
  return name === "Expr" ? EXPRESSIONS.has(node.name) : node.name === name;
}

/** A syntax tree. Its top node has one child, the expression. */
export interface Tree {
  readonly topNode: SyntaxNode;
}

/** All nodes of that name, in the order of the text. */
export function nodesNamed({ topNode }: Tree, name: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  topNode.visit((node) => {
    if (node.name === name) found.push(node);
    return true;
  });
  return found;
}

/** The first child of a node, or the node itself if it has no child. */
export function only(node: SyntaxNode): SyntaxNode {
  return node.children[0] ?? node;
}

/** The arguments of a function call or an aggregation. */
export function operandsOf(node: SyntaxNode): readonly SyntaxNode[] {
  return node.getChild("FunctionCallBody")?.children ?? [];
}

/** The text of a node. */
export function textOf(node: SyntaxNode, text: string): string {
  return text.slice(node.from, node.to);
}

/** The labels of a `by`, `without`, `on` or `ignoring` clause, unquoted. */
export function groupingLabels(modifier: SyntaxNode | null | undefined, text: string): string[] {
  return labelsOf(modifier?.getChild("GroupingLabels"), text);
}

/** The labels of a list in parentheses, unquoted. */
export function labelsOf(list: SyntaxNode | null | undefined, text: string): string[] {
  return (list?.children ?? []).map((label) =>
    label.name === "QuotedLabelName" ? unquote(textOf(label, text)) : textOf(label, text),
  );
}
