/**
 * Syntax that Go's regular expressions (RE2) and JavaScript's do not share: classes such as `[[:alpha:]]`, look-around
 * and back-references, and the escapes `\A`, `\z`, `\Q` and `\p`.
 * Source: https://github.com/google/re2/wiki/Syntax
 */
const NOT_SHARED = /\[:\^?\w+:\]|\(\?(?!:|P?<[A-Za-z_])|\(\?<[=!]|\\(?:[ABCEGHKQRXZhpkz]|[1-9])/;

/** Returns a regular expression of Go for JavaScript, or undefined when it would not mean the same or is not valid. */
export function goRegExp(pattern: string): RegExp | undefined {
  const [, flags = "", rest = pattern] = /^\(\?([ims]+)\)(.*)$/s.exec(pattern) ?? [];
  if (NOT_SHARED.test(rest)) return undefined;
  try {
    return new RegExp(rest.replace(/\(\?P</g, "(?<"), flags);
  } catch {
    return undefined;
  }
}

/** Number of groups in a regular expression. */
export function groupsIn(pattern: string): number {
  const expression = goRegExp(pattern);
  return expression === undefined
    ? 0
    : (new RegExp(`${expression.source}|`, expression.flags).exec("")?.length ?? 1) - 1;
}
