import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Identity, Refusal } from "../security/identity.ts";
import { makeServingPair, type ServingPair } from "../security/servingCertificate.ts";
import { ask, type Question, SERVER_NAME } from "./client.testing.ts";
import type { ReadResult, RequestEntry } from "./handler.ts";
import { type ApiServer, createApiServer } from "./server.ts";
import type { Reading } from "./values.ts";

const G = "/apis/external.metrics.k8s.io/v1beta1";
const METRIC = `${G}/namespaces/ns/prometheus-query`;
const service = { serviceName: "adapter", namespace: "kube-system" };
const hpaController: Identity = { user: "hpa", uid: "", groups: [], extra: new Map() };

let pair: ServingPair;
let server: ApiServer;
let port: number;
const entries: RequestEntry[] = [];
let names: string[] = [];
let identity: Identity | Refusal = hpaController;
let failing: string[] = [];
let read: (namespace: string, metric: string) => Promise<ReadResult>;
let stored: (Reading & { namespace: string })[] = [];

function dependencies() {
  return {
    metricNames: () => names,
    readMetric: async (
      namespace: string,
      metric: string,
      matches: (labels: Readonly<Record<string, string>>) => boolean,
    ): Promise<ReadResult> => {
      const result = await read(namespace, metric);
      return result.ok ? { ok: true, readings: result.readings.filter(({ labels }) => matches(labels)) } : result;
    },
    identify: () => identity,
    health: () => failing,
    log: (entry: RequestEntry) => void entries.push(entry),
  };
}

const get = (path: string, question: Partial<Question> = {}) =>
  ask({ port, ca: pair.authority.cert, path, ...question });

beforeAll(async () => {
  pair = await makeServingPair(service, Date.now());
  server = createApiServer(dependencies(), pair.serving);
  port = await server.listen(0, "127.0.0.1");
});
afterAll(() => server.close());

afterEach(() => reset());
function reset(): void {
  names = [];
  identity = hpaController;
  failing = [];
  stored = [];
  read = async (namespace, metric) => {
    const readings = stored.filter((reading) => reading.namespace === namespace && reading.metricName === metric);
    return { ok: true, readings };
  };
}
reset();

interface Vector {
  id: string;
  stored: { ns: string; name: string; labels: Record<string, string>; value: string; timestamp: string }[];
  request: { method: string; path: string; accept: string };
  expect: { status: number; contentType: string; body: string };
}
const vectors: Vector[] = JSON.parse(readFileSync(new URL("http.vectors.json", import.meta.url), "utf8"));

describe("answers recorded from the generic API server", () => {
  test.each(vectors)("$id $request.method $request.path", async (vector) => {
    stored = vector.stored.map(({ ns, name, labels, value, timestamp }) => {
      return { namespace: ns, metricName: name, labels, value, evaluatedAt: Date.parse(timestamp) + 999 };
    });
    names = stored.map(({ metricName }) => metricName);
    const { method, path, accept } = vector.request;
    const reply = await get(path, { method, headers: accept ? { Accept: accept } : {} });
    expect(reply.status).toBe(vector.expect.status);
    expect(reply.headers["content-type"]).toBe(vector.expect.contentType);
    // The address is the server's own.
    expect(reply.body).toBe(vector.expect.body.replace("127.0.0.1:443", `127.0.0.1:${port}`));
  });
});

describe("discovery", () => {
  test("no resource until an HPA registers one; then each name once, sorted", async () => {
    expect(JSON.parse((await get(G)).body)).toEqual({
      kind: "APIResourceList",
      apiVersion: "v1",
      groupVersion: "external.metrics.k8s.io/v1beta1",
      resources: [],
    });
    names = ["z", "prometheus-query", "z"];
    const { resources } = JSON.parse((await get(G)).body);
    expect(resources.map((resource: { name: string }) => resource.name)).toEqual(["prometheus-query", "z"]);
  });

  test("the availability probe is answered while every read hangs", async () => {
    read = () => new Promise(() => {});
    const slow = get(`${METRIC}?timeout=300ms`);
    const began = performance.now();
    expect((await get(G)).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(250);
    expect((await slow).status).toBe(504);
  });

  test("the aggregated form alone is not acceptable, so that the aggregator falls back to the list", async () => {
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const reply = await get("/apis", { headers: { Accept: accept } });
    expect(reply.status).toBe(406);
    expect(JSON.parse(reply.body)).toMatchObject({ kind: "Status", reason: "NotAcceptable", code: 406 });
  });

  test("the group", async () => {
    const version = { groupVersion: "external.metrics.k8s.io/v1beta1", version: "v1beta1" };
    const group = { kind: "APIGroup", apiVersion: "v1", name: "external.metrics.k8s.io" };
    const { body } = await get("/apis/external.metrics.k8s.io");
    expect(JSON.parse(body)).toEqual({ ...group, versions: [version], preferredVersion: version });
  });

  test("OpenAPI v3 is found through its index, kept by its tag, and a wrong hash leads to the right one", async () => {
    const index = await get("/openapi/v3");
    const { paths } = JSON.parse(index.body);
    const url: string = paths["apis/external.metrics.k8s.io/v1beta1"].serverRelativeURL;
    const document = await get(url);
    expect(document.status).toBe(200);
    const { components } = JSON.parse(document.body);
    const missing = [...document.body.matchAll(/#\/components\/schemas\/([^"]+)/g)].filter(
      ([, name]) => !(String(name) in components.schemas),
    );
    expect(missing).toEqual([]);
    const tag = String(document.headers.etag);
    const again = await get(url, { headers: { "If-None-Match": tag } });
    expect([again.status, again.body]).toEqual([304, ""]);
    expect((await get("/openapi/v3", { headers: { "If-None-Match": tag } })).status).toBe(200);
    const wrong = await get(`/openapi/v3${G}?hash=0`);
    expect([wrong.status, wrong.headers.location]).toEqual([301, url]);
    expect((await get("/openapi/v2")).status).toBe(404);
  });
});

describe("a reading that cannot be given", () => {
  test("is an error with the reason that the user will see", async () => {
    const message = "HPA ns/web, annotation a: ASM_X: 2 samples & <more>. Sum them.";
    read = async () => ({ ok: false, message });
    const reply = await get(METRIC);
    expect(reply.status).toBe(503);
    expect(JSON.parse(reply.body)).toMatchObject({ kind: "Status", message, reason: "ServiceUnavailable", code: 503 });
    expect(reply.headers).not.toHaveProperty("retry-after");
    expect(reply.body).not.toContain("<");
  });

  test("in time is a timeout, by the client's own wish too", async () => {
    read = () => new Promise(() => {});
    const reply = await get(`${METRIC}?timeout=20ms`);
    expect(JSON.parse(reply.body)).toMatchObject({ reason: "Timeout", code: 504 });
    expect(reply.body).not.toContain("retryAfter");
  });

  test("because of our own fault is an internal error without its cause; the log has it", async () => {
    read = () => Promise.reject(new Error("secret cause"));
    const reply = await get(METRIC);
    expect(JSON.parse(reply.body)).toMatchObject({ reason: "InternalError", code: 500 });
    expect(reply.body).not.toMatch(/secret|at /);
    expect(entries.at(-1)).toMatchObject({ status: 500, error: new Error("secret cause"), user: "hpa", verb: "list" });
  });
});

describe("who may ask", () => {
  const targets = ["/apis", G, METRIC, "/openapi/v3", "/metrics", "/livez/ping", `${METRIC}/extra`];

  test.each(targets)("without credentials %s is forbidden", async (path) => {
    identity = { refused: "anonymous", reason: "the client sent no certificate" };
    const reply = await get(path);
    expect([reply.status, JSON.parse(reply.body).reason]).toEqual([403, "Forbidden"]);
    expect(reply.headers["x-content-type-options"]).toBe("nosniff");
    expect(entries.at(-1)?.refusal).toBe("the client sent no certificate");
  });

  test.each(targets)("with bad credentials %s is unauthorized, and why stays with us", async (path) => {
    identity = { refused: "unauthorized", reason: "expired" };
    const reply = await get(path, { method: "POST" });
    expect(reply.status).toBe(401);
    expect(reply.headers).not.toHaveProperty("www-authenticate");
    expect(reply.body).toBe(
      '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}\n',
    );
  });

  test("the refusal is worded as the API server words it", async () => {
    identity = { refused: "anonymous", reason: "" };
    expect(JSON.parse((await get(`${G}/namespaces/default/foo`)).body)).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message:
        'foo.external.metrics.k8s.io is forbidden: User "system:anonymous" cannot list resource "foo" in API group "external.metrics.k8s.io" in the namespace "default"',
      reason: "Forbidden",
      details: { group: "external.metrics.k8s.io", kind: "foo" },
      code: 403,
    });
    const { message } = JSON.parse((await get("/metrics&x")).body);
    expect(message).toBe('forbidden: User "system:anonymous" cannot get path "/metrics&amp;x"');
  });

  test("health is open to all", async () => {
    identity = { refused: "unauthorized", reason: "" };
    for (const path of ["/healthz", "/livez", "/readyz"]) {
      const { status, body } = await get(path);
      expect([status, body]).toEqual([200, "ok"]);
    }
    failing = ["hpas"];
    const reply = await get("/readyz");
    expect([reply.status, reply.body]).toEqual([500, "[-]hpas failed: reason withheld\nreadyz check failed\n"]);
  });
});

describe("HTTP", () => {
  test("headers are those of the API server and none of express", async () => {
    const { headers } = await get(G, { headers: { "Audit-Id": "a-1" } });
    expect(headers).toMatchObject({ "audit-id": "a-1", "cache-control": "no-cache, private" });
    for (const name of ["etag", "x-powered-by", "retry-after"]) expect(headers).not.toHaveProperty(name);
  });

  test("pretty is indented", async () => {
    expect((await get(`${G}?pretty=true`)).body).toContain('\n  "apiVersion": "v1",\n');
    expect((await get(G)).body).not.toContain("  ");
  });

  test("a body is refused, unread, with the connection", async () => {
    const body = "x".repeat(100_000);
    const reply = await get(G, { body, headers: { "Content-Length": body.length, Expect: "100-continue" } });
    expect(reply.status).toBe(413);
    expect(reply.headers.connection).toBe("close");
  });

  test("3000 groups (150 kB of headers) pass, 20,000 headers do not, and the server lives on", async () => {
    const groups = (count: number) => ({
      "X-Remote-Group": Array.from({ length: count }, (_, i) => `team-${i}-${"g".repeat(30)}`),
    });
    expect((await get(G, { headers: groups(3000) })).status).toBe(200);
    // The refusal may reach the client as a reset, since the server reads no further.
    const refusal = await get(G, { headers: groups(20_000) }).then(
      ({ status }) => status,
      () => "reset",
    );
    expect([431, "reset"]).toContain(refusal);
    expect((await get(G)).status).toBe(200);
  });

  test.each([
    ["absolute form", `GET https://x${METRIC} HTTP/1.1\r\nHost: x`],
    ["authority that no parser takes", "GET http://[ HTTP/1.1\r\nHost: x"],
    ["asterisk", "OPTIONS * HTTP/1.1\r\nHost: x"],
    ["bare fragment", `GET ${METRIC}#x HTTP/1.1\r\nHost: x`],
    ["two lengths of the body", `GET ${METRIC} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked`],
    ["space before the colon", `GET ${METRIC} HTTP/1.1\r\nHost: x\r\nX-Remote-User : admin`],
    ["a folded header", `GET ${METRIC} HTTP/1.1\r\nHost: x\r\nX-A: b\r\n X-Remote-User: admin`],
    ["a bare line feed", `GET ${METRIC} HTTP/1.1\r\nHost: x\nX-Remote-User: admin`],
    ["no host", `GET ${METRIC} HTTP/1.1\r\nX-A: b`],
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
    const next = await makeServingPair(service, Date.now());
    server.setCertificate(next.serving);
    expect((await get("/healthz", { agent })).status).toBe(200);
    await expect(get("/healthz")).rejects.toThrow(/certificate/);
    expect((await get("/healthz", { ca: next.authority.cert })).status).toBe(200);
    const halves = { cert: pair.serving.cert, key: next.serving.key };
    expect(() => server.setCertificate(halves)).toThrow(/^ASM_SERVING_CERTIFICATE: /);
    expect((await get("/healthz", { ca: next.authority.cert })).status).toBe(200);
    server.setCertificate(pair.serving);
    expect((await get("/healthz")).status).toBe(200);
    agent.destroy();
  });
});

describe("the end", () => {
  test("answers what is in flight, tells clients to go, and accepts no more", async () => {
    const ending = createApiServer(dependencies(), pair.serving);
    const at = await ending.listen(0, "127.0.0.1");
    const asked = deferred<void>();
    const answer = deferred<ReadResult>();
    read = () => {
      asked.resolve();
      return answer.promise;
    };
    const agent = new Agent({ keepAlive: true });
    const inFlight = get(METRIC, { port: at, agent });
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
    const ending = createApiServer(dependencies(), pair.serving, 50);
    const at = await ending.listen(0, "127.0.0.1");
    const asked = deferred<void>();
    read = () => {
      asked.resolve();
      return new Promise(() => {});
    };
    const cut = expect(get(METRIC, { port: at })).rejects.toThrow();
    await asked.promise;
    await ending.close();
    await cut;
  });

  test("a port in use is named, with what to do", async () => {
    const second = createApiServer(dependencies(), pair.serving);
    await expect(second.listen(port, "127.0.0.1")).rejects.toThrow(
      new RegExp(`^ASM_PORT_UNUSABLE: the API cannot listen on 127.0.0.1:${port} .*--secure-port`),
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
    const base = { host: "127.0.0.1", port, servername: SERVER_NAME, ca: pair.authority.cert };
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
