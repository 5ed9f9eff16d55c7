import type { Server, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import { Server as TlsServer } from "node:tls";

/** A connection of a client, as a server knows it. */
type Connection = Duplex & { readonly remoteAddress?: string | undefined };

/** How many connections there may be at a time, and how long one may say nothing. */
export interface ConnectionLimits {
  readonly most: number;
  /** Ms without a request, from the beginning or since the last answer. */
  readonly silentMs: number;
}

/** The connections of a port, or of one kind of client. */
export interface ConnectionPool {
  /** Takes a new connection. When the pool is full another one is ended for it, or, where each is at work, the new one. */
  add(socket: Connection): void;
  /** A request came on it. */
  busy(socket: Connection): void;
  /** Its request was answered. */
  silent(socket: Connection): void;
  /** The connection is another pool's from now on. */
  remove(socket: Connection): void;
  endAll(): void;
  /** Connections now, for metrics and tests. */
  size(): number;
}

/** A request may be answered for so long before its connection may be ended for a new one, ms. */
const UNDISTURBED_MS = 2_000;
const SWEEP_MS = 1_000;

/**
 * A pool without connections. When it is full, a silent connection is ended for a new one: the oldest of the address that has
 * most of them. A flood of silent connections ends itself, and whoever connects from elsewhere in order to ask is served.
 */
export function createConnectionPool({ most, silentMs }: ConnectionLimits): ConnectionPool {
  /** In the order in which they became so, with the time of that. */
  const silent = new Map<Connection, number>();
  const busy = new Map<Connection, number>();
  /** Requests of a connection that are not answered: one more may come while Node still sends an answer. */
  const requests = new WeakMap<Connection, number>();
  /** Connections by the address of the client, and the address of each: a socket that has ended no longer knows it. */
  const counts = new Map<string, number>();
  const addresses = new WeakMap<Connection, string>();
  let isSweepDue = false;

  const count = (address: string, change: number) => {
    const sum = (counts.get(address) ?? 0) + change;
    if (sum > 0) counts.set(address, sum);
    else counts.delete(address);
  };

  const remove = (socket: Connection) => {
    if (silent.delete(socket) || busy.delete(socket)) count(addresses.get(socket) ?? "", -1);
  };

  const oldestOfMost = (): Connection | undefined => {
    const [most] = [...counts].reduce((greatest, entry) => (entry[1] > greatest[1] ? entry : greatest), ["", 0]);
    const [oldest] = silent.keys();
    for (const socket of silent.keys()) if (addresses.get(socket) === most) return socket;
    return oldest;
  };

  const makeRoom = (): boolean => {
    if (silent.size + busy.size < most) return true;
    const oldest = oldestOfMost();
    const [[longest, since] = []] = busy;
    const ended = oldest ?? (since !== undefined && performance.now() - since > UNDISTURBED_MS ? longest : undefined);
    if (!ended) return false;
    remove(ended);
    ended.destroy();
    return true;
  };

  const endSilent = () => {
    isSweepDue = false;
    for (const [socket, since] of silent) {
      if (performance.now() - since < silentMs) break;
      remove(socket);
      socket.destroy();
    }
    watchSilent();
  };
  const watchSilent = () => {
    if (silent.size === 0 || isSweepDue) return;
    isSweepDue = true;
    setTimeout(endSilent, Math.min(SWEEP_MS, silentMs)).unref();
  };

  const move = (socket: Connection, from: Map<Connection, number>, to: Map<Connection, number>) => {
    if (!from.delete(socket)) return;
    to.set(socket, performance.now());
    watchSilent();
  };

  return {
    add(socket) {
      if (!makeRoom()) {
        socket.destroy();
        return;
      }
      const address = socket.remoteAddress ?? "";
      addresses.set(socket, address);
      count(address, 1);
      silent.set(socket, performance.now());
      socket.once("close", () => remove(socket));
      watchSilent();
    },
    busy(socket) {
      requests.set(socket, (requests.get(socket) ?? 0) + 1);
      move(socket, silent, busy);
    },
    silent(socket) {
      const left = (requests.get(socket) ?? 1) - 1;
      requests.set(socket, left);
      if (left === 0) move(socket, busy, silent);
    },
    remove,
    endAll() {
      for (const socket of [...silent.keys(), ...busy.keys()]) socket.destroy();
    },
    size: () => silent.size + busy.size,
  };
}

/**
 * Keeps the connections of an HTTP or HTTPS server in a pool; those of HTTPS from their handshake on. A response that takes longer than `silentMs` to be sent is not waited
 * for: its reader does not read.
 */
export function limitConnections(server: Server | HttpsServer, limits: ConnectionLimits): ConnectionPool {
  const pool = createConnectionPool(limits);
  server.on(server instanceof TlsServer ? "secureConnection" : "connection", pool.add);
  server.on("request", ({ socket }, response: ServerResponse) => {
    pool.busy(socket);
    const timer = setTimeout(() => socket.destroy(), limits.silentMs).unref();
    response.once("close", () => {
      clearTimeout(timer);
      pool.silent(socket);
    });
  });
  return pool;
}
