import { oneLine, quotedLine } from "./shownText";

/**
 * Parameters of a query that make a server return all of its data, or an error. Other servers ignore them.
 * - `partial_response` of Thanos (https://thanos.io/tip/components/query.md/#partial-response-strategy)
 * - `deny_partial_response` of VictoriaMetrics
 *   (https://docs.victoriametrics.com/victoriametrics/cluster-victoriametrics/#cluster-availability)
 */
export const WHOLE_ANSWER = { partial_response: "false", deny_partial_response: "1" } as const;

/**
 * The header that makes M3 answer with an error where a limit would leave a part of the data
 * (https://m3db.io/docs/operational_guide/resource_limits/).
 */
export const EXHAUSTIVE = { "m3-limit-require-exhaustive": "true" } as const;

/**
 * Start of a warning or info that is about the query itself. Prometheus writes every other warning, for example of a
 * remote store that failed, without it.
 * https://pkg.go.dev/github.com/prometheus/prometheus/util/annotations
 */
const ABOUT_THE_QUERY = "PromQL";
/**
 * Prometheus returns at most ten infos and then the number of the others. Only infos about the query are infos in
 * Prometheus. The same sentence about omitted warnings is not harmless, because an omitted warning may be about a store.
 */
const OMITTED_INFOS = /^\d{1,9} more info annotations omitted$/;
/** Maximum number of remarks of one answer that are reported. */
const MOST_REMARKS = 3;

/** What the warnings and infos of an answer mean. */
interface Warnings {
  /** Why the answer may lack data, as text that is safe to show. Undefined if the answer is complete. */
  readonly doubt: string | undefined;
  /** The first ones about the query itself, as text that is safe to show. */
  readonly remarks: readonly string[];
}

/**
 * Reads what a successful answer says about missing data. A server that answers with a part of the data says so only
 * there. `parts` are the answer and its `data`, `limited` is the header `M3-Results-Limited` (empty without one). Doubt is:
 * - a warning or an info that is not about the query, and does not begin with one of the texts in `harmless`
 *   (https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview);
 * - an error, which Prometheus never sends with data;
 * - a field such as `isPartial` of VictoriaMetrics or `partial` of FiloDB;
 * - the header `M3-Results-Limited` (https://m3db.io/docs/operational_guide/resource_limits/).
 */
export function readWarnings(
  parts: readonly Readonly<Record<string, unknown>>[],
  limited: string,
  harmless: readonly string[],
): Warnings {
  const remarks: string[] = [];
  for (const part of parts) {
    const doubt = doubtOf(part, harmless, remarks);
    if (doubt !== undefined) return { doubt, remarks };
  }
  const isLimited = limited !== "" && !harmless.some((start) => limited.startsWith(start));
  return { doubt: isLimited ? `its header M3-Results-Limited is ${quotedLine(limited)}` : undefined, remarks };
}

/** A field by which a server says that its answer is not whole. */
const PARTIAL = /partial|incomplete|truncated/i;

function doubtOf(
  part: Readonly<Record<string, unknown>>,
  harmless: readonly string[],
  remarks: string[],
): string | undefined {
  const { warnings, infos, error, errorType } = part;
  const mistake = error || errorType;
  if (mistake) return `it sends an error with it: ${quotedLine(mistake)}`;
  for (const [name, value] of Object.entries(part)) {
    const isEmpty = !value || (Array.isArray(value) && value.length === 0);
    if (PARTIAL.test(name) && !isEmpty) return `its field ${oneLine(name, 40)} is set`;
  }
  for (const list of [warnings, infos]) {
    if (list === undefined || list === null) continue;
    if (!Array.isArray(list)) return `it warns: ${quotedLine(list)}`;
    for (const text of list) {
      const isRemark = typeof text === "string" && text.startsWith(ABOUT_THE_QUERY);
      if (isRemark && remarks.length < MOST_REMARKS) remarks.push(quotedLine(text));
      if (!isRemark && !isHarmless(text, list === infos, harmless)) return `it warns: ${quotedLine(text)}`;
    }
  }
  return undefined;
}

function isHarmless(text: unknown, isInfo: boolean, harmless: readonly string[]): boolean {
  if (typeof text !== "string") return false;
  return (isInfo && OMITTED_INFOS.test(text)) || harmless.some((start) => text.startsWith(start));
}
