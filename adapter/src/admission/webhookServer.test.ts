import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { TLSSocket, connect as tlsConnect } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Answer } from "../api/answer.ts";
import { issueCertificate, type KeyedCertificate, makeAuthority } from "../serving/certificateAuthority.ts";
import { makeServingPair, type ServingPair } from "../serving/servingCertificate.ts";
import { serveWebhook } from "./webhookServer.ts";

const service = { serviceName: "adapter", namespace: "kube-system" };
const host = "adapter.kube-system.svc";
const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
const allowed: Answer = { code: 200, body: { kind: "AdmissionReview" } };

let directory: string;
let stop: AbortController;
let pair: ServingPair;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "asm-webhook-"));
  stop = new AbortController();
  pair = await makeServingPair(service, Date.now());
});
afterEach(async () => {
  stop.abort();
  await rm(directory, { recursive: true });
});

async function write({ cert, key }: KeyedCertificate) {
  await writeFile(join(directory, "tls.key"), key);
  await writeFile(join(directory, "tls.crt"), cert);
}

/** Serves the files of the directory; `port` resolves when the server listens. */
function start({ answer = async () => allowed, clientCa }: { answer?: () => Promise<Answer>; clientCa?: string } = {}) {
  const lines: string[] = [];
  let wake = () => {};
  const note = (_: unknown, line: string) => {
    lines.push(line);
    wake();
  };
  const files = {
    cert: join(directory, "tls.crt"),
    key: join(directory, "tls.key"),
    ...(clientCa ? { clientCa } : {}),
  };
  const flags = { bindAddress: "127.0.0.1", admissionWebhook: { port: 0, files } };
  const port = new Promise<number>((onListening) => {
    void serveWebhook({ flags, answer, log: { info: note, warn: note, error: note }, onListening }, stop.signal);
  });
  const nextLine = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  return { port, lines, nextLine };
}

interface Call {
  path?: string;
  client?: KeyedCertificate;
  headers?: Record<string, string>;
}

/** One POST as the API server sends it; rejects when there is no answer. */
async function post(port: number, { path = "/validate-autoscaling?timeout=2s", client, headers = {} }: Call = {}) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path, headers, method: "POST", servername: host, agent: false as const };
    request({ ...options, ca: pair.authority.cert, ...client }, resolve)
      .on("error", reject)
      .end("{}");
  });
  const certificate = response.socket instanceof TLSSocket ? response.socket.getPeerX509Certificate() : undefined;
  const { statusCode, headers: answered } = response;
  return {
    status: statusCode,
    connection: answered.connection,
    serial: certificate?.serialNumber,
    body: await text(response),
  };
}

test("a review is answered over the certificate of the files, one per connection, and nothing else is served", async () => {
  await write(pair.serving);
  const port = await start().port;
  expect(await post(port)).toMatchObject({ status: 200, connection: "close", body: '{"kind":"AdmissionReview"}\n' });
  expect(await post(port, { path: "/apis/external.metrics.k8s.io/v1beta1" })).toMatchObject({ status: 404 });
});

test("a new certificate in the files is served without a restart", async () => {
  await write(pair.serving);
  const { port, nextLine, lines } = start();
  const before = await post(await port);
  const read = nextLine();
  pair = await makeServingPair(service, Date.now(), pair.authority);
  await write(pair.serving);
  await read;
  expect(lines.at(-1)).toMatch(/was read anew/);
  const after = await post(await port);
  expect(after.status).toBe(200);
  expect(after.serial).not.toBe(before.serial);
});

test("without files the port stays closed, which is logged once, and is served when they come", async () => {
  const { port, lines, nextLine } = start();
  await nextLine();
  await write(pair.serving);
  expect((await post(await port)).status).toBe(200);
  expect(lines.filter((line) => line.startsWith("ASM_WEBHOOK_NOT_SERVED"))).toHaveLength(1);
});

test("without the flags of the webhook nothing is served", async () => {
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  await serveWebhook({ flags: { bindAddress: "127.0.0.1" }, answer: async () => allowed, log }, stop.signal);
});

test("an error while a review is judged is a 500 and a line in the log", async () => {
  await write(pair.serving);
  const { port, lines } = start({
    answer: async () => {
      throw new Error("broken");
    },
  });
  expect((await post(await port)).status).toBe(500);
  expect(lines.at(-1)).toBe("ASM_INTERNAL: the admission webhook: broken. Report the bug with the log line.");
});

describe("with a client CA", () => {
  const client = (authority: KeyedCertificate, usages: ("client" | "server")[] = ["client"]) =>
    issueCertificate(authority, { commonName: "kube-apiserver", usages, ...validity });
  const clientCa = () => join(directory, "client-ca.crt");

  test("only a client with a certificate of that CA, for clients, is answered", async () => {
    const [authority, other] = await Promise.all([makeAuthority("one", validity), makeAuthority("one", validity)]);
    await Promise.all([write(pair.serving), writeFile(clientCa(), authority.cert)]);
    const port = await start({ clientCa: clientCa() }).port;
    expect((await post(port, { client: await client(authority) })).status).toBe(200);
    await expect(post(port)).rejects.toThrow();
    await expect(post(port, { client: await client(other) })).rejects.toThrow();
    await expect(post(port, { client: await client(authority, ["server"]) })).rejects.toThrow();
  });

  test("a new CA in the file counts without a restart", async () => {
    const [before, after] = await Promise.all([makeAuthority("before", validity), makeAuthority("after", validity)]);
    await Promise.all([write(pair.serving), writeFile(clientCa(), before.cert)]);
    const { port, nextLine } = start({ clientCa: clientCa() });
    expect((await post(await port, { client: await client(before) })).status).toBe(200);
    const read = nextLine();
    await writeFile(clientCa(), after.cert);
    await read;
    await expect(post(await port, { client: await client(before) })).rejects.toThrow();
    expect((await post(await port, { client: await client(after) })).status).toBe(200);
  });

  test("a file without a certificate does not let everyone in", async () => {
    await Promise.all([write(pair.serving), writeFile(clientCa(), "")]);
    const { lines, nextLine } = start({ clientCa: clientCa() });
    await nextLine();
    expect(lines).toEqual([expect.stringContaining("--admission-webhook-client-ca-file has no certificate")]);
  });
});

describe("unauthenticated clients", () => {
  /** Opens a TCP connection that says nothing; `closed` resolves when the server ends it. */
  async function silent(port: number) {
    const socket = connect(port, "127.0.0.1");
    const closed = new Promise<void>((resolve) => void socket.on("error", () => {}).once("close", () => resolve()));
    await new Promise<void>((resolve) => void socket.once("connect", resolve).once("close", () => resolve()));
    return { closed };
  }

  test("who connect and say nothing, however many, are ended for a review and after seconds", async () => {
    await write(pair.serving);
    const port = await start().port;
    const began = performance.now();
    const held = await Promise.all(Array.from({ length: 200 }, () => silent(port)));
    expect((await post(port)).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(2_000);
    await Promise.all(held.map(({ closed }) => closed));
    expect(performance.now() - began).toBeLessThan(8_000);
  });

  test("get no more time for the headers of a request", async () => {
    await write(pair.serving);
    const port = await start().port;
    const began = performance.now();
    const socket = tlsConnect({ host: "127.0.0.1", port, servername: host, ca: pair.authority.cert }, () => {
      socket.write("POST /validate-autoscaling HTTP/1.1\r\nHost: x\r\n");
    });
    expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /);
    expect(performance.now() - began).toBeLessThan(4_500);
  });

  test("are refused headers of more than 16 KiB", async () => {
    await write(pair.serving);
    const port = await start().port;
    expect((await post(port, { headers: { "x-long": "x".repeat(17 << 10) } })).status).toBe(431);
  });
});
