import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { BodyTooLarge } from "../kubernetes/limitedBody.ts";
import { type Connection, MOST_CONNECTIONS } from "./connection.ts";
import { type FakeNeighbour, startNeighbour } from "./neighbour.testing.ts";

const LIMITS = { timeoutMs: 5_000, mostBytes: 1_000 };

let neighbour: FakeNeighbour;
let connection: Connection;

beforeEach(async () => {
  neighbour = await startNeighbour((_, response) => void response.end());
  connection = neighbour.connect();
});

afterEach(async () => {
  await connection.close();
  await neighbour.close();
});

const get = (target: string, limits: Partial<typeof LIMITS> = {}) =>
  connection.get(target, {}, { ...LIMITS, ...limits });

test("An answer comes with its status, its type and its bytes, also those that are no UTF-8", async () => {
  const body = Buffer.from([0x7b, 0xff, 0x00, 0xe2, 0x82, 0x7d]);
  neighbour.handler = (_, response) => response.writeHead(418, { "Content-Type": "application/json" }).end(body);
  expect(await get("/a@b:c?x=%2F")).toEqual({ status: 418, contentType: "application/json", body });
  expect(neighbour.requests.map(({ url }) => url)).toEqual(["/a@b:c?x=%2F"]);
});

test("An answer that is too large ends when the limit is passed", async () => {
  neighbour.handler = (_, response) => void response.write(Buffer.alloc(2_000));
  await expect(get("/large")).rejects.toThrow(BodyTooLarge);
});

test.each([
  ["before its headers", () => undefined],
  ["in its body", (response: { write(text: string): unknown }) => void response.write("{")],
] as const)("An answer that hangs %s is late at its deadline", async (_, hang) => {
  neighbour.handler = (_request, response) => hang(response);
  await expect(get("/slow", { timeoutMs: 100 })).rejects.toMatchObject({ name: "TimeoutError" });
});

test("A request that waits for a connection until its deadline is never sent", async () => {
  const held: (() => void)[] = [];
  neighbour.handler = (_, response) => void held.push(() => response.end());
  const busy = Array.from({ length: MOST_CONNECTIONS }, () => get("/busy"));
  await expect(get("/waiting", { timeoutMs: 200 })).rejects.toMatchObject({ name: "TimeoutError" });
  while (held.length < MOST_CONNECTIONS) await new Promise(setImmediate);
  for (const end of held) end();
  await Promise.all(busy);
  neighbour.handler = (_, response) => void response.end();
  await get("/next");
  expect(neighbour.requests.map(({ url }) => url)).not.toContain("/waiting");
});

test("A connection that was closed while it was idle is opened again", async () => {
  neighbour.handler = (request, response) => response.end(() => request.socket.destroy());
  await get("/first");
  neighbour.handler = (_, response) => void response.end();
  expect((await get("/second")).status).toBe(200);
});
