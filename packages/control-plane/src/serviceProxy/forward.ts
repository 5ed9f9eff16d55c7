import { connect, createServer, type Server, type Socket } from "node:net";
import { pipeline } from "node:stream";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import type { Target } from "./backends.ts";

/** The listener of one port of a ClusterIP. */
export interface Forward {
  /**
   * Sets the targets of new connections, which are used in turn. Without targets, connections are refused. Open
   * connections stay open.
   */
  setTargets(targets: readonly Target[]): void;
  stop(): void;
}

/** Timeout for a pod to accept a connection, in milliseconds. */
const connectTimeout = 5_000;

/**
 * Forwards TCP connections. It listens only while there are targets, so a Service without ready pods refuses
 * connections.
 * @param onFault Called if it cannot listen on the address, or if a target does not accept a connection. In the second
 * case, the caller's connection is reset.
 */
export function forward(address: string, port: number, onProblem: (problem: Error) => void): Forward {
  let targets: readonly Target[] = [];
  let turn = 0;
  let server: Server | undefined;
  const sockets = new Set<Socket>();

  const accept = (caller: Socket) => {
    const target = targets[turn++ % targets.length];
    if (target === undefined) {
      caller.resetAndDestroy();
      return;
    }
    const pod = connect({ host: target.address, port: target.port, noDelay: true, allowHalfOpen: true });
    caller.setNoDelay(true);
    pod.setTimeout(connectTimeout, () => pod.destroy(new Error(`no answer in ${connectTimeout} ms`)));
    let accepted = false;
    pod.once("connect", () => {
      accepted = true;
      pod.setTimeout(0);
    });
    pod.on("error", (cause) => {
      caller.resetAndDestroy();
      // A reset of an established connection is not an error of the proxy.
      if (accepted) return;
      const where = `${target.address}:${target.port}`;
      onProblem(
        new ProblemError(problem("ASM_SERVICE_PROXY_POD", `A connection to pod ${where} failed: ${cause.message}`)),
      );
    });
    for (const socket of [caller, pod]) {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    }
    // Each direction ends independently. An error in one direction closes both sockets.
    pipeline(caller, pod, () => {});
    pipeline(pod, caller, () => {});
  };

  const open = () => {
    const opened = createServer({ allowHalfOpen: true }, accept);
    opened.on("error", (cause: NodeJS.ErrnoException) => {
      if (server === opened) server = undefined;
      const remedy =
        cause.code === "EACCES"
          ? "Run as root or lower net.ipv4.ip_unprivileged_port_start"
          : "End what uses that address";
      onProblem(
        new ProblemError(
          problem("ASM_SERVICE_PROXY_LISTEN", `${address}:${port} cannot be listened on: ${cause.message}`, {
            remedy: `${remedy}.`,
          }),
        ),
      );
    });
    opened.listen(port, address);
    return opened;
  };

  return {
    setTargets: (next) => {
      targets = next;
      if (targets.length > 0) server ??= open();
      else {
        server?.close();
        server = undefined;
      }
    },
    stop: () => {
      targets = [];
      server?.close();
      server = undefined;
      for (const socket of sockets) socket.destroy();
    },
  };
}
