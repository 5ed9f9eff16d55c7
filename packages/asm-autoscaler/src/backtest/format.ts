/** A number as it is printed: three digits, with a comma in thousands. */
export function amount(value: number): string {
  return new Intl.NumberFormat("en", {
    maximumSignificantDigits: Math.abs(value) < 1_000 ? 3 : 6,
    maximumFractionDigits: 1,
  }).format(value);
}

/** A duration as it is printed: `340 s`, `17 min`, `7 d`. */
export function duration(seconds: number): string {
  if (seconds < 1_000) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${amount(seconds / 3_600)} h` : `${amount(seconds / 86_400)} d`;
}
