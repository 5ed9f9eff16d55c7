/**
 * Time that the parts of a query take for each series, in microseconds of a slow core. Measured with 10,000 series that
 * all have other labels. An aggregated vector is counted as if it had as many samples, unless it `isSmall`.
 */

/** Whether a vector has few samples, because `le` is its only label. Undefined: single series with all labels. */
export function isSmall(labels: ReadonlySet<string> | undefined): boolean {
  return labels !== undefined && [...labels].every((label) => label === "le");
}

/** Copies the labels of a series, to add `instance`. */
export const COPY_MICROSECONDS = 3;
/** Makes one text of all labels of a series. */
export const SIGNATURE_MICROSECONDS = 14;
/** An operation with a number. */
export const NUMBER_MICROSECONDS = 0.15;
const SELECT = 0.5;
const AGGREGATE = 0.1;
const OF_LABEL = 0.3;
/** Matchers of a selector whose time is part of `SELECT`: on a text, and with a regular expression. */
const [FEW_TEXTS, FEW_PATTERNS] = [8, 2];

/** Selects the series. Without the first evaluation of regular expressions, see `labelPattern`. */
export function selectMicroseconds(operators: readonly string[]): number {
  const patterns = operators.filter((operator) => operator.endsWith("~")).length;
  const texts = operators.length - patterns;
  return SELECT + 0.02 * Math.max(0, texts - FEW_TEXTS) + 0.1 * Math.max(0, patterns - FEW_PATTERNS);
}

/** Aggregates by some labels, or compares samples that are aggregated so. */
export function aggregateMicroseconds(labels: Iterable<string>): number {
  const others = [...labels].filter((label) => label !== "le").length;
  return AGGREGATE + (others === 0 ? 0 : 2 + OF_LABEL * others);
}
