import { NotDirect } from "./notDirect";

/**
 * A regular expression for label values. It never backtracks: it follows all ways through the expression together, as
 * RE2 does, so its steps are at most the product of the lengths of the expression and the value.
 */
export interface LabelPattern {
  /** Whether the whole value matches, as in Prometheus. Counts its steps down in `budget`. @throws OverBudget */
  matches(value: string, budget: Budget): boolean;
}

/** The steps that one evaluation may still spend on regular expressions. */
export interface Budget {
  steps: number;
}

/** Thrown when an evaluation has no steps left. */
export class OverBudget extends Error {
  override readonly name = "OverBudget";
}

/** Values whose results are cached. The label values of a workload repeat at every evaluation. */
const MOST_CACHED = 1_000;

/**
 * Reads a regular expression in the part of RE2's syntax that labels need: characters, `.`, classes, groups, `|`, `^`,
 * `$` and repetitions, but no repetition of a part that repeats itself. Source:
 * https://github.com/google/re2/wiki/Syntax
 *
 * @throws NotDirect for any other expression.
 */
export function labelPattern(expression: string): LabelPattern {
  const whole = readPattern(expression);
  const cache = new Map<string, boolean>();
  return {
    matches(value, budget) {
      const known = cache.get(value);
      if (known !== undefined) return known;
      const characters = Array.from(value);
      const isMatch = ends(whole, new Set([0]), characters, budget).has(characters.length);
      if (cache.size >= MOST_CACHED) cache.clear();
      cache.set(value, isMatch);
      return isMatch;
    },
  };
}

type Accepts = (character: string) => boolean;
type Part =
  | { readonly is: "character"; readonly accepts: Accepts }
  | { readonly is: "start" | "end" }
  | { readonly is: "sequence" | "choice"; readonly parts: readonly Part[] }
  | { readonly is: "repetition"; readonly part: Part; readonly least: number; readonly most: number };

/** The positions at which the part can end, if it begins at one of these positions. */
function ends(part: Part, starts: ReadonlySet<number>, text: readonly string[], budget: Budget): ReadonlySet<number> {
  budget.steps -= starts.size + 1;
  if (budget.steps < 0) throw new OverBudget();
  const filtered = (keep: (position: number) => boolean) => new Set([...starts].filter(keep));
  switch (part.is) {
    case "start":
      return filtered((position) => position === 0);
    case "end":
      return filtered((position) => position === text.length);
    case "character":
      return new Set(
        [...starts].flatMap((position) => {
          const character = text[position];
          return character !== undefined && part.accepts(character) ? [position + 1] : [];
        }),
      );
    case "sequence":
      return part.parts.reduce(
        (positions, next) => (positions.size ? ends(next, positions, text, budget) : positions),
        starts,
      );
    case "choice":
      return new Set(part.parts.flatMap((one) => [...ends(one, starts, text, budget)]));
    case "repetition":
      return repeated(part, starts, text, budget);
  }
}

function repeated(
  { part, least, most }: { readonly part: Part; readonly least: number; readonly most: number },
  starts: ReadonlySet<number>,
  text: readonly string[],
  budget: Budget,
): ReadonlySet<number> {
  let latest = starts;
  for (let count = 0; count < least && latest.size > 0; count++) latest = ends(part, latest, text, budget);
  const found = new Set(latest);
  for (let count = least; count < most && latest.size > 0; count++) {
    latest = new Set([...ends(part, latest, text, budget)].filter((position) => !found.has(position)));
    for (const position of latest) found.add(position);
  }
  return found;
}

/** Maximum of a counted repetition, as in RE2, and maximum length of an expression, in characters. */
const MOST_COUNT = 1_000;
const MOST_LENGTH = 1_000;

function readPattern(expression: string): Part {
  const refuse = (): never => {
    throw new NotDirect(
      `the regular expression ${JSON.stringify(expression.slice(0, 100))} is not of the supported subset`,
    );
  };
  if (expression.length > MOST_LENGTH) refuse();
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(expression) ?? undefined;
    at += found?.[0].length ?? 0;
    return found;
  };
  const choice = (): Part => {
    const parts = [sequence()];
    while (take(/\|/y)) parts.push(sequence());
    return { is: "choice", parts };
  };
  const sequence = (): Part => {
    const parts: Part[] = [];
    while (at < expression.length && !/[|)]/.test(expression.charAt(at))) parts.push(repetition(atom()));
    return { is: "sequence", parts };
  };
  const repetition = (part: Part): Part => {
    const [text, least = "", comma, most = ""] = take(/(?:[*+?]|\{(\d{1,4})(,)?(\d{0,4})\})\??/y) ?? [];
    if (text === undefined) return part;
    const counts = limitsOf(text, least, comma, most);
    if (part.is === "start" || part.is === "end" || repeats(part) || counts.least > MOST_COUNT) refuse();
    if (counts.most < counts.least || (counts.most > MOST_COUNT && counts.most !== Number.POSITIVE_INFINITY)) refuse();
    if (/[*+?{]/.test(expression.charAt(at))) refuse();
    return { is: "repetition", part, ...counts };
  };
  const atom = (): Part => {
    if (take(/\^/y)) return { is: "start" };
    if (take(/\$/y)) return { is: "end" };
    if (take(/\((?:\?:)?(?!\?)/y)) {
      const inner = choice();
      return take(/\)/y) ? inner : refuse();
    }
    const set = take(/\[(\^)?((?:\\[dwsDWS!-/:-@[-`{-~]|[^\\[\]])+)\]/y);
    if (set) return { is: "character", accepts: classOf(set[2] ?? "", set[1] !== undefined) ?? refuse() };
    const one = take(/\\[dwsDWS!-/:-@[-`{-~]|[^\\[\](){}*+?|^$]/uy);
    return one ? { is: "character", accepts: characterOf(one[0]) } : refuse();
  };
  const whole = choice();
  return at === expression.length ? whole : refuse();
}

function limitsOf(
  text: string,
  least: string,
  comma: string | undefined,
  most: string,
): { least: number; most: number } {
  if (!text.startsWith("{")) {
    return { least: text.startsWith("+") ? 1 : 0, most: text.startsWith("?") ? 1 : Number.POSITIVE_INFINITY };
  }
  return {
    least: Number(least),
    most: comma === undefined ? Number(least) : most === "" ? Number.POSITIVE_INFINITY : Number(most),
  };
}

/** Whether a part can match more than once in a row. */
function repeats(part: Part): boolean {
  if (part.is === "repetition") return part.most > 1 || repeats(part.part);
  return (part.is === "sequence" || part.is === "choice") && part.parts.some(repeats);
}

const named: Readonly<Record<string, RegExp>> = { d: /[0-9]/, w: /\w/, s: /[\t\n\f\r ]/ };

/** `.`, `\d` and its like, an escaped character, or a character. A `.` also matches a line end, as in Prometheus. */
function characterOf(text: string): Accepts {
  if (text === ".") return () => true;
  const letter = text.startsWith("\\") ? text.slice(1) : text;
  const known = text.startsWith("\\") ? named[letter.toLowerCase()] : undefined;
  if (known)
    return letter === letter.toLowerCase()
      ? (character) => known.test(character)
      : (character) => !known.test(character);
  return (character) => character === letter;
}

/** A class of characters. Undefined if a `-` in it is neither first nor last nor between two characters. */
function classOf(body: string, isNegated: boolean): Accepts | undefined {
  const items = body.match(/\\?[^\\]/gsu) ?? [];
  const accepted: Accepts[] = [];
  for (let index = 0; index < items.length; index++) {
    const item = items[index] ?? "";
    const last = items[index + 2];
    if (items[index + 1] !== "-" || last === undefined) {
      if (item === "-" && index > 0 && index < items.length - 1) return undefined;
      accepted.push(characterOf(item === "." ? "\\." : item));
      continue;
    }
    if (/^\\\w/.test(item) || /^\\\w/.test(last) || item === "-" || last === "-") return undefined;
    const [from, to] = [item, last].map((end) => end.replace("\\", "").codePointAt(0) ?? 0);
    if (from === undefined || to === undefined || from > to) return undefined;
    accepted.push((character) => {
      const code = character.codePointAt(0) ?? 0;
      return code >= from && code <= to;
    });
    index += 2;
  }
  return (character) => accepted.some((accepts) => accepts(character)) !== isNegated;
}
