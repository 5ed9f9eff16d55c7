/** Maximum length of a word that is compared, in characters. A suggestion does not help with longer words. */
const MOST_CHARACTERS = 64;
/** Maximum number of candidates that are compared, from the first on. */
const MOST_CANDIDATES = 200;
/** Maximum number of edits between two words that count as similar. */
const MOST_EDITS = 2;

/**
 * The candidate most similar to the word, for "did you mean". It differs by at most two edits, and by at most a third
 * of the word's length. Undefined if there is none. Words of more than 64 characters and candidates after the first 200
 * are not compared, because anyone who can write an HPA can supply both.
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
 * The Levenshtein distance of two words: the number of characters to insert, delete or replace. Returns `limit` if the
 * distance is `limit` or more. Only cells nearer than `limit` to the diagonal are computed. The computation stops at
 * the first row in which every cell is `limit`.
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
