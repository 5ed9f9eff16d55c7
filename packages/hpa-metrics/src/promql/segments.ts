import { quoted } from "../selector";

/**
 * A segment of a grouped query. It is a text, the matcher of the template's Nth label, or a list of labels to which the
 * split labels are added or from which they are removed.
 */
export type Segment =
  | string
  | { readonly matcher: number }
  | { readonly by: readonly string[] }
  | { readonly without: readonly string[] };

/** A part of a query, as it appears in a grouped query. */
export interface TemplatePart {
  readonly type: "scalar" | "vector" | "matrix";
  readonly segments: readonly Segment[];
  /**
   * The template's labels that the samples carry in an instance's own query. In a grouped query they carry all split
   * labels.
   */
  readonly kept: ReadonlySet<string>;
  /**
   * The subset of those labels that every vector in the part carries and every operator matches on. Only such a label
   * can have several values in one instance.
   */
  readonly carried: ReadonlySet<string>;
  /** All labels that the samples can carry in an instance's own query, if that is known. */
  readonly known?: ReadonlySet<string>;
}

export interface Context {
  readonly text: string;
  /** The template's labels, sorted. */
  readonly labels: readonly string[];
}

/**
 * The label name as PromQL writes it, quoted if necessary. `inf` and `nan` are numbers in PromQL, and `without` is not a
 * label name in a list of labels.
 * Source: maybe_label in promql/parser/generated_parser.y.
 */
export function labelText(label: string): string {
  return /^(?!(?:inf|nan|without)$)[a-z_][a-z0-9_]*$/i.test(label) ? label : quoted(label);
}

/** The labels without `others`. */
export function less(labels: ReadonlySet<string>, others: readonly string[]): ReadonlySet<string> {
  const gone = new Set(others);
  return new Set([...labels].filter((label) => !gone.has(label)));
}
