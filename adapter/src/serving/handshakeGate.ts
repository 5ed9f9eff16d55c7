import { createServer, type Server, type Socket } from "node:net";
import type { TLSSocket, Server as TlsServer } from "node:tls";
import { createTokenBucket } from "../kubernetes/tokenBucket.ts";
import { type ConnectionLimits, type ConnectionPool, createConnectionPool } from "./connectionPool.ts";

/** The port of a TLS server, in front of which connections wait for their handshakes. */
export interface HandshakeGate {
  /** Listens in the TLS server's place. */
  readonly listener: Server;
  /** Connections whose handshakes are not done. */
  readonly pool: ConnectionPool;
}

export interface HandshakeGateOptions {
  /** How many connections may be without a finished handshake, and for how long. */
  readonly limits: ConnectionLimits;
  /** Whether an address is never made to wait: the API server's. */
  isExempt?(address: string): boolean;
  /** A handshake is done. */
  onSecure(socket: TLSSocket): void;
}

/** Handshakes of one address: at once, and per second. Each takes about 1 ms of processor time. */
const BURST = 50;
const PER_SECOND = 25;
/** Addresses whose handshakes are counted. */
const MOST_ADDRESSES = 1_000;
const LOOK_MS = 20;

/**
 * A gate in front of a TLS server. Handshakes of one address have a rate. Beyond it a connection waits, and the newest goes
 * first: a client that floods the port waits behind itself, and a client of another address does not wait at all.
 */
export function createHandshakeGate(server: TlsServer, options: HandshakeGateOptions): HandshakeGate {
  const { limits, isExempt = () => false, onSecure } = options;
  const pool = createConnectionPool(limits);
  /** By the client's end of the connection, which the plain socket and the one over it have in common. */
  const plain = new Map<string, Socket>();
  const budgets = new Map<string, ReturnType<typeof createTokenBucket>>();
  /** By address, the newest last. */
  const waiting = new Map<string, Set<Socket>>();
  let isLookDue = false;

  const budgetOf = (address: string) => {
    const budget = budgets.get(address) ?? createTokenBucket(BURST, PER_SECOND, () => performance.now());
    // The address that was heard from last is forgotten last.
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
  // A handshake that fails is its client's affair.
  server.on("tlsClientError", (_, socket) => socket.destroy());
  return { listener, pool };
}

function endOf({ remoteAddress = "", remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
