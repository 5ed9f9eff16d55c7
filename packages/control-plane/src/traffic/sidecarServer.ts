/**
 * Stand-in for the statistics port of one Envoy. It answers on /stats/prometheus of the pod's own address, keeps
 * connections open, and can fail as tests ask.
 * Differences from a real Envoy: it knows the parameters `filter` and `usedonly` and ignores all others, it compresses
 * nothing, and it does not answer in protobuf.
 */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { STATS_PORT } from "../sidecars/sidecar.ts";
import { filterOf } from "./exposition.ts";

/**
 * How a sidecar fails: `hang` answers nothing, `refuse` closes the port, `not-found` answers 404 as a port that another
 * program uses, `garbage` answers 200 with what is not text of Prometheus, `cut` ends the connection in the middle of an
 * answer, `huge` sends up to 256 MiB, and `slowMs` sends the second half of an answer so many milliseconds later.
 */
export type SidecarFault = "hang" | "refuse" | "not-found" | "garbage" | "cut" | "huge" | { readonly slowMs: number };

/** What was asked for. */
export interface StatsQuery {
  readonly filter?: RegExp;
  readonly isUsedOnly: boolean;
}

export interface SidecarServer {
  /** Fails from now on, or works again without an argument. Resolves when the port is open, or closed for `refuse`. */
  fail(fault?: SidecarFault): Promise<void>;
  /** Number of requests that have come so far. */
  scrapes(): number;
  close(): Promise<void>;
}

/** As long as Envoy keeps an idle connection, in milliseconds. */
const IDLE_MS = 3_600_000;
const HUGE_BYTES = 256 * 2 ** 20;
const GARBAGE =
  '\u0000\u0001\ufffd}{ istio_requests_total{reporter="destination\n# TYPE\nistio_requests_total{=} NaN NaN\n';

/**
 * Opens the port of a sidecar.
 * @param statistics The text of an answer.
 * @param onProblem Called with ASM_TRAFFIC_ENDPOINT if the port cannot be opened.
 */
export function serveSidecar(
  address: string,
  statistics: (query: StatsQuery) => string,
  onProblem: (problem: Error) => void,
): SidecarServer {
  let fault: SidecarFault | undefined;
  let scrapes = 0;
  const server = createServer({ keepAliveTimeout: IDLE_MS }, (request, response) => {
    scrapes++;
    if (fault === "hang") return;
    const { pathname, searchParams } = new URL(request.url ?? "", "http://sidecar");
    if (fault === "not-found" || pathname !== "/stats/prometheus") return void response.writeHead(404).end();
    const query = queryOf(searchParams);
    if (query instanceof SyntaxError) return void response.writeHead(400).end(`Invalid regex: ${query.message}\n`);
    response.writeHead(200, { "content-type": "text/plain; charset=UTF-8", server: "envoy" });
    answer(response, statistics(query), fault);
  });
  server.on("error", (cause) => {
    const text = `The sidecar endpoint ${address}:${STATS_PORT} cannot be opened`;
    onProblem(new ProblemError(problem("ASM_TRAFFIC_ENDPOINT", text), { cause }));
  });
  const close = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  server.listen(STATS_PORT, address);
  return {
    async fail(next) {
      fault = next;
      if (next === "refuse") return close();
      if (server.listening) return;
      server.listen(STATS_PORT, address);
      await once(server, "listening");
    },
    scrapes: () => scrapes,
    close,
  };
}

function queryOf(parameters: URLSearchParams): StatsQuery | SyntaxError {
  const isUsedOnly = parameters.has("usedonly");
  const filter = parameters.get("filter");
  if (filter === null) return { isUsedOnly };
  try {
    return { isUsedOnly, filter: filterOf(filter) };
  } catch (error) {
    return error as SyntaxError;
  }
}

/** Sends a text in chunks, as Envoy does, so that a client sees whether an answer is whole. */
function answer(response: ServerResponse, text: string, fault: SidecarFault | undefined): void {
  if (fault === "garbage") return void response.end(GARBAGE);
  if (fault === "huge") return void pipeline(Readable.from(hugeText()), response).catch(() => undefined);
  const half = Math.ceil(text.length / 2);
  response.write(text.slice(0, half));
  if (fault === "cut") return void response.socket?.end();
  if (typeof fault !== "object") return void response.end(text.slice(half));
  setTimeout(() => response.end(text.slice(half)), fault.slowMs).unref();
}

function* hugeText(): Generator<string> {
  for (let sent = 0, line = 0; sent < HUGE_BYTES; ) {
    let chunk = "";
    for (; chunk.length < 65_536; line++) {
      chunk += `istio_requests_total{reporter="destination",source_workload="caller-${line}",response_code="200"} 1\n`;
    }
    sent += chunk.length;
    yield chunk;
  }
}
