import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";

/** What a proxy before Prometheus does to a request. */
export type Mischief = (incoming: IncomingMessage, response: ServerResponse, pass: () => void) => void;

/** A proxy that passes on, or does mischief. */
export interface FaultyProxy {
  readonly url: string;
  /** Undefined: all is passed on. */
  mischief: Mischief | undefined;
  close(): void;
}

const say =
  (status: number, type: string, body: string): Mischief =>
  (_, response) =>
    void response.writeHead(status, { "Content-Type": type }).end(body);
const json = (body: unknown) => say(200, "application/json", JSON.stringify(body));
const success = (data: unknown) => json({ status: "success", data });
let turn = 0;

/** What a Prometheus, or what stands before it, has been seen to do. */
export const MISCHIEF: Readonly<Record<string, Mischief>> = {
  hung: () => undefined,
  slow: (_incoming, _response, pass) => void setTimeout(pass, 3_000),
  garbage: say(200, "application/json", "\u0000\u0001{{{"),
  HTML: say(200, "text/html", "<html>log in</html>"),
  "ten megabytes": say(200, "application/json", `{"status":"success","x":"${"y".repeat(10_000_000)}"}`),
  "a number as a number": success({ resultType: "vector", result: [{ metric: {}, value: [1, 35] }] }),
  "a matrix": success({ resultType: "matrix", result: [{ metric: {}, values: [[1, "35"]] }] }),
  "no data": success(null),
  NaN: success({ resultType: "vector", result: [{ metric: {}, value: [1, "NaN"] }] }),
  "a negative": success({ resultType: "scalar", result: [1, "-35"] }),
  "500": say(500, "text/plain", "boom"),
  "a burst of 503": (_incoming, response, pass) => {
    if (turn++ % 5 === 0) pass();
    else response.writeHead(503, { "Retry-After": "30" }).end();
  },
  "a cut connection": (incoming) => void incoming.socket.destroy(),
};

/** Starts a proxy before an HTTP server. */
export async function startFaultyProxy(upstream: string): Promise<FaultyProxy> {
  const to = new URL(upstream);
  const proxy: FaultyProxy = {
    url: "",
    mischief: undefined,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  const server = createServer((incoming, response) => {
    const pass = () => {
      const { method, headers, url } = incoming;
      const outgoing = request({ host: to.hostname, port: to.port, path: url, method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      outgoing.once("error", () => response.destroy());
      incoming.pipe(outgoing);
    };
    if (proxy.mischief) proxy.mischief(incoming, response, pass);
    else pass();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(proxy, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

/** A cable that can be pulled: TCP to one address. */
export interface Cable {
  readonly port: number;
  /** Ends every connection and takes no new one until `plug`. */
  pull(): void;
  /** Says nothing to anybody any more and ends nothing, as when a machine between is lost; new connections wait for `plug`. */
  hang(): void;
  /** New connections are taken; those that were there at `hang` stay silent. */
  plug(): void;
  close(): void;
}

/** Starts a cable to an address. */
export async function startCable(host: string, port: number): Promise<Cable> {
  const sockets = new Set<Socket>();
  let pulled = false;
  let hung = false;
  const waiting = new Set<Socket>();
  const join = (inward: Socket) => {
    const outward = connect({ host, port });
    for (const socket of [inward, outward]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        inward.destroy();
        outward.destroy();
      });
    }
    inward.pipe(outward).pipe(inward);
  };
  const server = createTcpServer((inward) => {
    if (pulled) inward.destroy();
    else if (hung) waiting.add(inward.on("error", () => inward.destroy()));
    else join(inward);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const pull = () => {
    pulled = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    pull,
    hang() {
      hung = true;
      for (const socket of sockets) {
        // The other end may go, and this one hears nothing of it.
        socket.unpipe();
        socket.removeAllListeners("close");
        socket.pause();
      }
    },
    plug() {
      pulled = false;
      hung = false;
      for (const inward of waiting) join(inward);
      waiting.clear();
    },
    close: () => {
      pull();
      server.close();
    },
  };
}
