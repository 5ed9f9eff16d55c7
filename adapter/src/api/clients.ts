import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import express from "express";
import { type ConnectionPool, createConnectionPool } from "../serving/connectionPool.ts";
import { PacedSocket } from "../serving/pacedSocket.ts";
import type { createHandler } from "./handler.ts";

const SECOND_MS = 1_000;
const CONNECTIONS_CHECK_MS = 5 * SECOND_MS;

/** Limits for one kind of client. */
export interface ClientLimits {
  /** Maximum number of connections, and the idle timeout of a connection in milliseconds. */
  readonly most: number;
  readonly silentMs: number;
  readonly headerBytes: number;
  readonly headers: number;
  /** Timeouts for a request's headers and for the whole request, in milliseconds. */
  readonly headersMs: number;
  readonly requestMs: number;
  /**
   * Whether bytes are processed in small chunks. This costs one copy. The front proxy does not flood, so it does not
   * need it.
   */
  readonly isPaced: boolean;
}

/** Limits for the front proxy. */
export const TRUSTED: ClientLimits = {
  most: 1_024,
  // The aggregator closes idle connections after 90 s. The client must close first, so this limit is longer.
  silentMs: 95 * SECOND_MS,
  // Kubernetes allows 1 MiB of headers and 16,384 headers, because a user can be in very many groups.
  headerBytes: 1 << 20,
  headers: 16_384,
  headersMs: 10 * SECOND_MS,
  requestMs: 30 * SECOND_MS,
  isPaced: false,
};
/** Limits for all other clients. */
export const UNTRUSTED: ClientLimits = {
  most: 128,
  silentMs: 5 * SECOND_MS,
  // Allows a token of 16 KiB and a client's other headers.
  headerBytes: 32 * 1024,
  headers: 100,
  headersMs: 5 * SECOND_MS,
  requestMs: 10 * SECOND_MS,
  isPaced: true,
};
/** The HTTP server for one kind of client. It does not listen; it gets its connections from the TLS server. */
export interface Clients {
  readonly pool: ConnectionPool;
  take(socket: TLSSocket): void;
  close(): void;
}

/** Creates the server for one kind of client, with these limits. */
export function createClients(limits: ClientLimits, handler: ReturnType<typeof createHandler>): Clients {
  const options: ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.silentMs,
    connectionsCheckingInterval: Math.min(CONNECTIONS_CHECK_MS, limits.headersMs),
  };
  const server = createServer(options);
  server.maxHeadersCount = limits.headers;
  const pool = createConnectionPool(limits);
  host(server, handler, pool, limits.isPaced);
  // Node checks for slow headers only on a server that listens.
  server.emit("listening");
  return {
    pool,
    take(tls) {
      const socket = limits.isPaced ? new PacedSocket(tls) : tls;
      pool.add(socket);
      if (!socket.destroyed) server.emit("connection", socket);
    },
    close: () => void server.close(),
  };
}

/**
 * Runs the handler in express. Express gets only targets that start with a slash, because it answers any other target
 * with its own HTML page.
 */
function host(server: Server, handler: ReturnType<typeof createHandler>, pool: ConnectionPool, isPaced: boolean): void {
  const unanswered = new WeakSet<Duplex>();
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(handler);
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    // Kubernetes clients do not send a second request before the first is answered. Closing the connection limits a
    // flood of requests to one piece of work.
    if (socket.destroyed || unanswered.has(socket)) {
      socket.destroy();
      return;
    }
    if (isPaced) unanswered.add(socket);
    // At "prefinish", the answer is written but not sent. The next request can arrive before Node reports that it was
    // sent.
    response.once("prefinish", () => unanswered.delete(socket));
    pool.busy(socket);
    response.once("close", () => pool.silent(socket));
    if (request.url?.startsWith("/")) app(request, response);
    else void handler(request, response);
  };
  server.on("request", onRequest);
  // A client that waits for `100 Continue` does not send its body without it.
  server.on("checkContinue", onRequest);
}
