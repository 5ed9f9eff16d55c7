import { integer, type Selector } from "../kubernetes/labelSelector.ts";
import { parseSelector } from "../kubernetes/labelSelectorParser.ts";
import { quote } from "../kubernetes/quote.ts";

/** The query parameters that a metric read supports. */
export type ListOptions =
  | { readonly ok: true; readonly selector: Selector; readonly timeoutMs: number | undefined }
  | { readonly ok: false; readonly message: string };

/**
 * Reads the parameters of a list request as the generic API server does. The first value of a parameter wins. `limit`,
 * `fieldSelector` and `timeout` are validated, and unknown parameters are ignored. A metric list is short and its items
 * have no names, so `limit` and `fieldSelector` have no effect.
 */
export function readListOptions(query: URLSearchParams): ListOptions {
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
  const parsed = parseSelector(query.get("labelSelector") ?? "");
  // 0s means no timeout, as in apiserver/pkg/endpoints/filters/request_deadline.go.
  const hpaMetrics = timeoutMs !== undefined && timeoutMs > 0 ? timeoutMs : undefined;
  return parsed.ok ? { ok: true, selector: parsed.selector, timeoutMs: hpaMetrics } : parsed;
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

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
  ["us", 1e-3],
  ["µs", 1e-3],
  ["\u03bcs", 1e-3],
  ["ns", 1e-6],
]);

/**
 * Parses a duration of Go's `time.ParseDuration`, such as `1m30s`, `1.5s` or `0`, to milliseconds. Returns `undefined`
 * when the text is not a valid duration.
 */
function durationMs(text: string): number | undefined {
  if (/^[+-]?0$/.test(text)) return 0;
  if (!/^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:h|ms|us|µs|\u03bcs|ns|m|s))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of text.replace(/^[+-]/, "").matchAll(/([\d.]+)([a-zµ\u03bc]+)/gy))
    sum += Number(amount) * (UNIT_MS.get(unit ?? "") ?? 0);
  return text.startsWith("-") ? -sum : sum;
}
