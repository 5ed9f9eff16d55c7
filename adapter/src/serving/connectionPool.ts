import type { Server, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import { Server as TlsServer } from "node:tls";

/** A client connection of a server. */
type Connection = Duplex & { readonly remoteAddress?: string | undefined };

/** Limits of a pool: the number of concurrent connections, and how long one may be idle. */
export interface ConnectionLimits {
  readonly most: number;
  /** Maximum idle time in milliseconds, since the connection was opened or since its last response. */
  readonly silentMs: number;
}

/** A bounded set of connections: those of a port, or of one kind of client. */
export interface ConnectionPool {
  /** Adds a new connection. A full pool closes another connection first, or the new one when all others are busy. */
  add(socket: Connection): void;
  /** Records that a request arrived on the connection. */
  busy(socket: Connection): void;
  /** Records that a request of the connection has its response. */
  silent(socket: Connection): void;
  /** Removes the connection without closing it, for example to move it to another pool. */
  remove(socket: Connection): void;
  endAll(): void;
  /** Current number of connections, for metrics and tests. */
  size(): number;
}

/** How long a connection may be busy before a full pool may close it for a new connection, in milliseconds. */
const UNDISTURBED_MS = 2_000;
const SWEEP_MS = 1_000;

/**
 * Creates an empty pool. When it is full, it closes an idle connection for each new one: the oldest idle connection of
 * the address with the most connections. A flood of idle connections from one address therefore replaces its own
 * connections, and clients with other addresses are served.
 */
export function createConnectionPool({ most, silentMs }: ConnectionLimits): ConnectionPool {
  /** Idle connections, oldest first, with the time (monotonic ms) at which each became idle. */
  const silent = new Map<Connection, number>();
  const busy = new Map<Connection, number>();
  /** Requests without a response, per connection. Another request may arrive while Node still sends a response. */
  const requests = new WeakMap<Connection, number>();
  /** Connections per client address, and the address of each connection, which a closed socket no longer has. */
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
 * Limits the connections of an HTTP or HTTPS server with a pool. An HTTPS connection is added after its handshake.
 * When a response takes longer than `silentMs` to send, the connection is closed, because the client does not read.
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
