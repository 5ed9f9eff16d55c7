import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How a stand-in answers one query. */
export type Reaction = (response: ServerResponse, at: string) => void;

/** A stand-in for a Prometheus that says to each query what a test wants; what nobody planned finds no series. */
export interface StandIn {
  readonly url: string;
  /** By the text of the query. */
  readonly plan: Map<string, Reaction>;
  /** How often each query was asked. */
  readonly asked: Map<string, number>;
  close(): void;
}

/** An answer with a status and a body, JSON unless it is text. */
export function answer(body: unknown, status = 200): Reaction {
  return (response) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    response.writeHead(status, { "Content-Type": typeof body === "string" ? "text/html" : "application/json" });
    response.end(text);
  };
}

/** A successful answer with one sample of this value. */
export function sample(value: string): Reaction {
  return (response, at) =>
    answer({
      status: "success",
      data: { resultType: "vector", result: [{ metric: {}, value: [Number(at), value] }] },
    })(response, at);
}

/** Starts one on a free port. */
export async function startStandIn(): Promise<StandIn> {
  const plan = new Map<string, Reaction>();
  const asked = new Map<string, number>();
  const nothing = answer({ status: "success", data: { resultType: "vector", result: [] } });
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const form = new URLSearchParams(request.method === "GET" ? (request.url ?? "").replace(/^[^?]*\?/, "") : text);
    const query = form.get("query") ?? "";
    asked.set(query, (asked.get(query) ?? 0) + 1);
    (plan.get(query) ?? nothing)(response, form.get("time") ?? "0");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    plan,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
