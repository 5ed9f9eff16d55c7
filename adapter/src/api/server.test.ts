import { Agent } from "node:https";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { makeServingPair } from "../serving/servingCertificate.ts";
import { SERVER_NAME } from "./client.testing.ts";
import type { ReadResult } from "./dependencies.ts";
import { type Fixture, GROUP_PATH, METRIC_PATH, SERVICE, startFixture } from "./fixture.testing.ts";
import { createApiServer } from "./server.ts";

let fixture: Fixture;
let get: Fixture["get"];
beforeAll(async () => {
  fixture = await startFixture();
  get = fixture.get;
});
afterEach(() => fixture.reset());
afterAll(() => fixture.server.close());

describe("HTTP", () => {
  test("headers are those of the API server and none of express", async () => {
    const { headers } = await get(GROUP_PATH, { headers: { "Audit-Id": "a-1" } });
    expect(headers).toMatchObject({ "audit-id": "a-1", "cache-control": "no-cache, private" });
    for (const name of ["etag", "x-powered-by", "retry-after"]) expect(headers).not.toHaveProperty(name);
  });

  test("pretty is indented", async () => {
    expect((await get(`${GROUP_PATH}?pretty=true`)).body).toContain('\n  "apiVersion": "v1",\n');
    expect((await get(GROUP_PATH)).body).not.toContain("  ");
  });

  test.each(["Content-Length: 5", "Transfer-Encoding: chunked", "Content-Length: 5\r\nExpect: 100-continue"])(
    "a body is refused unread, and the connection with it: %s",
    async (framing) => {
      const answer = await exchange(`GET ${GROUP_PATH} HTTP/1.1\r\nHost: x\r\n${framing}\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
      expect(answer).toContain("Connection: close");
    },
  );

  test("3000 groups (150 kB of headers) pass, 20,000 headers do not, and the server lives on", async () => {
    const groups = (count: number) => ({
      "X-Remote-Group": Array.from({ length: count }, (_, i) => `team-${i}-${"g".repeat(30)}`),
    });
    expect((await get(GROUP_PATH, { headers: groups(3000) })).status).toBe(200);
    // The refusal may reach the client as a reset, since the server reads no further.
    const refusal = await get(GROUP_PATH, { headers: groups(20_000) }).then(
      ({ status }) => status,
      () => "reset",
    );
    expect([431, "reset"]).toContain(refusal);
    expect((await get(GROUP_PATH)).status).toBe(200);
  });

  test.each([
    ["absolute form", `GET https://x${METRIC_PATH} HTTP/1.1\r\nHost: x`],
    ["authority that no parser takes", "GET http://[ HTTP/1.1\r\nHost: x"],
    ["asterisk", "OPTIONS * HTTP/1.1\r\nHost: x"],
    ["bare fragment", `GET ${METRIC_PATH}#x HTTP/1.1\r\nHost: x`],
    [
      "two lengths of the body",
      `GET ${METRIC_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked`,
    ],
    ["space before the colon", `GET ${METRIC_PATH} HTTP/1.1\r\nHost: x\r\nX-Remote-User : admin`],
    ["a folded header", `GET ${METRIC_PATH} HTTP/1.1\r\nHost: x\r\nX-A: b\r\n X-Remote-User: admin`],
    ["a bare line feed", `GET ${METRIC_PATH} HTTP/1.1\r\nHost: x\nX-Remote-User: admin`],
    ["no host", `GET ${METRIC_PATH} HTTP/1.1\r\nX-A: b`],
  ])("raw bytes: %s is a bad request", async (_, head) => {
    const answer = await exchange(`${head}\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toMatch(/<html|ExternalMetric/i);
  });
});

describe("TLS", () => {
  test("speaks 1.2 and up, and HTTP/1.1 alone", async () => {
    const socket = await handshake({ ALPNProtocols: ["h2", "http/1.1"] });
    expect([socket.getProtocol(), socket.alpnProtocol]).toEqual(["TLSv1.3", "http/1.1"]);
    socket.destroy();
    await expect(handshake({ maxVersion: "TLSv1.1", minVersion: "TLSv1" })).rejects.toThrow();
    await expect(handshake({ maxVersion: "TLSv1.2", ciphers: "AES128-SHA" })).rejects.toThrow();
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)("no session of %s is resumed", async (version) => {
    const options = { minVersion: version, maxVersion: version } as const;
    const sessions: Buffer[] = [];
    const first = await handshake(options);
    first.on("session", (session: Buffer) => sessions.push(session));
    await once(first, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const session = sessions.at(-1) ?? first.getSession();
    const second = await handshake({ ...options, ...(session ? { session } : {}) });
    expect(second.isSessionReused()).toBe(false);
    second.destroy();
  });

  test("a new certificate counts for new handshakes, connections go on, and a bad one is refused", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await get("/healthz", { agent });
    const next = await makeServingPair(SERVICE, Date.now());
    fixture.server.setCertificate(next.serving);
    expect((await get("/healthz", { agent })).status).toBe(200);
    await expect(get("/healthz")).rejects.toThrow(/certificate/);
    expect((await get("/healthz", { ca: next.authority.cert })).status).toBe(200);
    const halves = { cert: fixture.pair.serving.cert, key: next.serving.key };
    for (const bad of [halves, { ...halves, key: "" }, { ...halves, cert: "" }]) {
      expect(() => fixture.server.setCertificate(bad)).toThrow(/^ASM_SERVING_CERTIFICATE: /);
    }
    expect((await get("/healthz", { ca: next.authority.cert })).status).toBe(200);
    fixture.server.setCertificate(fixture.pair.serving);
    expect((await get("/healthz")).status).toBe(200);
    agent.destroy();
  });
});

describe("the end", () => {
  test("answers what is in flight, tells clients to go, and accepts no more", async () => {
    const ending = createApiServer(fixture.dependencies, fixture.pair.serving);
    const at = await ending.listen(0, "127.0.0.1");
    const asked = deferred<void>();
    const answer = deferred<ReadResult>();
    fixture.backstage.read = () => {
      asked.resolve();
      return answer.promise;
    };
    const agent = new Agent({ keepAlive: true });
    const inFlight = get(METRIC_PATH, { port: at, agent });
    await asked.promise;
    const closed = ending.close();
    await expect(get("/healthz", { port: at })).rejects.toThrow(/ECONNREFUSED/);
    answer.resolve({ ok: true, readings: [] });
    const reply = await inFlight;
    expect([reply.status, reply.headers.connection]).toEqual([200, "close"]);
    await closed;
    agent.destroy();
  });

  test("is bounded when an answer never comes", async () => {
    const ending = createApiServer(fixture.dependencies, fixture.pair.serving, 50);
    const at = await ending.listen(0, "127.0.0.1");
    const asked = deferred<void>();
    fixture.backstage.read = () => {
      asked.resolve();
      return new Promise(() => {});
    };
    const cut = expect(get(METRIC_PATH, { port: at })).rejects.toThrow();
    await asked.promise;
    await ending.close();
    await cut;
  });

  test("a port in use is named, with what to do", async () => {
    const second = createApiServer(fixture.dependencies, fixture.pair.serving);
    await expect(second.listen(fixture.port, "127.0.0.1")).rejects.toThrow(
      new RegExp(`^ASM_PORT_UNUSABLE: the API cannot listen on 127.0.0.1:${fixture.port} .*--secure-port`),
    );
  });
});

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function handshake(options: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const base = { host: "127.0.0.1", port: fixture.port, servername: SERVER_NAME, ca: fixture.pair.authority.cert };
    const socket = connect({ ...base, ...options }, () => resolve(socket));
    socket.on("error", reject);
  });
}

/** Sends bytes and gives what comes back until the server ends the connection. */
async function exchange(bytes: string): Promise<string> {
  return once(await handshake({}), bytes);
}

function once(socket: TLSSocket, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
    });
    socket.on("close", () => resolve(text));
    socket.write(bytes);
  });
}

test("a client that keeps its connection and asks as fast as it can is always answered", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const statuses = new Set<number>();
  for (let round = 0; round < 300; round++) statuses.add((await get(GROUP_PATH, { agent })).status);
  agent.destroy();
  expect([...statuses]).toEqual([200]);
});
