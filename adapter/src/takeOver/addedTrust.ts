/**
 * Before the take-over, the `caBundle` of the present owner gets the adapter's authorities too. These lines enclose them,
 * so that exactly this addition can be removed again. Go ignores text between certificates.
 */
const BEGIN = "\n# Begin: added by asm-metrics-adapter\n";
const END = "# End: added by asm-metrics-adapter\n";

/** Adds authorities (PEM) to the text of a `caBundle`. */
export function withAdded(caText: string, authorities: readonly string[]): string {
  return `${withoutAdded(caText)}${BEGIN}${authorities.join("")}${END}`;
}

/** Whether a `caBundle` has such an addition. */
export function hasAdded(caText: string): boolean {
  return caText.includes(BEGIN);
}

/** The text of a `caBundle` as it was before the addition. */
export function withoutAdded(caText: string): string {
  const [from, to] = [caText.indexOf(BEGIN), caText.indexOf(END)];
  return from < 0 || to < from ? caText : caText.slice(0, from) + caText.slice(to + END.length);
}
