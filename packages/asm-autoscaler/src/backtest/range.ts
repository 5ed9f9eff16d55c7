import { EXHAUSTIVE, readWarnings, record, recordsIn, WHOLE_ANSWER } from "@asm-autoscaler/hpa-metrics";
import { BacktestError } from "./backtestError";
import { type Traffic, trafficThrough } from "./traffic";

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
/** What Prometheus gives at most for one series. */
const MOST_POINTS = 11_000;
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Queries a range of recorded traffic. https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
 *
 * @throws BacktestError if the request fails, or the result is not exactly one series.
 */
export async function rangeTraffic({ server, query, from, to, stepSeconds, authorization }: Range): Promise<Traffic> {
  const wrong = (why: string, remedy: string) =>
    new BacktestError("ASM_BACKTEST_RANGE", `${new URL(server).origin}: ${why}`, remedy);
  if ((to - from) / stepSeconds >= MOST_POINTS)
    throw wrong(
      `${Math.ceil((to - from) / stepSeconds)} points are too many`,
      `Raise --step: at most ${MOST_POINTS} points are allowed`,
    );
  const body = new URLSearchParams({
    query,
    start: String(from),
    end: String(to),
    step: String(stepSeconds),
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
  const { result } = data;
  const series = recordsIn(result);
  const [first] = series;
  const values = first?.["values"];
  if (!first || series.length !== 1 || !Array.isArray(values) || values.length < 2)
    throw wrong(
      `the query returns ${series.length} series, and exactly one with at least two points is required`,
      "Wrap the query in sum(…), or correct it",
    );
  const points = values.map((pair: unknown) => {
    const [at, value] = Array.isArray(pair) ? pair : [];
    return { at: Number(at), requestsPerSecond: Number(value) };
  });
  const negative = points.find(({ requestsPerSecond }) => requestsPerSecond < 0);
  if (negative)
    throw wrong(
      `the query returns ${negative.requestsPerSecond} at ${new Date(negative.at * 1000).toISOString()}, and a rate of requests is not negative`,
      "Correct --query",
    );
  const start = points[0]?.at ?? 0;
  return trafficThrough(
    points.flatMap(({ at, requestsPerSecond }) =>
      Number.isFinite(requestsPerSecond) ? [{ second: at - start, requestsPerSecond }] : [],
    ),
    start,
  );
}

/** The reason of `fetch`, whose own message says only that it failed. */
function reasonOf(error: unknown): string {
  const { cause } = record(error);
  const inner = cause instanceof Error ? cause.message : "";
  return inner || (error instanceof Error ? error.message : String(error));
}

/** The answer's JSON; undefined where it is none, or larger than any series of MOST_POINTS is. */
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
