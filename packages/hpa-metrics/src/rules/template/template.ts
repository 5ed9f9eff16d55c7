import { Mistake, positionOf } from "../../promql/mistake";
import { execute, MOST_OUTPUT } from "./execute";
import { ValueError } from "./functions";
import { parseNodes } from "./parse";
import type { Fields } from "./values";

/** Maximum length of a template, in UTF-16 units. */
const MOST_TEMPLATE = 8192;

/** A text, or the end of a sentence that says why there is none. */
type Rendered = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/** A parsed template. */
export interface Template {
  /** @param limit Maximum length of the text, in UTF-16 units. */
  render(values: Fields["fields"], limit?: number): Rendered;
}

/** A template, or the end of a sentence that says why the text is none. */
export type TemplateResult =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly why: string };

/**
 * Parses a Go template with the delimiters `<<` and `>>`.
 *
 * @param fields The names of the values that it can use.
 */
export function parseTemplate(text: string, fields: readonly string[]): TemplateResult {
  if (text.length > MOST_TEMPLATE) return { ok: false, why: `it is longer than ${MOST_TEMPLATE} characters` };
  try {
    const nodes = parseNodes(text, fields);
    return { ok: true, template: { render: (values, limit = MOST_OUTPUT) => rendered(nodes, values, limit) } };
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    const { line, column } = positionOf(text, error.at);
    return { ok: false, why: `line ${line}, column ${column}: ${error.message}` };
  }
}

function rendered(nodes: Parameters<typeof execute>[0], fields: Fields["fields"], limit: number): Rendered {
  try {
    return { ok: true, text: execute(nodes, { fields }, limit) };
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    return { ok: false, why: error.message };
  }
}
