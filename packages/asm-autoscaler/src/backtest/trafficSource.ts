import { readFileSync } from "node:fs";
import type { TrafficArgs } from "./args";
import type { Simulated } from "./autoscaler";
import { BacktestError } from "./backtestError";
import { csvTraffic } from "./csv";
import { amount } from "./format";
import { rangePoints } from "./range";
import { shapedTraffic } from "./shapes";
import { type RecordedPoints, type Recording, recordingsThrough } from "./traffic";

/** The traffic of a command. */
interface TrafficRead {
  readonly recordings: readonly Recording[];
  /** In words: `web.csv`, `the shape step`. */
  readonly name: string;
  /** Whether the recordings are the results of the HPA's own queries. */
  readonly isOwn: boolean;
}

/** Limit of a simulation, which needs time and memory for each second. */
const MOST_DAYS = 92;
const DAY_SECONDS = 86_400;

/**
 * Reads the traffic of a command.
 *
 * @param hpa Whose queries are used if the command has none.
 * @param usualSeconds Length of a range whose start is not given.
 * @throws BacktestError
 */
export async function readTraffic(traffic: TrafficArgs, hpa: Simulated, usualSeconds: number): Promise<TrafficRead> {
  const read = await recordingsOf(traffic, hpa, usualSeconds);
  const days = (read.recordings[0]?.traffic.seconds ?? 0) / DAY_SECONDS;
  if (days > MOST_DAYS)
    throw new BacktestError(
      "ASM_BACKTEST_INPUT",
      `the traffic is ${amount(days)} days long, and at most ${MOST_DAYS} are simulated`,
      "Use a part of it",
    );
  return read;
}

async function recordingsOf(traffic: TrafficArgs, hpa: Simulated, usualSeconds: number): Promise<TrafficRead> {
  if (traffic.kind === "shape") {
    const { shape, low, high, seconds } = traffic;
    return {
      recordings: [{ traffic: shapedTraffic(shape, low, high, seconds) }],
      name: `the shape ${shape}`,
      isOwn: false,
    };
  }
  if (traffic.kind === "csv") {
    const { file } = traffic;
    return { recordings: csvTraffic(readText(file), file), name: file.slice(file.lastIndexOf("/") + 1), isOwn: false };
  }
  const { server, queries, to, stepSeconds, tokenFile } = traffic;
  const from = traffic.from ?? to - usualSeconds;
  const authorization = tokenFile === undefined ? undefined : `Bearer ${readText(tokenFile).trim()}`;
  const asked = queries.length > 0 ? queries : ownQueries(hpa);
  const all: RecordedPoints[] = [];
  for (const { name, query } of asked) {
    const points = await rangePoints({ server, query, from, to, stepSeconds, authorization });
    all.push({ ...(name === undefined ? {} : { name }), points });
  }
  const recordings = recordingsThrough(all);
  if (!recordings)
    throw new BacktestError(
      "ASM_BACKTEST_RANGE",
      "the queries have no values at the same time",
      "Change --from or --to",
    );
  const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 16);
  return { recordings, name: `the traffic from ${day(from)} to ${day(to)}`, isOwn: queries.length === 0 };
}

/** The queries of the HPA that need traffic, each once. */
function ownQueries({ metrics }: Simulated): { name: string; query: string }[] {
  const counted = new Set<string>();
  return metrics.flatMap(({ name, query, reads }) => {
    if (reads.kind === "clock" || (reads.kind === "requests" && counted.has(reads.counts))) return [];
    if (reads.kind === "requests") counted.add(reads.counts);
    return [{ name, query: query.text }];
  });
}

/** Reads a text file. @throws BacktestError */
function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BacktestError("ASM_BACKTEST_INPUT", `${file} cannot be read: ${why}`, "Use a file that can be read");
  }
}
