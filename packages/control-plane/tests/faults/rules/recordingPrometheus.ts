import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A proxy in front of a real Prometheus that notes the queries of each adapter. It differs from a real one in three
 * things: it has a path for each adapter, it answers a query with PARTIAL in its text with a warning, as Thanos does when
 * a store is missing, and it answers one with REFUSED with 503.
 */
export interface RecordingPrometheus {
  /** The URL for an adapter of this name. */
  urlOf(adapter: string): string;
  /** The queries that the adapter has sent since the last call, in their order. */
  takeQueries(adapter: string): string[];
  /** How many requests for series the adapter has sent. */
  seriesRequests(adapter: string): number;
  close(): void;
}

/** A series with this in its name is answered with a warning. */
export const PARTIAL = "answered_in_part";
/** A query with this in its text is answered with 503. */
export const REFUSED = "always_refused";

/** Starts it before the Prometheus with this URL. */
export async function startRecordingPrometheus(prometheusUrl: string): Promise<RecordingPrometheus> {
  const queries = new Map<string, string[]>();
  const series = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const body = await textOf(request);
    const { pathname, search, searchParams } = new URL(request.url ?? "", "http://x");
    const [, adapter = "", ...rest] = pathname.split("/");
    const path = `/${rest.join("/")}`;
    const query = searchParams.get("query") ?? new URLSearchParams(body).get("query") ?? "";
    if (path === "/api/v1/query") queries.set(adapter, [...(queries.get(adapter) ?? []), query]);
    if (path === "/api/v1/series") series.set(adapter, (series.get(adapter) ?? 0) + 1);
    response.setHeader("content-type", "application/json");
    if (query.includes(REFUSED)) {
      response.statusCode = 503;
      response.end(JSON.stringify({ status: "error", errorType: "unavailable", error: "the query was refused" }));
      return;
    }
    const type = request.headers["content-type"];
    const answer = await fetch(`${prometheusUrl}${path}${search}`, {
      method: request.method ?? "GET",
      ...(body !== "" && { body, headers: { "content-type": type ?? "" } }),
    });
    const text = await answer.text();
    response.statusCode = answer.status;
    response.end(query.includes(PARTIAL) ? withWarning(text) : text);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (adapter) => `http://127.0.0.1:${port}/${adapter}`,
    takeQueries(adapter) {
      const sent = queries.get(adapter) ?? [];
      queries.delete(adapter);
      return sent;
    },
    seriesRequests: (adapter) => series.get(adapter) ?? 0,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function withWarning(text: string): string {
  return JSON.stringify({ ...JSON.parse(text), warnings: ["No StoreAPIs matched for this query"] });
}
