import { parseSignedDuration } from "@asm-autoscaler/hpa-metrics";
import { integer, type Selector } from "../kubernetes/labelSelector.ts";
import type { SelectorResult } from "../kubernetes/labelSelectorParser.ts";
import { quote } from "../kubernetes/quote.ts";

/** The query parameters that a metric read supports. */
export type ListOptions =
  | { readonly ok: true; readonly selector: Selector; readonly timeoutMs: number | undefined }
  | { readonly ok: false; readonly message: string };

/**
 * Reads the parameters of a list request as the generic API server does. `selector` is the parsed `labelSelector`. The first value of a parameter wins. `limit`,
 * `fieldSelector` and `timeout` are validated, and unknown parameters are ignored. A metric list is short and its items
 * have no names, so `limit` and `fieldSelector` have no effect.
 */
export function readListOptions(query: URLSearchParams, selector: SelectorResult): ListOptions {
  for (const name of ["limit", "timeoutSeconds"]) {
    const problem = integerProblem(query.get(name));
    if (problem) return { ok: false, message: problem };
  }
  const fieldProblem = fieldSelectorProblem(query.get("fieldSelector") ?? "");
  if (fieldProblem) return { ok: false, message: fieldProblem };
  const timeout = query.get("timeout") ?? "";
  const timeoutMs = timeout === "" ? undefined : durationMs(timeout);
  if (timeout !== "" && timeoutMs === undefined) {
    const message = `invalid timeout specified in the request URL - time: invalid duration ${quote(timeout)}`;
    return { ok: false, message };
  }
  // 0s means no timeout, as in apiserver/pkg/endpoints/filters/request_deadline.go.
  const bounded = timeoutMs !== undefined && timeoutMs > 0 ? timeoutMs : undefined;
  return selector.ok ? { ok: true, selector: selector.selector, timeoutMs: bounded } : selector;
}

function integerProblem(text: string | null): string | undefined {
  if (text === null || integer(text) !== undefined) return undefined;
  const why = /^[+-]?[0-9]+$/.test(text) ? "value out of range" : "invalid syntax";
  return `strconv.ParseInt: parsing ${quote(text)}: ${why}`;
}

const FIELDS = ["metadata.name", "metadata.namespace"];

function fieldSelectorProblem(text: string): string | undefined {
  for (const term of text.split(/(?<!\\),/)) {
    if (term === "") continue;
    const [, field] = /^([^=!]*)(?:!=|==?)/.exec(term) ?? [];
    if (field === undefined) return `invalid selector: '${text}'; can't understand '${term}'`;
    if (!FIELDS.includes(field)) {
      return `${quote(field)} is not a known field selector: only ${FIELDS.map(quote).join(", ")}`;
    }
  }
  return undefined;
}

/** Parses a duration as Go does, to milliseconds. Returns `undefined` when the text is not a valid duration. */
function durationMs(text: string): number | undefined {
  try {
    return parseSignedDuration(text) * 1000;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
