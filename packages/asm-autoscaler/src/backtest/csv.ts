import { BacktestError } from "./backtestError";
import { type RecordedPoints, type Recording, recordingsThrough } from "./traffic";

/** Columns of a CSV file that are read: a metric each. */
const MOST_COLUMNS = 20;

/**
 * Reads recorded traffic from CSV. Each line has a time (seconds, Unix seconds or ms, or ISO 8601) and the requests per
 * second of the whole workload, separated by a comma. A first line without a number is a header. Further columns are other
 * metrics, named by the header.
 *
 * @throws BacktestError at the first line that cannot be read, or whose time is not after the line before.
 */
export function csvTraffic(text: string, source: string): Recording[] {
  const lines = text.split(/\r?\n/).map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const rows = lines.filter(({ line }) => line !== "" && !line.startsWith("#"));
  const wrong = (number: number, why: string) =>
    new BacktestError(
      "ASM_BACKTEST_CSV",
      `${source}, line ${number}: ${why}`,
      "Write lines such as 2026-11-24T08:00:00Z,125.5 in the order of time",
    );
  const [header] = rows;
  const titles = header && Number.isNaN(secondOf(cellsOf(header.line)[0] ?? "")) ? cellsOf(header.line) : undefined;
  const first = rows[titles ? 1 : 0];
  const count = first ? Math.max(2, cellsOf(first.line).length) - 1 : 0;
  if (count > MOST_COLUMNS)
    throw wrong(first?.number ?? 1, `it has ${count} columns of values, and at most ${MOST_COLUMNS} are read`);
  const columns = Array.from({ length: count }, (_, index) => {
    const name = titles?.[index + 1] ?? (index === 0 ? undefined : `column ${index + 2}`);
    return { ...(name === undefined ? {} : { name }), points: [] as RecordedPoints["points"][number][] };
  });
  let before = Number.NEGATIVE_INFINITY;
  for (const { line, number } of titles ? rows.slice(1) : rows) {
    const [time = "", ...values] = cellsOf(line);
    const at = secondOf(time);
    if (Number.isNaN(at)) throw wrong(number, `"${time}" is not a time`);
    for (const [index, { points }] of columns.entries()) {
      const text = values[index] ?? "";
      const value = text === "" ? Number.NaN : Number(text);
      if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
        throw wrong(number, `"${text}" is not a number of requests per second of at least 0`);
      points.push({ at, value });
    }
    if (at <= before) throw wrong(number, "its time is not after the time of the line before");
    before = at;
  }
  const recordings = (columns[0]?.points.length ?? 0) < 2 ? undefined : recordingsThrough(columns);
  if (!recordings) throw wrong(lines.length, "the file has fewer than two points");
  return recordings;
}

function cellsOf(line: string): string[] {
  return line.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"|"$/g, ""));
}

/** Unix ms have thirteen digits for the next centuries, and no recording lasts that many seconds. */
function secondOf(time: string): number {
  if (/^\d+(\.\d+)?$/.test(time)) return Number(time) > 1e11 ? Number(time) / 1000 : Number(time);
  return Date.parse(time) / 1000;
}
