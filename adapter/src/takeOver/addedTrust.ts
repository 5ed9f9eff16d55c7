/**
 * Before the take-over, the `caBundle` of the present owner gets the adapter's authorities too. These lines enclose them,
 * so that exactly this addition can be removed again. They name the installation, because another one of this adapter may
 * have an order too. Go ignores text between certificates.
 */
const BEGIN = "\n# Begin: added by asm-metrics-adapter";
const END = "# End: added by asm-metrics-adapter";
const ANY = new RegExp(`${BEGIN} [^\\n]*\\n[^#]*${END} [^\\n]*\\n`, "g");

/** Adds authorities (PEM) to the text of a `caBundle`. @param by the adapter's own Service, as `namespace/name` */
export function withAdded(caText: string, authorities: readonly string[], by: string): string {
  return `${withoutAdded(caText, by)}${begin(by)}${authorities.join("")}${end(by)}`;
}

/** Whether a `caBundle` has the addition of an installation, or of any one. */
export function hasAdded(caText: string, by?: string): boolean {
  return withoutAdded(caText, by) !== caText;
}

/** The text of a `caBundle` as it was before the addition of an installation, or before all of them. */
export function withoutAdded(caText: string, by?: string): string {
  if (by === undefined) return caText.replace(ANY, "");
  const [from, to] = [caText.indexOf(begin(by)), caText.indexOf(end(by))];
  return from < 0 || to < from ? caText : caText.slice(0, from) + caText.slice(to + end(by).length);
}

function begin(by: string): string {
  return `${BEGIN} ${by}\n`;
}

function end(by: string): string {
  return `${END} ${by}\n`;
}
