import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * Maximum number of concurrent queries: Prometheus's default for `--query.max-concurrency`. Further queries wait in the
 * order in which they arrive.
 */
const CONCURRENCY = 20;

export interface BusyPrometheus {
  readonly url: string;
  /** Number of queries that were answered or aborted. */
  readonly answered: number;
  /** Highest number of concurrent queries that took longer than one second. */
  readonly mostSlow: number;
  close(): void;
}

/**
 * Starts an HTTP server that stands in for Prometheus. It runs 20 queries at once. Each query takes the time that
 * `msOf` returns for its text, in ms. The answer has one sample of value 1 for each pair of values of the labels `ns`
 * and `w` for which `isKnown` returns true. The server ends a query if its client disconnects, as Prometheus does.
 */
export async function startBusyPrometheus(
  msOf: (query: string) => number,
  isKnown: (ns: string, w: string) => boolean,
): Promise<BusyPrometheus> {
  const waiting: (() => void)[] = [];
  const seen = { running: 0, answered: 0, slow: 0, mostSlow: 0 };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const query = form.get("query") ?? "";
    if (seen.running >= CONCURRENCY) await new Promise<void>((resolve) => waiting.push(resolve));
    const ms = msOf(query);
    seen.running++;
    if (ms > 1_000) seen.mostSlow = Math.max(seen.mostSlow, ++seen.slow);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      response.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      if (response.destroyed) resolve();
    });
    seen.running--;
    seen.answered++;
    if (ms > 1_000) seen.slow--;
    waiting.shift()?.();
    response.end(answerOf(query, Number(form.get("time")), ms, isKnown));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get answered() {
      return seen.answered;
    },
    get mostSlow() {
      return seen.mostSlow;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function answerOf(query: string, time: number, ms: number, isKnown: (ns: string, w: string) => boolean): string {
  const valuesOf = (label: string) => new RegExp(`${label}=~?"([^"]*)"`).exec(query)?.[1]?.split("|") ?? [];
  const isGrouped = query.includes("by(");
  const result = valuesOf("ns").flatMap((ns) =>
    valuesOf("w")
      .filter((w) => isKnown(ns, w))
      .map((w) => ({ metric: isGrouped ? labelsIn(query, { ns, w }) : {}, value: [time, "1"] })),
  );
  const stats = { timings: { evalTotalTime: ms / 1000 }, samples: { totalQueryableSamples: result.length } };
  return JSON.stringify({ status: "success", data: { resultType: "vector", result, stats } });
}

function labelsIn(query: string, labels: Record<string, string>): Record<string, string> {
  const kept = /by\(([^)]*)\)/.exec(query)?.[1]?.split(",") ?? [];
  return Object.fromEntries(Object.entries(labels).filter(([name]) => kept.includes(name)));
}
