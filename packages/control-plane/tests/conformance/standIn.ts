import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { deflateSync, gzipSync } from "node:zlib";

/** What a stand-in says to one query. */
interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** How it travels. By default, all ways in turn. */
  readonly delivery?: Delivery;
}

/** The answer to a query that is evaluated at `at`, in Unix seconds. Undefined: there is none, ever. */
export type Reaction = (at: string) => Answer | undefined | Promise<Answer | undefined>;

/**
 * A stand-in for a Prometheus that says to each query what a test wants. A query that nobody planned finds no series.
 *
 * It differs from Prometheus on purpose, as servers and the proxies before them do: of its answers one is whole, one in
 * many chunks, one compressed, also where nobody asked for that, and one behind a redirect.
 */
export interface StandIn {
  readonly url: string;
  /** By the text of the query. */
  readonly plan: Map<string, Reaction>;
  /** How often each query was asked. */
  readonly asked: Map<string, number>;
  close(): void;
}

/** An answer with a status and a body, JSON unless it is text. */
export function answer(body: unknown, status = 200, delivery?: Delivery): Reaction {
  const isText = typeof body === "string";
  return () => ({
    status,
    type: isText ? "text/html" : "application/json",
    body: isText ? body : JSON.stringify(body),
    ...(delivery ? { delivery } : {}),
  });
}

/** A successful answer with one sample of this value. `more` is beside its data, such as `warnings`. */
export function sample(
  value: string,
  { status = 200, delivery, more = {} }: { status?: number; delivery?: Delivery; more?: object } = {},
): Reaction {
  return (at) => {
    const data = { resultType: "vector", result: [{ metric: {}, value: [Number(at), value] }] };
    return answer({ status: "success", data, ...more }, status, delivery)(at);
  };
}

type Deliver = (answer: Answer, response: ServerResponse) => void;

const whole: Deliver = ({ status, type, body }, response) =>
  void response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(body) }).end(body);

const compressed =
  (encoding: string, compress: (text: string) => Buffer): Deliver =>
  ({ status, type, body }, response) =>
    void response.writeHead(status, { "Content-Type": type, "Content-Encoding": encoding }).end(compress(body));

/** Answers that wait at the path to which their request was redirected. */
const moved = new Map<string, Answer>();
let moves = 0;

const redirected =
  (status: 307 | 308): Deliver =>
  (answer, response) => {
    const path = `/moved/${moves++}`;
    moved.set(path, answer);
    response.writeHead(status, { Location: path }).end();
  };

/** Bytes of one chunk, so that a number is in two of them. */
const CHUNK_BYTES = 7;

const chunked: Deliver = ({ status, type, body }, response) => {
  response.writeHead(status, { "Content-Type": type });
  const bytes = Buffer.from(body);
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) response.write(bytes.subarray(at, at + CHUNK_BYTES));
  response.end();
};

/** The ways in which an answer travels. */
const deliveries = {
  whole,
  chunked,
  gzip: compressed("gzip", gzipSync),
  deflate: compressed("deflate", deflateSync),
  "redirect 307": redirected(307),
  "redirect 308": redirected(308),
};

export type Delivery = keyof typeof deliveries;

/** All ways in which an answer travels. */
export const DELIVERIES = Object.keys(deliveries) as Delivery[];

/** Starts one on a free port. */
export async function startStandIn(): Promise<StandIn> {
  const plan = new Map<string, Reaction>();
  const asked = new Map<string, number>();
  const nothing = answer({ status: "success", data: { resultType: "vector", result: [] } });
  let turn = 0;
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const { method, url = "" } = request;
    const waiting = moved.get(url);
    if (waiting) {
      moved.delete(url);
      return whole(waiting, response);
    }
    const form = new URLSearchParams(method === "GET" ? url.replace(/^[^?]*\?/, "") : text);
    const query = form.get("query") ?? "";
    asked.set(query, (asked.get(query) ?? 0) + 1);
    const given = await (plan.get(query) ?? nothing)(form.get("time") ?? "0");
    if (!given) return;
    const next = DELIVERIES[turn++ % DELIVERIES.length] ?? "whole";
    deliveries[given.delivery ?? next](given, response);
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
