import { RE2JS, RE2JSException } from "re2js";
import { patternSize } from "./patternSize";

/** Maximum length of a pattern, in UTF-16 units. */
const MOST_PATTERN = 2000;
/** Maximum size of a compiled pattern, in instructions. With it, a search takes less than 50 ms. */
const MOST_INSTRUCTIONS = 5000;
/** Maximum length of a text that is searched, in UTF-16 units. Names of series and labels are far shorter. */
const MOST_TEXT = 512;

/**
 * A regular expression of Go (RE2). Its time grows linearly with the length of the text.
 * Source: https://pkg.go.dev/regexp and https://pkg.go.dev/regexp/syntax
 */
export interface GoRegExp {
  /** Number of groups. */
  readonly groups: number;
  /** Whether a group has this number or this name. 0 is the whole match. */
  hasGroup(name: string): boolean;
  /** Whether a part of the text matches. */
  matches(text: string): boolean;
  /** The leftmost match in the text. */
  find(text: string): GoMatch | undefined;
}

/** A match. A group that did not take part in it is "". */
export interface GoMatch {
  /** A group by its number, which is 0 for the whole match, or by its name. Undefined if there is no such group. */
  group(name: string): string | undefined;
}

/** A regular expression, or the end of a sentence that says why the text is none. */
export type GoRegExpResult =
  | { readonly ok: true; readonly pattern: GoRegExp }
  | { readonly ok: false; readonly why: string };

/** Compiles a regular expression as Go does. */
export function goRegExp(text: string): GoRegExpResult {
  if (text.length > MOST_PATTERN) return { ok: false, why: `it is longer than ${MOST_PATTERN} characters` };
  if (patternSize(text) > MOST_INSTRUCTIONS) return { ok: false, why: "its repetitions make it too large" };
  try {
    const compiled = RE2JS.compile(text);
    if (compiled.programSize() > MOST_INSTRUCTIONS) return { ok: false, why: "it is too large" };
    return { ok: true, pattern: patternOf(compiled) };
  } catch (error) {
    if (error instanceof RE2JSException || error instanceof RangeError) return { ok: false, why: error.message };
    throw error;
  }
}

function patternOf(compiled: RE2JS): GoRegExp {
  const names: Readonly<Record<string, number>> = compiled.namedGroups();
  const groups = compiled.groupCount();
  const numberOf = (name: string) => {
    if (!/^(?:0|[1-9][0-9]{0,7})$/.test(name)) return Object.hasOwn(names, name) ? names[name] : undefined;
    return Number(name) > groups ? undefined : Number(name);
  };
  return {
    groups,
    hasGroup: (name) => numberOf(name) !== undefined,
    matches: (text) => text.length <= MOST_TEXT && compiled.test(text),
    find: (text) => {
      if (text.length > MOST_TEXT) return undefined;
      const matcher = compiled.matcher(text);
      if (!matcher.find()) return undefined;
      return {
        group: (name) => {
          const number = numberOf(name);
          return number === undefined ? undefined : (matcher.group(number) ?? "");
        },
      };
    },
  };
}

/**
 * Replaces `$name` and `${name}` by the groups of a match, and `$$` by `$`. In `$name`, the name is as long as possible:
 * `$1_x` is the group `1_x`. A group that does not exist is "". A `$` before anything else stays.
 * Source: https://pkg.go.dev/regexp#Regexp.Expand
 */
export function expand(template: string, match: GoMatch): string {
  return template.replace(
    /\$(?:(\$)|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu,
    (_, dollar: string | undefined, plain: string | undefined, braced: string | undefined) =>
      dollar ?? match.group(plain ?? braced ?? "") ?? "",
  );
}
