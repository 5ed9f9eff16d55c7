import { createServer, type Server, type Socket } from "node:net";
import type { TLSSocket, Server as TlsServer } from "node:tls";
import { createTokenBucket } from "../kubernetes/tokenBucket.ts";
import { type ConnectionLimits, type ConnectionPool, createConnectionPool } from "./connectionPool.ts";

/** The listener in front of a TLS server. It queues connections until they may start their TLS handshake. */
export interface HandshakeGate {
  /** Listens on the port instead of the TLS server. */
  readonly listener: Server;
  /** Connections without a finished handshake. */
  readonly pool: ConnectionPool;
}

export interface HandshakeGateOptions {
  /** Limits the number of connections without a finished handshake, and the time for it. */
  readonly limits: ConnectionLimits;
  /** Whether an address has no rate limit, such as that of the API server. */
  isExempt?(address: string): boolean;
  /** Called after a handshake is finished. */
  onSecure(socket: TLSSocket): void;
}

/** Handshakes of one address: the burst, and the rate per second. Each handshake takes about 1 ms of CPU time. */
const BURST = 50;
const PER_SECOND = 25;
/** Maximum number of addresses whose handshakes are counted. */
const MOST_ADDRESSES = 1_000;
const LOOK_MS = 20;

/**
 * Creates a rate limiter for the handshakes of a TLS server, per client address. Above the rate, a connection waits.
 * The newest waiting connection starts first. A client that floods the port delays only its own address.
 */
export function createHandshakeGate(server: TlsServer, options: HandshakeGateOptions): HandshakeGate {
  const { limits, isExempt = () => false, onSecure } = options;
  const pool = createConnectionPool(limits);
  /** Plain sockets by the client's address and port, which the TLS socket has in common with its plain socket. */
  const plain = new Map<string, Socket>();
  const budgets = new Map<string, ReturnType<typeof createTokenBucket>>();
  /** Waiting connections by client address, newest last. */
  const waiting = new Map<string, Set<Socket>>();
  let isLookDue = false;

  const budgetOf = (address: string) => {
    const budget = budgets.get(address) ?? createTokenBucket(BURST, PER_SECOND, () => performance.now());
    // Moves the address to the end, so that the least recently used address is removed first.
    budgets.delete(address);
    budgets.set(address, budget);
    const [oldest] = budgets.keys();
    if (budgets.size > MOST_ADDRESSES && oldest !== undefined) budgets.delete(oldest);
    return budget;
  };

  const start = (socket: Socket) => {
    if (!socket.destroyed) server.emit("connection", socket);
  };

  const startWaiting = () => {
    isLookDue = false;
    for (const [address, sockets] of waiting) {
      const budget = budgetOf(address);
      for (const socket of [...sockets].reverse()) {
        if (!socket.destroyed && !budget.take()) break;
        sockets.delete(socket);
        start(socket);
      }
      if (sockets.size === 0) waiting.delete(address);
    }
    lookLater();
  };
  const lookLater = () => {
    if (waiting.size === 0 || isLookDue) return;
    isLookDue = true;
    setTimeout(startWaiting, LOOK_MS).unref();
  };

  const listener = createServer({ keepAlive: true, noDelay: true }, (socket) => {
    const end = endOf(socket);
    const { remoteAddress: address = "" } = socket;
    plain.set(end, socket);
    socket.on("error", () => undefined);
    socket.once("close", () => {
      plain.delete(end);
      waiting.get(address)?.delete(socket);
    });
    pool.add(socket);
    if (isExempt(address) || budgetOf(address).take()) return start(socket);
    waiting.set(address, (waiting.get(address) ?? new Set()).add(socket));
    lookLater();
  });

  server.on("secureConnection", (socket: TLSSocket) => {
    const below = plain.get(endOf(socket));
    if (below) pool.remove(below);
    onSecure(socket);
  });
  // A failed handshake is a problem of the client. It is not logged.
  server.on("tlsClientError", (_, socket) => socket.destroy());
  return { listener, pool };
}

function endOf({ remoteAddress = "", remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
