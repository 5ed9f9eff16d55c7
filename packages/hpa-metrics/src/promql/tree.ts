import type { parser } from "@prometheus-io/lezer-promql";

/** A parsed query: the `Tree` of `@lezer/common`, taken from the parser so that both are of one copy of the types. */
export type Tree = ReturnType<typeof parser.parse>;

/** A node of that tree. */
export type SyntaxNode = Tree["topNode"];
