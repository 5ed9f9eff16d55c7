/** Longer words are not compared: nobody mistypes one and is helped by a suggestion. */
const MOST_CHARACTERS = 64;
/** So many candidates are compared, the first ones. */
const MOST_CANDIDATES = 200;
/** So many edits apart is still alike. */
const MOST_EDITS = 2;

/**
 * The candidate that looks most like the word, for "did you mean": at most two edits away, and at most a third of the
 * word's length. Undefined when there is none, for a word of more than 64 characters, and beyond the first 200 candidates:
 * both may come from anybody who can write an HPA.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MOST_CHARACTERS) return undefined;
  let best: string | undefined;
  let fewest = Math.min(MOST_EDITS, Math.floor(word.length / 3)) + 1;
  let compared = 0;
  for (const candidate of candidates) {
    if (++compared > MOST_CANDIDATES) break;
    if (Math.abs(candidate.length - word.length) >= fewest) continue;
    const edits = distance(word, candidate, fewest);
    if (edits < fewest) [best, fewest] = [candidate, edits];
  }
  return best;
}

/**
 * Edits (one character inserted, deleted or replaced) that lead from one word to the other: Levenshtein's distance, or
 * `limit` where it is that or more. Only cells nearer than `limit` to the diagonal are worked out, and it stops at the first
 * line that is all `limit`.
 */
function distance(from: string, to: string, limit: number): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => Math.min(column, limit));
  for (let line = 1; line <= from.length; line++) {
    const next = new Array<number>(to.length + 1).fill(limit);
    if (line < limit) next[0] = line;
    let least = next[0] ?? limit;
    const last = Math.min(to.length, line + limit - 1);
    for (let column = Math.max(1, line - limit + 1); column <= last; column++) {
      const replaced = (row[column - 1] ?? limit) + (from[line - 1] === to[column - 1] ? 0 : 1);
      const edits = Math.min(replaced, (row[column] ?? limit) + 1, (next[column - 1] ?? limit) + 1, limit);
      next[column] = edits;
      least = Math.min(least, edits);
    }
    if (least >= limit) return limit;
    row = next;
  }
  return row.at(-1) ?? limit;
}
