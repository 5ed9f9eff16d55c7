/** One label matcher, as in PromQL. */
export interface Matcher {
  readonly label: string;
  readonly operator: "=" | "!=" | "=~" | "!~";
  /** The value, not escaped. For `=~` and `!~`, a regular expression that must match the whole value. */
  readonly value: string;
}

/**
 * A vector selector: `requests_total{app="web",code!~"5.."}`. Values are escaped, so no value can end its quotes.
 *
 * @throws RangeError for a metric or label name that PromQL does not accept unquoted, for the label `__name__`, and for
 * a value that is not well-formed Unicode.
 */
export function selector(metric: string, matchers: readonly Matcher[]): string {
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(metric)) {
    throw new RangeError(`${JSON.stringify(metric)} is not a metric name: letters, digits, _ and : are allowed`);
  }
  if (matchers.length === 0) return metric;
  return `${metric}{${matchers.map(matcherText).join(",")}}`;
}

function matcherText({ label, operator, value }: Matcher): string {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label)) {
    throw new RangeError(`${JSON.stringify(label)} is not a label name: letters, digits and _ are allowed`);
  }
  if (label === "__name__") throw new RangeError("the label __name__ is the metric's name and cannot be matched again");
  return `${label}${operator}${quoted(value)}`;
}

/**
 * A PromQL string literal with exactly this value.
 *
 * @throws RangeError for an unpaired surrogate, which has no UTF-8 encoding.
 */
export function quoted(value: string): string {
  if (/\p{Surrogate}/u.test(value)) throw new RangeError(`${JSON.stringify(value)} is not well-formed Unicode`);
  // Prometheus reads a raw U+FFFD as a decoding error. Control characters are escaped to keep the query on one line.
  const body = value.replace(/["\\\p{Cc}\u2028\u2029\ufffd]/gu, (character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    if (character === "\n") return "\\n";
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${body}"`;
}
