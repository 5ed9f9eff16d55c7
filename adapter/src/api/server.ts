import { constants } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import type { AddressInfo, Server as NetServer } from "node:net";
import type { Duplex } from "node:stream";
import { createSecureContext, createServer as createTlsServer, type TLSSocket } from "node:tls";
import express from "express";
import { faultLine } from "hpa-metrics";
import { type ConnectionPool, createConnectionPool } from "../serving/connectionPool.ts";
import { createHandshakeGate } from "../serving/handshakeGate.ts";
import { PacedSocket } from "../serving/pacedSocket.ts";
import type { ServingCertificate } from "../serving/servingCertificate.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { createHandler } from "./handler.ts";

export type { ApiDependencies, ReadResult, RequestEntry } from "./dependencies.ts";

/** The external metrics API over TLS. */
export interface ApiServer {
  /** Starts to accept and gives the port, which differs from `port` when that is 0. Throws `ASM_PORT_UNUSABLE`. */
  listen(port: number, address: string): Promise<number>;
  /** New handshakes use this certificate; connections go on. Throws `ASM_SERVING_CERTIFICATE` and keeps the old one. */
  setCertificate(certificate: ServingCertificate): void;
  /** Whether the front proxy has connected from this address. */
  hasServed(address: string): boolean;
  /** From now on each answer tells its client to open a new connection, which a load balancer sends elsewhere. */
  drain(): void;
  /** Stops accepting, ends every connection with its current answer, and returns once all are closed or time is up. */
  close(): Promise<void>;
}

const SECOND_MS = 1_000;
const CONNECTIONS_CHECK_MS = 5 * SECOND_MS;
const HANDSHAKE_MS = 10 * SECOND_MS;
const DRAIN_MS = 10 * SECOND_MS;

/** What the front proxy and everybody else may take of the port. */
const TRUSTED: ClientLimits = {
  most: 1_024,
  // The aggregator keeps idle connections for 90 s; the side that closes first must be it, not we.
  silentMs: 95 * SECOND_MS,
  // Kubernetes allows 1 MiB of headers and 16,384 of them: a user may be in very many groups.
  headerBytes: 1 << 20,
  headers: 16_384,
  headersMs: 10 * SECOND_MS,
  requestMs: 30 * SECOND_MS,
  isPaced: false,
};
const UNTRUSTED: ClientLimits = {
  most: 128,
  silentMs: 5 * SECOND_MS,
  // A token of 16 KiB and what else a client sends.
  headerBytes: 32 * 1024,
  headers: 100,
  headersMs: 5 * SECOND_MS,
  requestMs: 10 * SECOND_MS,
  isPaced: true,
};
/** Handshakes at a time. */
const PENDING = { most: 128, silentMs: HANDSHAKE_MS };
/** Addresses of the front proxy that are remembered: those of the API servers. */
const MOST_ADDRESSES = 64;

interface ClientLimits {
  /** Connections, and how long one may say nothing, ms. */
  readonly most: number;
  readonly silentMs: number;
  readonly headerBytes: number;
  readonly headers: number;
  /** Time for the headers of a request and for all of it, ms. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** Whether bytes are worked on in small pieces; it costs a copy, and the front proxy sends no floods. */
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
  // A resumed session would carry an old verdict on the client's certificate and none of its intermediates.
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const;

/**
 * The API server: HTTP/1.1 over TLS 1.2 and up, one express handler behind limits that Kubernetes's own servers have.
 * Client certificates are asked for but judged by `identify` alone, never by the TLS layer. The front proxy has connections
 * and limits of its own; all other clients share few connections with small headers.
 * @param drainMs how long `close` waits for answers in evaluation
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

  // After `listen` an error is a connection that could not be accepted (no file descriptor left); later ones may be.
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

/** The HTTP server of one kind of client, which is handed its connections and does not listen itself. */
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
  // Node looks for headers that take too long on a server that listens.
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

/** Express hosts the one handler; it sees paths alone, since of any other target it makes an HTML page of its own. */
function host(server: Server, handler: ReturnType<typeof createHandler>, pool: ConnectionPool, isPaced: boolean): void {
  const unanswered = new WeakSet<Duplex>();
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(handler);
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    // No client of Kubernetes sends a second request before the first is answered, and a flood of them is one piece of work.
    if (socket.destroyed || unanswered.has(socket)) {
      socket.destroy();
      return;
    }
    if (isPaced) unanswered.add(socket);
    // Written, and not yet sent: the next request may come before Node knows that the answer has left.
    response.once("prefinish", () => unanswered.delete(socket));
    pool.busy(socket);
    response.once("close", () => pool.silent(socket));
    if (request.url?.startsWith("/")) app(request, response);
    else void handler(request, response);
  };
  server.on("request", onRequest);
  // Without `100 Continue` a client that waits for it keeps its body to itself.
  server.on("checkContinue", onRequest);
}

async function listen(server: NetServer, port: number, address: string): Promise<number> {
  server.listen(port, address);
  try {
    await once(server, "listening");
  } catch (error) {
    const message = `the API cannot listen on ${address}:${port} (${reason(error)})`;
    const remedy = "Free the port, or choose another with --secure-port and --bind-address";
    throw new Error(faultLine({ code: "ASM_PORT_UNUSABLE", severity: "error", message, remedy }), { cause: error });
  }
  const bound = server.address();
  return isPort(bound) ? bound.port : port;
}

function isPort(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}

/** The TLS options with a certificate that OpenSSL has read and found to fit its key. */
function checked({ cert, key }: ServingCertificate) {
  const options = { ...TLS_OPTIONS, cert, key };
  try {
    createSecureContext(options);
  } catch (error) {
    const message = `the serving certificate cannot be used (${reason(error)})`;
    const remedy = "Give a PEM certificate and the private key that belongs to it";
    throw new Error(faultLine({ code: "ASM_SERVING_CERTIFICATE", severity: "error", message, remedy }), {
      cause: error,
    });
  }
  return options;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
