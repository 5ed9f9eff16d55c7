/**
 * Formatting of Kubernetes quantities. A reading is converted to a whole number of thousandths ("milli"), and that is
 * converted to the text that Go's `resource.NewMilliQuantity(milli, resource.DecimalSI)` prints.
 */

/** Suffixes of the format DecimalSI, starting at thousandths. Each is a thousand times the previous one. */
const suffixes = ["m", "", "k", "M", "G", "T", "P", "E"];

/**
 * Converts a reading to thousandths. The exact value of the floating point number is rounded half away from zero.
 *
 * @throws RangeError for NaN, infinities and values that do not fit Go's int64 of thousandths (beyond about ±9.22e15).
 */
export function milliFromNumber(value: number): bigint {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not a number that a quantity can represent`);
  if (Math.abs(value) > 1e16) throw outOfRange(value);
  // toFixed is exact and rounds half up. The sign is handled separately, so this rounds half away from zero.
  const rounded = BigInt(Math.abs(value).toFixed(3).replace(".", ""));
  const milli = value < 0 ? -rounded : rounded;
  if (BigInt.asIntN(64, milli) !== milli) throw outOfRange(value);
  return milli;
}

function outOfRange(value: number): RangeError {
  return new RangeError(`${value} is beyond ±9223372036854775.807, the most that a quantity of thousandths can hold`);
}

/** Thousandths as Go's `resource.Quantity` prints them: 8308n is `8308m`, 10000n is `10`, 1000000n is `1k`, 1500n is `1500m`. */
export function formatMilli(milli: bigint): string {
  if (milli === 0n) return "0";
  let mantissa = milli;
  let step = 0;
  while (mantissa % 1000n === 0n && step < suffixes.length - 1) {
    mantissa /= 1000n;
    step += 1;
  }
  return `${mantissa}${suffixes[step] ?? ""}`;
}
