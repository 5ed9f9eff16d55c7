const REPEAT = /\{([0-9]{1,4})(?:,([0-9]{0,4}))?\}/y;

/** Sizes of the group that is being read. */
interface Group {
  total: number;
  /** Size of the last part, which a repetition multiplies. */
  last: number;
}

/**
 * About the number of instructions that a regular expression of Go compiles to, without compiling it. Only counted
 * repetitions make it larger than the text: `(?:ab){1000}` has 2,000 instructions.
 */
export function patternSize(pattern: string): number {
  const groups: Group[] = [{ total: 0, last: 0 }];
  for (let at = 0; at < pattern.length; ) {
    const group = groups.at(-1) ?? { total: 0, last: 0 };
    const character = pattern.charAt(at);
    const times = repeatAt(pattern, at);
    if (times) {
      group.total += group.last * (times.count - 1);
      group.last *= times.count;
      at = times.end;
      continue;
    }
    if (character === "(") groups.push({ total: 1, last: 1 });
    else if (character === ")" && groups.length > 1) {
      groups.pop();
      add(groups.at(-1) ?? group, group.total + 1);
    } else add(group, 1);
    at = partEnd(pattern, at);
  }
  return groups.reduce((sum, { total }) => sum + total, 0);
}

function add(group: Group, size: number): void {
  group.total += size;
  group.last = size;
}

function repeatAt(pattern: string, at: number): { count: number; end: number } | undefined {
  REPEAT.lastIndex = at;
  const match = REPEAT.exec(pattern);
  if (!match) return undefined;
  const [text, least, most] = match;
  return { count: Math.max(Number(least), Number(most ?? 0), 1), end: at + text.length };
}

/** The offset after an escape, a class or a single character. */
function partEnd(pattern: string, at: number): number {
  if (pattern.charAt(at) === "\\") return at + 2;
  if (pattern.charAt(at) !== "[") return at + 1;
  let end = at + (pattern.charAt(at + 1) === "^" ? 3 : 2);
  while (end < pattern.length && pattern.charAt(end) !== "]") end += pattern.charAt(end) === "\\" ? 2 : 1;
  return end + 1;
}
