import { constants } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import type { AddressInfo, Server as NetServer } from "node:net";
import type { Duplex } from "node:stream";
import { createSecureContext, createServer as createTlsServer, type TLSSocket } from "node:tls";
import express from "express";
import { ProblemError, problem } from "hpa-metrics";
import { type ConnectionPool, createConnectionPool } from "../serving/connectionPool.ts";
import { createHandshakeGate } from "../serving/handshakeGate.ts";
import { PacedSocket } from "../serving/pacedSocket.ts";
import type { ServingCertificate } from "../serving/servingCertificate.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { createHandler } from "./handler.ts";

export type { ApiDependencies, ReadResult, RequestEntry } from "./dependencies.ts";

/** The external metrics API over TLS. */
export interface ApiServer {
  /**
   * Starts to accept connections and returns the port, which differs from `port` when `port` is 0. Throws
   * `ASM_PORT_UNUSABLE`.
   */
  listen(port: number, address: string): Promise<number>;
  /**
   * Uses this certificate for new handshakes; existing connections continue. Throws `ASM_SERVING_CERTIFICATE` and keeps
   * the old certificate when the new one is not usable.
   */
  setCertificate(certificate: ServingCertificate): void;
  /** Whether the front proxy has connected from this address. */
  hasServed(address: string): boolean;
  /** Makes every answer ask its client to open a new connection, which a load balancer sends to another replica. */
  drain(): void;
  /**
   * Stops accepting and closes each connection after its current answer. Resolves when all are closed or the time is
   * up.
   */
  close(): Promise<void>;
}

const SECOND_MS = 1_000;
const CONNECTIONS_CHECK_MS = 5 * SECOND_MS;
const HANDSHAKE_MS = 10 * SECOND_MS;
const DRAIN_MS = 10 * SECOND_MS;

/** Limits for the front proxy and for all other clients. */
const TRUSTED: ClientLimits = {
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
const UNTRUSTED: ClientLimits = {
  most: 128,
  silentMs: 5 * SECOND_MS,
  // Allows a token of 16 KiB and a client's other headers.
  headerBytes: 32 * 1024,
  headers: 100,
  headersMs: 5 * SECOND_MS,
  requestMs: 10 * SECOND_MS,
  isPaced: true,
};
/** Limits for concurrent TLS handshakes. */
const PENDING = { most: 128, silentMs: HANDSHAKE_MS };
/** Maximum number of remembered front proxy addresses. These are the addresses of the API servers. */
const MOST_ADDRESSES = 64;

interface ClientLimits {
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

const TLS_OPTIONS = {
  minVersion: "TLSv1.2",
  ciphers: [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
  ].join(":"),
  honorCipherOrder: true,
  // A resumed session would reuse the old verdict on the client's certificate, without its intermediate certificates.
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const;

/**
 * Creates the API server: HTTP/1.1 over TLS 1.2 or later, with one express handler and the limits of Kubernetes's own
 * servers. TLS requests client certificates, but only `identify` verifies them. The front proxy has its own connections
 * and limits. All other clients share a few connections with small headers.
 * @param drainMs Maximum time that `close` waits for answers in progress, in milliseconds.
 */
export function createApiServer(
  dependencies: ApiDependencies,
  certificate: ServingCertificate,
  drainMs = DRAIN_MS,
): ApiServer {
  let draining = false;
  const server = createTlsServer({
    ...checked(certificate),
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: HANDSHAKE_MS,
    ALPNProtocols: ["http/1.1"],
  });
  const addresses = new Set<string>();
  const handler = createHandler(dependencies, () => draining);
  const trusted = createClients(TRUSTED, handler);
  const strangers = createClients(UNTRUSTED, handler);

  const gate = createHandshakeGate(server, {
    limits: PENDING,
    isExempt: (address) => addresses.has(address),
    onSecure(socket) {
      if (!dependencies.isFrontProxy(socket)) return strangers.take(socket);
      if (addresses.size < MOST_ADDRESSES) addresses.add(socket.remoteAddress ?? "");
      trusted.take(socket);
    },
  });
  const { listener } = gate;

  // After `listen`, an error means that one connection was not accepted (no free file descriptor). Later ones can
  // succeed.
  const onAcceptError = (error: Error) => {
    if (listener.listening) dependencies.log({ method: "", path: "", status: 0, milliseconds: 0, error });
  };
  listener.on("error", onAcceptError);

  return {
    listen: (port, address) => listen(listener, port, address),
    setCertificate: (next) => server.setSecureContext(checked(next)),
    hasServed: (address) => addresses.has(address),
    drain() {
      draining = true;
    },
    async close() {
      if (!listener.listening) return;
      draining = true;
      const closed = once(listener, "close");
      listener.close();
      for (const clients of [trusted, strangers]) clients.close();
      const cut = setTimeout(() => {
        for (const pool of [gate.pool, trusted.pool, strangers.pool]) pool.endAll();
      }, drainMs);
      await closed;
      clearTimeout(cut);
    },
  };
}

/** The HTTP server for one kind of client. It does not listen; it gets its connections from the TLS server. */
interface Clients {
  readonly pool: ConnectionPool;
  take(socket: TLSSocket): void;
  close(): void;
}

function createClients(limits: ClientLimits, handler: ReturnType<typeof createHandler>): Clients {
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

async function listen(server: NetServer, port: number, address: string): Promise<number> {
  server.listen(port, address);
  try {
    await once(server, "listening");
  } catch (error) {
    const message = `the API cannot listen on ${address}:${port} (${reason(error)})`;
    throw new ProblemError(problem("ASM_PORT_UNUSABLE", message), { cause: error });
  }
  const bound = server.address();
  return isPort(bound) ? bound.port : port;
}

function isPort(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}

/**
 * Returns the TLS options with the certificate. OpenSSL has parsed the certificate and verified that it matches the
 * key.
 */
function checked({ cert, key }: ServingCertificate) {
  const options = { ...TLS_OPTIONS, cert, key };
  try {
    createSecureContext(options);
  } catch (error) {
    const message = `the serving certificate cannot be used (${reason(error)})`;
    throw new ProblemError(problem("ASM_SERVING_CERTIFICATE", message), { cause: error });
  }
  return options;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
