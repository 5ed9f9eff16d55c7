import { quotedLine } from "./shownText.ts";

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
export interface Warnings {
  /** The first one that may mean missing data, in quotes. Undefined if the answer is complete. */
  readonly doubt: string | undefined;
  /** The first ones about the query itself, as text that is safe to show. */
  readonly remarks: readonly string[];
}

/**
 * Reads the fields `warnings` and `infos` of a successful answer. A server that answers with a part of the data says so
 * only there. Anything that is not about the query, and does not begin with one of the texts in `harmless`, is doubt.
 * So is a field with another type than a list of strings.
 * https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview
 */
export function readWarnings({ warnings, infos }: Record<string, unknown>, harmless: readonly string[]): Warnings {
  const remarks: string[] = [];
  for (const list of [warnings, infos]) {
    if (list === undefined || list === null) continue;
    if (!Array.isArray(list)) return { doubt: quotedLine(list), remarks };
    for (const text of list) {
      const isRemark = typeof text === "string" && text.startsWith(ABOUT_THE_QUERY);
      if (isRemark && remarks.length < MOST_REMARKS) remarks.push(quotedLine(text));
      if (isRemark || isHarmless(text, list === infos, harmless)) continue;
      return { doubt: quotedLine(text), remarks };
    }
  }
  return { doubt: undefined, remarks };
}

function isHarmless(text: unknown, isInfo: boolean, harmless: readonly string[]): boolean {
  if (typeof text !== "string") return false;
  return (isInfo && OMITTED_INFOS.test(text)) || harmless.some((start) => text.startsWith(start));
}
