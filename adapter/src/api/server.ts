import { constants } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { createSecureContext } from "node:tls";
import express from "express";
import { faultLine } from "hpa-metrics";
import { type ApiDependencies, createHandler } from "./handler.ts";

export type { ApiDependencies, ReadResult, RequestEntry } from "./handler.ts";
export type { HealthCheck } from "./target.ts";
export type { Reading } from "./values.ts";

/** A certificate (leaf first, then any intermediates) and its private key, both PEM. */
export interface ServingCertificate {
  readonly cert: string;
  readonly key: string;
}

/** The external metrics API over TLS. */
export interface ApiServer {
  /** Starts to accept and gives the port, which differs from `port` when that is 0. Throws `ASM_PORT_UNUSABLE`. */
  listen(port: number, address: string): Promise<number>;
  /** New handshakes use this certificate; connections go on. Throws `ASM_SERVING_CERTIFICATE` and keeps the old one. */
  setCertificate(certificate: ServingCertificate): void;
  /** From now on each answer tells its client to open a new connection, which a load balancer sends elsewhere. */
  drain(): void;
  /** Stops accepting, ends every connection with its current answer, and returns once all are closed or time is up. */
  close(): Promise<void>;
}

// Kubernetes allows 1 MiB of headers and 16,384 of them: a user may be in very many groups.
const MAX_HEADER_BYTES = 1 << 20;
const MAX_HEADERS = 16_384;
/** The aggregator keeps idle connections for 90 s; the side that closes first must be it, not we. */
const KEEP_ALIVE_MS = 95_000;
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
const HANDSHAKE_MS = 10_000;
const CONNECTIONS_CHECK_MS = 5000;
const DRAIN_MS = 10_000;

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
 * Client certificates are asked for but judged by `identify` alone, never by the TLS layer.
 * @param drainMs how long `close` waits for answers in flight
 */
export function createApiServer(
  dependencies: ApiDependencies,
  certificate: ServingCertificate,
  drainMs = DRAIN_MS,
): ApiServer {
  let draining = false;
  const server = createServer({
    ...checked(certificate),
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: HANDSHAKE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    keepAlive: true,
  });
  server.maxHeadersCount = MAX_HEADERS;
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  host(
    server,
    createHandler(dependencies, () => draining),
  );

  // After `listen` an error is a connection that could not be accepted (no file descriptor left); later ones may be.
  const onAcceptError = (error: Error) => {
    if (server.listening) dependencies.log({ method: "", path: "", status: 0, milliseconds: 0, error });
  };
  server.on("error", onAcceptError);

  return {
    listen: (port, address) => listen(server, port, address),
    setCertificate: (next) => server.setSecureContext(checked(next)),
    drain() {
      draining = true;
    },
    async close() {
      if (!server.listening) return;
      draining = true;
      const closed = once(server, "close");
      server.close();
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, drainMs);
      await closed;
      clearTimeout(cut);
    },
  };
}

/** Express hosts the one handler; it sees paths alone, since of any other target it makes an HTML page of its own. */
function host(server: Server, handler: ReturnType<typeof createHandler>): void {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(handler);
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith("/")) app(request, response);
    else void handler(request, response);
  };
  server.on("request", onRequest);
  // Without `100 Continue` a client that waits for it keeps its body to itself.
  server.on("checkContinue", onRequest);
}

async function listen(server: Server, port: number, address: string): Promise<number> {
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
