/** Durations as Go and PromQL write them: `1m30s`. Both know the units h, m, s and ms. */

/** Seconds in each unit of Go's `time.ParseDuration`; both signs for micro are in use. */
const seconds = new Map([
  ["ns", 1e-9],
  ["us", 1e-6],
  ["µs", 1e-6],
  ["μs", 1e-6],
  ["ms", 1e-3],
  ["s", 1],
  ["m", 60],
  ["h", 3600],
]);

/** Go keeps a duration in an int64 of nanoseconds: about 292 years. */
const longest = 9_223_372_036;

/**
 * Reads a duration as Go's `time.ParseDuration` does, in seconds.
 *
 * @throws RangeError, worded as Go words it, for text that is no duration, and for a negative one: no interval is.
 */
export function parseDuration(text: string): number {
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  const body = text.slice(sign.length);
  if (body === "0") return 0;
  let total = 0;
  let rest = body;
  do {
    const [part = "", amount = "", unit = ""] = /^(\d*\.?\d*)([^\d.]*)/.exec(rest) ?? [];
    if (!/\d/.test(amount)) throw new RangeError(`invalid duration ${JSON.stringify(text)}`);
    if (unit === "") throw new RangeError(`missing unit in duration ${JSON.stringify(text)}`);
    const factor = seconds.get(unit);
    if (factor === undefined)
      throw new RangeError(`unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`);
    total += Number(amount) * factor;
    rest = rest.slice(part.length);
  } while (rest !== "");
  if (total > longest) throw new RangeError(`invalid duration ${JSON.stringify(text)}`);
  if (sign === "-" && total > 0) throw new RangeError(`negative duration ${JSON.stringify(text)}`);
  return Number(total.toFixed(9));
}

/**
 * A duration as PromQL and Go both read it: 60 is `1m`, 90 is `1m30s`, 0.5 is `500ms`.
 *
 * @throws RangeError unless it is a whole number of milliseconds above zero and at most a hundred years.
 */
export function promDuration(duration: number): string {
  const milliseconds = Math.round(duration * 1000);
  const whole = Math.abs(milliseconds - duration * 1000) < 1e-6;
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
