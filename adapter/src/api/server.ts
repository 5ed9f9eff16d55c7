import { constants } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo, Server as NetServer } from "node:net";
import { createSecureContext, createServer } from "node:tls";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { createHandshakeGate } from "../serving/handshakeGate.ts";
import { listenAddress } from "../serving/listenAddress.ts";
import type { ServingCertificate } from "../serving/servingCertificate.ts";
import { createClients, TRUSTED, UNTRUSTED } from "./clients.ts";
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
const HANDSHAKE_MS = 10 * SECOND_MS;
const DRAIN_MS = 10 * SECOND_MS;

/** Limits for concurrent TLS handshakes. */
const PENDING = { most: 128, silentMs: HANDSHAKE_MS };
/** Maximum number of remembered front proxy addresses. These are the addresses of the API servers. */
const MOST_ADDRESSES = 64;

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
  const server = createServer({
    ...checked(certificate),
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: HANDSHAKE_MS,
    ALPNProtocols: ["http/1.1"],
  });
  const addresses = new Set<string>();
  const handler = createHandler(dependencies, () => draining);
  const trusted = createClients(TRUSTED, handler);
  const untrusted = createClients(UNTRUSTED, handler);

  const gate = createHandshakeGate(server, {
    limits: PENDING,
    isExempt: (address) => addresses.has(address),
    onSecure(socket) {
      if (!dependencies.isFrontProxy(socket)) return untrusted.take(socket);
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
      for (const clients of [trusted, untrusted]) clients.close();
      const cut = setTimeout(() => {
        for (const pool of [gate.pool, trusted.pool, untrusted.pool]) pool.endAll();
      }, drainMs);
      await closed;
      clearTimeout(cut);
    },
  };
}

async function listen(server: NetServer, port: number, address: string): Promise<number> {
  server.listen(port, listenAddress(address));
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
    // Node takes an empty text as unset, and then every handshake fails.
    if (cert.trim() === "" || key.trim() === "") throw new Error("the certificate or its key is empty");
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
