/** The candidate that takes the fewest single-letter edits to reach (Levenshtein), for "did you mean". */
export function nearest(word: string, candidates: readonly string[]): string {
  let best = candidates[0] ?? "";
  for (const candidate of candidates) if (edits(word, candidate) < edits(word, best)) best = candidate;
  return best;
}

function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line++) {
    const next = [line];
    for (let column = 1; column <= to.length; column++) {
      const replace = (row[column - 1] ?? 0) + (from[line - 1] === to[column - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
