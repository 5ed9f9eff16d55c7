import { BacktestError } from "./backtestError";
import { type Traffic, trafficThrough } from "./traffic";

/**
 * Reads recorded traffic from CSV. Each line has a time (seconds, Unix seconds or ms, or ISO 8601) and the requests per
 * second of the whole workload, separated by a comma. A first line without a number is a header.
 *
 * @throws BacktestError at the first line that cannot be read, or whose time is not after the line before.
 */
export function csvTraffic(text: string, source: string): Traffic {
  const lines = text.split(/\r?\n/).map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const rows = lines.filter(({ line }) => line !== "" && !line.startsWith("#"));
  const wrong = (number: number, why: string) =>
    new BacktestError(
      "ASM_BACKTEST_CSV",
      `${source}, line ${number}: ${why}`,
      "Write lines such as 2026-11-24T08:00:00Z,125.5 in the order of time",
    );
  const points = rows.flatMap(({ line, number }, index) => {
    const [time = "", rate = ""] = line.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"|"$/g, ""));
    const [at, requestsPerSecond] = [secondOf(time), rate === "" ? Number.NaN : Number(rate)];
    if (index === 0 && Number.isNaN(at)) return [];
    if (Number.isNaN(at)) throw wrong(number, `"${time}" is not a time`);
    if (!(requestsPerSecond >= 0 && requestsPerSecond < Number.POSITIVE_INFINITY))
      throw wrong(number, `"${rate}" is not a number of requests per second of at least 0`);
    return [{ at, requestsPerSecond, number }];
  });
  const [first] = points;
  if (!first || points.length < 2) throw wrong(lines.length, "the file has fewer than two points");
  const late = points.find(({ at }, index) => index > 0 && at <= (points[index - 1]?.at ?? at));
  if (late) throw wrong(late.number, "its time is not after the time of the line before");
  return trafficThrough(
    points.map(({ at, requestsPerSecond }) => ({ second: at - first.at, requestsPerSecond })),
    first.at >= OLDEST_TIME ? first.at : undefined,
  );
}

/** Smaller numbers are seconds from the start: nobody replays traffic of before 2001. */
const OLDEST_TIME = 1e9;

/** Unix ms have thirteen digits for the next centuries, and no recording lasts that many seconds. */
function secondOf(time: string): number {
  if (/^\d+(\.\d+)?$/.test(time)) return Number(time) > 1e11 ? Number(time) / 1000 : Number(time);
  return Date.parse(time) / 1000;
}
