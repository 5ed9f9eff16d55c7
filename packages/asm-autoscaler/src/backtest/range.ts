import { EXHAUSTIVE, readWarnings, record, recordsIn, WHOLE_ANSWER } from "@asm-autoscaler/hpa-metrics";
import { BacktestError } from "./backtestError";

/** Traffic that Prometheus has recorded. */
export interface Range {
  /** Base URL of the server. */
  readonly server: string;
  /** PromQL that gives requests per second. */
  readonly query: string;
  /** Unix seconds. */
  readonly from: number;
  readonly to: number;
  readonly stepSeconds: number;
  /** Of `Authorization`. */
  readonly authorization: string | undefined;
}

const TIMEOUT_MS = 60_000;
/** Points that are requested at once. Prometheus gives at most 11,000 for one series. */
const PIECE_POINTS = 10_000;
const MOST_PIECES = 200;
const MOST_BYTES = 4 * 1024 * 1024;

/** One value of a recorded series. */
interface RangePoint {
  /** Unix seconds. */
  readonly at: number;
  readonly value: number;
}

/**
 * Queries a range of recorded traffic, in as many requests as its points need.
 * https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
 *
 * @throws BacktestError if a request fails, or the result is not exactly one series.
 */
export async function rangePoints(range: Range): Promise<RangePoint[]> {
  const { from, to, stepSeconds } = range;
  const pieceSeconds = PIECE_POINTS * stepSeconds;
  const pieces = Math.ceil((to - from) / pieceSeconds);
  if (pieces > MOST_PIECES)
    throw wrongRange(
      range,
      `${Math.ceil((to - from) / stepSeconds)} points are too many`,
      `Raise --step: at most ${PIECE_POINTS * MOST_PIECES} points are allowed`,
    );
  const points: RangePoint[] = [];
  // One after the other: a Prometheus that scales something has other work, too.
  for (let start = from; start <= to; start += pieceSeconds) {
    const end = Math.min(to, start + pieceSeconds - stepSeconds);
    for (const point of await piecePoints(range, start, end)) points.push(point);
  }
  if (points.length >= 2) return points;
  throw wrongRange(
    range,
    `the query ${range.query} returns ${points.length === 1 ? "one point" : "no series"}, and exactly one series with at least two points is required`,
    "Wrap the query in sum(…), or correct it",
  );
}

function wrongRange({ server }: Range, why: string, remedy: string): BacktestError {
  return new BacktestError("ASM_BACKTEST_RANGE", `${new URL(server).origin}: ${why}`, remedy);
}

/** The points of one request. Empty if there is no series in that time. */
async function piecePoints(range: Range, start: number, end: number): Promise<RangePoint[]> {
  const { server, query, stepSeconds, authorization } = range;
  const wrong = (why: string, remedy: string) => wrongRange(range, why, remedy);
  const body = new URLSearchParams({
    ...{ query, start: String(start), end: String(end), step: String(stepSeconds) },
    ...WHOLE_ANSWER,
  });
  const url = `${server.replace(/(?<!\/)\/+$/, "")}/api/v1/query_range`;
  const headers = { ...EXHAUSTIVE, ...(authorization === undefined ? {} : { authorization }) };
  const response = await fetch(url, { method: "POST", body, headers, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
    (error: unknown) => {
      throw wrong(`the request failed (${reasonOf(error)})`, "Check --prometheus");
    },
  );
  const answer = record(await limited(response));
  if (answer["status"] !== "success")
    throw wrong(
      `HTTP ${response.status} ${String(answer["error"] ?? "without a readable response")}`,
      "Correct --query or --prometheus",
    );
  const data = record(answer["data"]);
  const { doubt } = readWarnings([answer, data], response.headers.get("m3-results-limited") ?? "", []);
  if (doubt !== undefined)
    throw wrong(`the answer may lack a part of the data: ${doubt}`, "Repeat it when all stores of the server answer");
  const series = recordsIn(data["result"]);
  const [first] = series;
  if (!first) return [];
  const values = first["values"];
  if (series.length !== 1 || !Array.isArray(values))
    throw wrong(
      `the query returns ${series.length} series, and exactly one with at least two points is required`,
      "Wrap the query in sum(…), or correct it",
    );
  const points = values.map((pair: unknown) => {
    const [at, value] = Array.isArray(pair) ? pair : [];
    return { at: Number(at), value: Number(value) };
  });
  const negative = points.find(({ value }) => value < 0);
  if (negative)
    throw wrong(
      `the query returns ${negative.value} at ${new Date(negative.at * 1000).toISOString()}, and a rate of requests is not negative`,
      "Correct --query",
    );
  return points.filter(({ value }) => Number.isFinite(value));
}

/** The reason of `fetch`, whose own message says only that it failed. */
function reasonOf(error: unknown): string {
  const { cause } = record(error);
  const inner = cause instanceof Error ? cause.message : "";
  return inner || (error instanceof Error ? error.message : String(error));
}

/** The answer's JSON; undefined where it is none, or larger than any series of PIECE_POINTS is. */
async function limited(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MOST_BYTES) return undefined;
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return undefined;
  }
}
