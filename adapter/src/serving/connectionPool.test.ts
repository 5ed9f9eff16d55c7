import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { type ConnectionPool, limitConnections } from "./connectionPool.ts";

const open: Socket[] = [];
let server: Server | undefined;
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
  server?.close();
  server?.closeAllConnections();
});

async function serve(most: number, silentMs = 60_000): Promise<{ port: number; pool: ConnectionPool }> {
  const made = createServer((request, response) => {
    if (request.url === "/") response.end("ok");
  });
  server = made;
  const pool = limitConnections(made, { most, silentMs });
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  return { port: (made.address() as AddressInfo).port, pool };
}

async function connected(port: number, localAddress = "127.0.0.1"): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  open.push(socket);
  socket.on("error", () => undefined).resume();
  await once(socket, "connect");
  return socket;
}

const ask = async (socket: Socket, path = "/") => {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  const [data] = (await once(socket, "data")) as [Buffer];
  return data.toString().slice(9, 12);
};
/** Until the server has taken the connections. */
const taken = async (pool: ConnectionPool, count: number) => {
  while (pool.size() < count) await new Promise((resolve) => setImmediate(resolve));
};

describe("a full pool", () => {
  test("ends the connection that has been silent for longest, of the address that has most", async () => {
    const { port, pool } = await serve(3);
    const honest = await connected(port, "127.0.0.2");
    await taken(pool, 1);
    const [first, second] = [await connected(port), await connected(port)];
    await taken(pool, 3);
    const ended = once(first, "close");
    const third = await connected(port);
    await ended;
    for (const socket of [honest, second, third]) expect(await ask(socket)).toBe("200");
  });

  test("does not end one whose request is being answered", async () => {
    const { port, pool } = await serve(1);
    const working = await connected(port);
    const asked = once(server as Server, "request");
    working.write("GET /never HTTP/1.1\r\nHost: x\r\n\r\n");
    await asked;
    expect(pool.size()).toBe(1);
    const refused = await connected(port);
    await once(refused, "close");
    expect(working.destroyed).toBe(false);
  });
});

test("a connection that says nothing is ended in time", async () => {
  const { port } = await serve(10, 100);
  const socket = await connected(port);
  await once(socket, "close");
});

test("a flood of silent connections keeps nobody out", async () => {
  const { port } = await serve(16);
  for (let index = 0; index < 200; index++) await connected(port, "127.0.0.3");
  expect(await ask(await connected(port))).toBe("200");
});
