/** Durations in the syntax of Go and PromQL: `1m30s`. Both have the units h, m, s and ms. */

/** Nanoseconds in each unit of Go's `time.ParseDuration`. Both characters for micro are in use. */
const nanoseconds = new Map([
  ["ns", 1n],
  ["us", 1_000n],
  ["µs", 1_000n],
  ["\u03bcs", 1_000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
]);

/** Maximum duration: Go stores a duration as an int64 of nanoseconds, about 292 years. */
const longest = 2n ** 63n - 1n;

/**
 * Maximum length of a text, in characters. Go has no limit. The parse time grows with the square of the length, and
 * anyone who can write an annotation or a request can write a long text.
 */
const LONGEST_TEXT = 256;

/**
 * Parses a duration like Go's `time.ParseDuration`. Returns seconds.
 *
 * @throws RangeError with Go's message if the text is not a duration. A negative duration is also an error, because no
 * interval is negative.
 */
export function parseDuration(text: string): number {
  const seconds = parseSignedDuration(text);
  if (seconds < 0) throw new RangeError(`negative duration ${JSON.stringify(text)}`);
  return seconds;
}

/**
 * `parseDuration` that accepts a negative duration, as Go does.
 *
 * @throws RangeError with Go's message if the text is not a duration.
 */
export function parseSignedDuration(text: string): number {
  if (text.length > LONGEST_TEXT) throw new RangeError(`invalid duration of more than ${LONGEST_TEXT} characters`);
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  let rest = text.slice(sign.length);
  if (rest === "0") return 0;
  let total = 0n;
  do {
    const [part = "", whole = "", fraction = "", unit = ""] = /^(\d*)(?:\.(\d*))?([^\d.]*)/.exec(rest) ?? [];
    const quoted = JSON.stringify(text);
    if (whole + fraction === "") throw new RangeError(`invalid duration ${quoted}`);
    if (unit === "") throw new RangeError(`missing unit in duration ${quoted}`);
    const factor = nanoseconds.get(unit);
    if (factor === undefined) throw new RangeError(`unknown unit ${JSON.stringify(unit)} in duration ${quoted}`);
    total += (BigInt(whole + fraction) * factor) / 10n ** BigInt(fraction.length);
    if (total > longest) throw new RangeError(`invalid duration ${quoted}`);
    rest = rest.slice(part.length);
  } while (rest !== "");
  const seconds = Number(total / 1_000_000n) / 1000 + Number(total % 1_000_000n) / 1e9;
  return sign === "-" && total > 0n ? -seconds : seconds;
}

/**
 * Formats a duration in seconds so that both PromQL and Go can read it: 60 is `1m`, 90 is `1m30s`, 0.5 is `500ms`.
 *
 * @throws RangeError unless the duration is a whole number of milliseconds, above zero and at most a hundred years.
 */
export function promDuration(duration: number): string {
  const milliseconds = Math.round(duration * 1000);
  const whole = milliseconds / 1000 === duration;
  if (!(duration > 0 && duration <= 100 * 365 * 86_400 && whole)) {
    throw new RangeError(`a duration must be a whole number of milliseconds above zero, in seconds, not ${duration}`);
  }
  const parts: [amount: number, unit: string][] = [
    [Math.floor(milliseconds / 3_600_000), "h"],
    [Math.floor(milliseconds / 60_000) % 60, "m"],
    [Math.floor(milliseconds / 1000) % 60, "s"],
    [milliseconds % 1000, "ms"],
  ];
  return parts.map(([amount, unit]) => (amount === 0 ? "" : `${amount}${unit}`)).join("");
}
