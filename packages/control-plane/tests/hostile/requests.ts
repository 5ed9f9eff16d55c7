import { once } from "node:events";
import { connect as connectPlain } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { Stage } from "../conformance/stage.ts";
import { GROUP_PATH, metricPath } from "../conformance/stage.ts";
import type { Surface } from "./holds.ts";

const KIB = 1024;

/** Requests of somebody without credentials, each at the size that the name says. */
export function strangersRequests({ plane, adapter }: Stage): Surface[] {
  // As another pod has: not the address that the API server calls from.
  const localAddress = plane.addresses.component(41);
  const send = async (bytes: string) => {
    const socket = await open(adapter.address, adapter.port, { localAddress });
    if (socket) await talk(socket, bytes);
  };
  const sendPlain = (port: number, bytes: string) =>
    talk(connectPlain({ host: adapter.address, port, localAddress }), bytes);
  const head = (path: string, ...headers: string[]) =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers.map((header) => `${header}\r\n`).join("")}\r\n`;
  const header = (name: string, make: (size: number) => string, path = "/livez"): Surface => ({
    name: `${name}, on ${path}`,
    from: KIB,
    to: 1024 * KIB,
    send: (size) => send(head(path, make(size))),
  });
  const target = (name: string, make: (size: number) => string): Surface => ({
    name,
    from: KIB,
    to: 64 * KIB,
    send: (size) => send(head(make(size))),
  });
  const selector = (piece: string) => (size: number) =>
    metricPath("prometheus-query", piece.repeat(Math.ceil(size / encodeURIComponent(piece).length)));
  return [
    header("commas in Accept", (size) => `Accept: ${",".repeat(size)}`),
    header("semicolons in Accept", (size) => `Accept: ${"a;".repeat(size / 2)}`),
    header("commas in Accept", (size) => `Accept: ${"*/*,".repeat(size / 4)}`, metricPath("x")),
    header("spaces in Authorization", (size) => `Authorization: Bearer ${" ".repeat(size)}x`),
    header("a bearer token", (size) => `Authorization: Bearer ${"x".repeat(size)}`, GROUP_PATH),
    header("one long header", (size) => `X-Remote-User: ${"u".repeat(size)}`),
    header("many headers", (size) => "a:b\r\n".repeat(size / 5).trimEnd()),
    header("many X-Remote-Group", (size) => "X-Remote-Group: g\r\n".repeat(size / 19).trimEnd()),
    header("User-Agent", (size) => `User-Agent: curl${"l".repeat(size)}`),
    target("a long path", (size) => `/${"a/".repeat(size / 2)}`),
    target("an escaped path", (size) => `/${"%61".repeat(size / 3)}`),
    target("many parameters", (size) => `/livez?${"a=b&".repeat(size / 4)}`),
    target("a selector of many terms", selector("a=b,")),
    target("a selector of many values", (size) => metricPath("x", `a in (${"b,".repeat(size / 6)}c)`)),
    target("a selector of wrong values", (size) => metricPath("x", `a in (${"-,".repeat(size / 6)}c)`)),
    target("a selector with a long key", (size) => metricPath("x", `${"a.".repeat(size / 2)}/x`)),
    target("a selector with a key that is nearly one", (size) => metricPath("x", `${"a".repeat(size)}!/x=y`)),
    target("a long metric", (size) => metricPath("m".repeat(size))),
    {
      name: "requests in one piece, unanswered",
      from: KIB,
      to: 1024 * KIB,
      send: (size) => send(head("/livez").repeat(Math.ceil(size / head("/livez").length))),
    },
    {
      name: "an endless body",
      from: KIB,
      to: 4096 * KIB,
      send: (size) => send(`${head("/livez", "Transfer-Encoding: chunked")}${`1\r\nx\r\n`.repeat(size / 6)}`),
    },
    {
      name: "bytes that are no TLS",
      from: KIB,
      to: 1024 * KIB,
      send: (size) => sendPlain(adapter.port, "x".repeat(size)),
    },
    ...[7979, 8090].map((port) => ({
      name: `headers on port ${port}`,
      from: KIB,
      to: 1024 * KIB,
      send: (size: number) => sendPlain(port, head("/metrics", `Accept: ${",".repeat(size)}`)),
    })),
    ...[7979, 8090].map((port) => ({
      name: `a target on port ${port}`,
      from: KIB,
      to: 64 * KIB,
      send: (size: number) =>
        sendPlain(port, `GET /api/status?search=${"a+".repeat(size / 2)} HTTP/1.1\r\nHost: ${adapter.address}\r\n\r\n`),
    })),
    {
      name: "handshakes at once",
      from: 16,
      to: 1024,
      async send(count) {
        const opened = await Promise.all(
          Array.from({ length: count }, () => open(adapter.address, adapter.port, { localAddress })),
        );
        for (const socket of opened) socket?.destroy();
      },
    },
    {
      name: "untrusted client certificates",
      from: 1,
      to: 64,
      async send(count) {
        const pair = await plane.user(`untrusted-${count}`, []);
        const chain = pair.certPem.repeat(count);
        const socket = await open(adapter.address, adapter.port, { localAddress, cert: chain, key: pair.keyPem });
        if (socket) await talk(socket, head(GROUP_PATH));
      },
    },
  ];
}

/** Requests in the front proxy's name, with all that it may send. */
export function proxiedRequests({ direct }: Stage): Surface[] {
  const many = (size: number) => Array.from({ length: Math.ceil(size / 20) }, (_, index) => `group-${index}`);
  return [
    {
      name: "a user in very many groups",
      from: KIB,
      to: 512 * KIB,
      send: (size) => direct.proxied(GROUP_PATH, { user: "many", groups: many(size) }).catch(() => undefined),
    },
    {
      name: "commas in Accept of a user",
      from: KIB,
      to: 512 * KIB,
      send: (size) =>
        direct
          .proxied(GROUP_PATH, { headers: { Accept: `${",".repeat(size)}application/yaml` } })
          .catch(() => undefined),
    },
  ];
}

/** Sends bytes and waits for the end of the connection, at most a few seconds. */
async function talk(socket: TLSSocket | ReturnType<typeof connectPlain>, bytes: string): Promise<void> {
  socket.on("error", () => undefined);
  socket.resume();
  socket.write(bytes);
  const closed = once(socket, "close");
  const cut = setTimeout(() => socket.destroy(), 3_000);
  await closed.catch(() => undefined);
  clearTimeout(cut);
}

/** A TLS connection, or nothing where the server ended it. */
function open(host: string, port: number, client: object = {}): Promise<TLSSocket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, rejectUnauthorized: false, ...client }, () => resolve(socket));
    socket.on("error", () => resolve(undefined));
    socket.once("close", () => resolve(undefined));
  });
}
