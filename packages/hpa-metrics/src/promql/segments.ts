import { quoted } from "../selector";

/**
 * A piece of a grouped query: text, the matcher of the template's Nth label, or a list of labels that those are added to, or taken
 * from, in which the group's members differ.
 */
export type Segment =
  | string
  | { readonly matcher: number }
  | { readonly by: readonly string[] }
  | { readonly without: readonly string[] };

/** A part of a query as a part of a grouped one. */
export interface TemplatePart {
  readonly type: "scalar" | "vector" | "matrix";
  readonly segments: readonly Segment[];
  /** The template's labels that its samples carry in the query alone. In a grouped query they carry all that differ. */
  readonly kept: ReadonlySet<string>;
  /** All labels that they can carry in the query alone, where that is known. */
  readonly known?: ReadonlySet<string>;
}

export interface Context {
  readonly text: string;
  /** The template's labels, sorted. */
  readonly labels: readonly string[];
}

/** A label's name as PromQL takes it. */
export function labelText(label: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) ? label : quoted(label);
}

/** The labels without some of them. */
export function less(labels: ReadonlySet<string>, others: readonly string[]): ReadonlySet<string> {
  const gone = new Set(others);
  return new Set([...labels].filter((label) => !gone.has(label)));
}
