import { rangeSecondsOf } from "./cost";
import { type Query, treeOf } from "./query";
import { nodesNamed, textOf } from "./tree";

/** A range of a query, such as the one minute of `rate(x[1m])`. */
export interface QueryWindow {
  /** The text of the selector, without range, offset and `@`. */
  readonly selector: string;
  /** Length in seconds. Infinity if the text does not determine it. */
  readonly seconds: number;
}

/**
 * The shortest range of each selector of a query, in the order of the query. A range with `anchored` or `smoothed` is
 * not one of them: it also uses the sample before it, so its number of scrapes does not matter. Empty for an unparsed
 * query.
 */
export function windowsOf(query: Query): QueryWindow[] {
  const shortest = new Map<string, number>();
  for (const node of nodesNamed(treeOf(query), "VectorSelector")) {
    if (node.parent?.name !== "MatrixSelector" || /^(?:Anchored|Smoothed)Expr$/.test(node.parent.parent?.name ?? ""))
      continue;
    const selector = textOf(node, query.text);
    const seconds = rangeSecondsOf(node, query.text);
    shortest.set(selector, Math.min(seconds, shortest.get(selector) ?? Number.POSITIVE_INFINITY));
  }
  return [...shortest].map(([selector, seconds]) => ({ selector, seconds }));
}
