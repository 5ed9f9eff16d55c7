/**
 * Parser of Kubernetes quantities, equal to Go's `resource.ParseQuantity`. Go has two internal forms: an int64 with a
 * decimal scale, and a decimal number of any size. This parser has both too, because they round and overflow
 * differently.
 * Source: k8s.io/apimachinery/pkg/api/resource, v0.37.
 */

/** The text is not a Kubernetes quantity. The message is Go's. */
export class QuantityError extends Error {
  override readonly name = "QuantityError";
  readonly code = "ASM_QUANTITY_INVALID";
}

/** A quantity as the HPA controller reads it. */
export interface ParsedQuantity {
  /**
   * Thousandths, as Go's `MilliValue()` returns them. Fractions are rounded up. A value that does not fit an int64
   * wraps or is 0.
   */
  readonly milli: bigint;
  /**
   * The result of Go's `AsApproximateFloat64()`: `118m` is 118 times 0.001, which is not the same number as `0.118`.
   */
  readonly approximate: number;
  /** The text that Go prints for it. Exception: Go prints some texts as they were written. */
  readonly canonical: string;
}

type Format = "DecimalSI" | "DecimalExponent" | "BinarySI";

/** `mantissa * 10^scale`. `small` marks Go's int64 form. */
interface Amount {
  readonly mantissa: bigint;
  readonly scale: number;
  readonly small: boolean;
}

const decimalSuffixes = new Map([
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
]);
const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const pattern = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$";
const largestInt64 = 9223372036854775807n;

/** Maximum exponent. A larger one has no use, and rounding would need a number with as many digits. Go has no limit. */
const largestExponent = 100;

/**
 * Maximum length of a text, in characters. No practical quantity has a tenth of this length. The parse time grows with
 * the square of the length.
 */
const longest = 512;

/**
 * Parses a Kubernetes quantity.
 *
 * @throws QuantityError with Go's message if the text is not a quantity, or if it has more than 512 characters or an
 * exponent beyond ±100.
 */
export function parseQuantity(text: string): ParsedQuantity {
  // As in Go, digits may be missing: `k`, `.` and `-` are zero (but `Ei` is an error).
  if (text.length > longest) throw new QuantityError(`quantities must have at most ${longest} characters`);
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?((?:[eEinumkKMGTP]+[-+]?|[-+])\d*|)$/.exec(text);
  if (!parts || text === "") throw new QuantityError(`quantities must match the regular expression '${pattern}'`);
  const [, sign = "", whole = "", fraction = "", suffix = ""] = parts;
  const { base, exponent, format } = readSuffix(suffix);
  const digits = whole.replace(/^0+/, "") || "0";
  const negative = sign === "-";
  const small = smallAmount(digits, fraction, base, exponent, negative);
  if (!small && whole + fraction === "") throw new QuantityError("unable to parse numeric part of quantity");
  const amount = small ?? largeAmount(digits, fraction, base, exponent, negative);
  const approximate = Number(amount.mantissa) * Number(`1e${amount.scale}`);
  return { milli: milliValue(amount), approximate, canonical: canonicalText(amount, format) };
}

function readSuffix(suffix: string): { base: 2 | 10; exponent: number; format: Format } {
  const decimal = decimalSuffixes.get(suffix);
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: "DecimalSI" };
  const binary = binarySuffixes.indexOf(suffix);
  if (binary > 0) return { base: 2, exponent: binary * 10, format: "BinarySI" };
  const exponent = /^[eE]([-+]?\d+)$/.exec(suffix)?.[1];
  if (exponent === undefined) throw new QuantityError("unable to parse quantity's suffix");
  if (Math.abs(Number(exponent)) > largestExponent) {
    throw new QuantityError(`the exponent of a quantity must be between -${largestExponent} and ${largestExponent}`);
  }
  return { base: 10, exponent: Number(exponent), format: "DecimalExponent" };
}

/** Go's int64 form. It is used only if the digits certainly fit an int64 and the scale is not below nano. */
function smallAmount(
  digits: string,
  fraction: string,
  base: 2 | 10,
  exponent: number,
  negative: boolean,
): Amount | undefined {
  const length = digits.length + fraction.length;
  const precision = base === 10 ? 18 - length : fraction === "" ? 14 - length - Math.trunc((exponent * 3) / 10) : -1;
  const scale = (base === 10 ? exponent : 0) - fraction.length;
  if (precision < 0 || scale < -9) return undefined;
  const value = BigInt(digits + fraction) * (base === 2 ? 1n << BigInt(exponent) : 1n);
  if (value > largestInt64) return undefined;
  return { mantissa: negative ? -value : value, scale, small: true };
}

/** Go's form of any size. It is rounded away from zero to nano. A binary value is capped at the largest int64. */
function largeAmount(digits: string, fraction: string, base: 2 | 10, exponent: number, negative: boolean): Amount {
  const factor = base === 2 ? 1n << BigInt(exponent) : 1n;
  const value = BigInt(digits + fraction) * factor;
  const shift = (base === 10 ? exponent : 0) - fraction.length + 9;
  const nano = shift >= 0 ? value * 10n ** BigInt(shift) : divideUp(value, 10n ** BigInt(-shift));
  const cap = largestInt64 * 1_000_000_000n;
  const mantissa = base === 2 && nano > cap ? cap : nano;
  return { mantissa: negative ? -mantissa : mantissa, scale: -9, small: false };
}

function divideUp(value: bigint, divisor: bigint): bigint {
  return value / divisor + (value % divisor === 0n ? 0n : 1n);
}

function milliValue({ mantissa, scale, small }: Amount): bigint {
  if (small && scale >= -3) {
    const milli = mantissa * 10n ** BigInt(scale + 3);
    const wrapped = BigInt.asIntN(64, milli);
    // Go multiplies by these powers in one step and returns the overflowed value. It multiplies by others in a loop.
    return wrapped === milli || [0, 1, 2, 3, 6, 9].includes(scale + 3) ? wrapped : 0n;
  }
  const divisor = 10n ** BigInt(-3 - scale);
  if (small) return mantissa < 0n ? -divideUp(-mantissa, divisor) : divideUp(mantissa, divisor);
  // The large form is first cut to 64 bits where Go uses its fast path. It is rounded up by one even if it is negative.
  const value = mantissa < largestInt64 ? BigInt.asIntN(64, mantissa) : mantissa;
  return BigInt.asIntN(64, value / divisor + (value % divisor === 0n ? 0n : 1n));
}

function canonicalText({ mantissa, scale }: Amount, format: Format): string {
  if (mantissa === 0n) return "0";
  const unit = 10n ** BigInt(Math.max(0, -scale));
  const magnitude = mantissa < 0n ? -mantissa : mantissa;
  // Small and fractional binary amounts are printed in decimal form, so that nothing is rounded.
  if (format === "BinarySI" && magnitude >= 1024n * unit && magnitude % unit === 0n) {
    const [number, times] = withoutFactors(mantissa / unit, 1024n);
    return `${number}${binarySuffixes[times] ?? ""}`;
  }
  let [number, times] = withoutFactors(mantissa, 10n);
  let exponent = scale + times;
  for (; exponent % 3 !== 0; exponent -= 1) number *= 10n;
  if (format === "DecimalExponent") return exponent === 0 ? `${number}` : `${number}e${exponent}`;
  for (const [suffix, power] of decimalSuffixes) if (power === exponent) return `${number}${suffix}`;
  // Beyond `E`, Go prints the number without a suffix too.
  return `${number}`;
}

function withoutFactors(value: bigint, factor: bigint): [number: bigint, times: number] {
  let number = value;
  let times = 0;
  for (; number % factor === 0n; times += 1) number /= factor;
  return [number, times];
}
