import { connect, createServer, type Server, type Socket } from "node:net";

/** A listener that forwards each connection. */
export interface Forwarder {
  /** The TCP port. Undefined for a Unix socket. */
  readonly port: number | undefined;
  stop(): void;
}

/** Where to listen or to connect: a TCP address or the path of a Unix socket. */
export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string };

/**
 * Forwards connections from one endpoint to another. Port 0 chooses a free port.
 * @throws Error of listen(2), for example EADDRINUSE.
 */
export async function forwardConnections(from: Endpoint, to: Endpoint): Promise<Forwarder> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (caller) => {
    const target = connect({ ...to, allowHalfOpen: true, noDelay: true });
    for (const [socket, other] of [
      [caller, target],
      [target, caller],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => sockets.delete(socket));
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(from, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" ? address?.port : undefined,
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
