import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type TLSSocket } from "node:tls";
import { afterEach, expect, test } from "@jest/globals";
import { createHandshakeGate, type HandshakeGate } from "./handshakeGate.ts";
import { makeServingPair } from "./servingCertificate.ts";

let gate: HandshakeGate | undefined;
const sockets: TLSSocket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  gate?.pool.endAll();
  gate?.listener.close();
});

/** A TLS port; gives its number and how many handshakes of an address were done. */
async function serve(isExempt: (address: string) => boolean = () => false) {
  const { serving } = await makeServingPair({ serviceName: "a", namespace: "b" }, Date.now());
  const counts = new Map<string, number>();
  const made = createHandshakeGate(createServer(serving), {
    limits: { most: 1_000, silentMs: 60_000 },
    isExempt,
    onSecure({ remoteAddress = "" }) {
      counts.set(remoteAddress, (counts.get(remoteAddress) ?? 0) + 1);
    },
  });
  gate = made;
  made.listener.listen(0, "127.0.0.1");
  await once(made.listener, "listening");
  return { port: (made.listener.address() as AddressInfo).port, counts };
}

function open(port: number, localAddress: string): Promise<unknown> {
  // Node passes what it does not know on to the plain connection.
  const from: object = { localAddress };
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...from });
  sockets.push(socket);
  socket.on("error", () => undefined);
  return once(socket, "secureConnect").catch(() => undefined);
}

/** The server's side of a handshake is done a moment later. */
async function soon(count: () => number | undefined, wanted: number): Promise<void> {
  while ((count() ?? 0) < wanted) await new Promise((resolve) => setImmediate(resolve));
}

test("handshakes of an address have a rate, and another address does not wait", async () => {
  const { port, counts } = await serve();
  const began = performance.now();
  for (let index = 0; index < 200; index++) void open(port, "127.0.0.9");
  await open(port, "127.0.0.1");
  await soon(() => counts.get("127.0.0.1"), 1);
  const seconds = (performance.now() - began) / 1_000;
  // So many at once, and a few a second.
  expect(counts.get("127.0.0.9") ?? 0).toBeLessThanOrEqual(50 + 25 * seconds + 1);
});

test("an address that is exempt never waits", async () => {
  const { port, counts } = await serve((address) => address === "127.0.0.9");
  await Promise.all(Array.from({ length: 100 }, () => open(port, "127.0.0.9")));
  await soon(() => counts.get("127.0.0.9"), 100);
});

test("who waits is served in the end, the newest first", async () => {
  const { port, counts } = await serve();
  const first = Array.from({ length: 70 }, () => open(port, "127.0.0.9"));
  await open(port, "127.0.0.9");
  expect(counts.get("127.0.0.9")).toBeLessThan(71);
  await Promise.all(first);
  await soon(() => counts.get("127.0.0.9"), 71);
});
