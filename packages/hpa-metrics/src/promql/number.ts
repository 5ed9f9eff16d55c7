/**
 * Numbers and durations, read exactly as Prometheus's lexer reads them. The lexer first finds the end of a literal and
 * checks its form after that, so `0xFE` at the end of a query and `0x1E+5` are errors.
 * Source: scanNumber and acceptRemainingDuration in promql/parser/lex.go of Prometheus v3.16.
 */

const DECIMAL = /\d/;
const HEXADECIMAL = /[\da-fA-F]/;

/** The offset after the number or duration at `start`, or undefined if Prometheus's lexer reads neither. */
export function endOfNumber(text: string, start: number): number | undefined {
  const { end, isNumber } = scanNumber(text, start);
  return isNumber ? end : endOfDuration(text, end);
}

function scanNumber(text: string, start: number): { end: number; isNumber: boolean } {
  let at = start;
  const is = (pattern: RegExp) => pattern.test(text.charAt(at));
  const accept = (pattern: RegExp) => is(pattern) && ++at > 0;
  const isHexadecimal = accept(/0/) && accept(/[xX]/);
  if (isHexadecimal) accept(/_/);
  const digit = isHexadecimal ? HEXADECIMAL : DECIMAL;
  accept(/\./);
  accept(digit);
  let hasDot = false;
  let hasExponent = false;
  const failed = () => ({ end: at, isNumber: false });
  while (is(/[._eE]/) || is(digit)) {
    if ((is(/\./) && hasDot) || (is(/[eE]/) && hasExponent)) {
      at++;
      return failed();
    }
    if (accept(/\./)) {
      hasDot = true;
      if (accept(/[_.]/) || isHexadecimal) return failed();
    } else if (accept(/[eE]/)) {
      hasExponent = true;
      accept(/[-+]/);
      if (accept(/[._eE]/) || at >= text.length) return failed();
    } else if (accept(/_/)) {
      if (accept(/[._eE]/) || at >= text.length) return failed();
    } else {
      while (accept(digit));
    }
  }
  return { end: at, isNumber: at > start && !is(/\w/) };
}

function endOfDuration(text: string, start: number): number | undefined {
  const rest = /^[smhdwy]s?(?:\d+[smhdw]s?)*(?!\w)/.exec(text.slice(start, start + LONGEST));
  return rest ? start + rest[0].length : undefined;
}

/** Maximum length of the part of a duration after its first number, in characters. No valid duration is as long. */
const LONGEST = 200;

/** Units of a duration in seconds, in the order in which a duration must name them. */
const UNITS = [31_536_000, 604_800, 86_400, 3_600, 60, 1, 0.001];

/** The largest and the smallest duration in seconds: int64 nanoseconds. */
export const MOST_SECONDS = 2 ** 63 / 1e9;

/**
 * The value of a number or of a duration in seconds, or undefined if its form is not valid or its value is out of range.
 * Source: parser.number in promql/parser/parse.go, and ParseDuration of github.com/prometheus/common/model.
 */
export function numberValue(literal: string): number | undefined {
  if (/^inf$/i.test(literal)) return Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(literal)) return Number.NaN;
  if (/^0[xX]/.test(literal)) return integerValue(literal, /^0[xX]_?[\da-fA-F]+(?:_[\da-fA-F]+)*$/);
  if (/[smhdwy]$/.test(literal)) return durationValue(literal);
  if (/^0[0-7_]+$/.test(literal)) {
    const octal = integerValue(literal.replace(/^0_?/, "0o"), /^0o[0-7]+(?:_[0-7]+)*$/);
    if (octal !== undefined) return octal;
  }
  if (!/^(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][-+]?\d+(?:_\d+)*)?$/.test(literal))
    return undefined;
  const value = Number(literal.replaceAll("_", ""));
  return Number.isFinite(value) ? value : undefined;
}

/** The value of an integer that must fit into an int64. */
function integerValue(literal: string, form: RegExp): number | undefined {
  if (!form.test(literal)) return undefined;
  const value = BigInt(literal.replaceAll("_", ""));
  return value < 2n ** 63n ? Number(value) : undefined;
}

function durationValue(literal: string): number | undefined {
  const parts = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(literal);
  if (!parts) return undefined;
  const seconds = UNITS.reduce((sum, unit, index) => sum + Number(parts[index + 1] ?? 0) * unit, 0);
  return seconds <= MOST_SECONDS ? seconds : undefined;
}
