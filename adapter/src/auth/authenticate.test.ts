import "reflect-metadata";
import { createHash, X509Certificate } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { ask, type Question } from "../api/client.testing.ts";
import { type ApiServer, createApiServer } from "../api/server.ts";
import type { Identity, Refusal } from "../kubernetes/userInfo.ts";
import { issueCertificate, type KeyedCertificate, makeAuthority } from "../serving/certificateAuthority.ts";
import { makeServingPair, type ServingPair } from "../serving/servingCertificate.ts";
import { createAuthenticator, type Trusted } from "./authenticate.ts";
import { parseClientAuthorities, parseFrontProxyConfig } from "./frontProxyConfig.ts";
import type { ReviewToken } from "./tokenReview.ts";

const HOUR = 3_600_000;
const valid = { notBefore: new Date(Date.now() - HOUR), notAfter: new Date(Date.now() + HOUR) };
const expired = { notBefore: new Date(Date.now() - 2 * HOUR), notAfter: new Date(Date.now() - HOUR) };
const robot: Identity = { user: "robot", uid: "9", groups: ["system:authenticated"], extra: new Map() };

let proxyAuthority: KeyedCertificate;
let clientAuthority: KeyedCertificate;
let jane: KeyedCertificate;
let pair: ServingPair;
let server: ApiServer;
let port: number;
let trusted: Trusted;
let review: ReviewToken;
let identified: Identity | Refusal | undefined;

beforeAll(async () => {
  proxyAuthority = await makeAuthority("front-proxy-ca", valid);
  clientAuthority = await makeAuthority("kubernetes", valid);
  jane = await issueCertificate(clientAuthority, { commonName: "jane", usages: ["client"], ...valid });
  pair = await makeServingPair({ serviceName: "adapter", namespace: "kube-system" }, Date.now());
  const identify = createAuthenticator(
    () => trusted,
    (...about) => review(...about),
  );
  server = createApiServer(
    {
      metricNames: () => [],
      namespaceMetrics: () => [],
      readMetric: async () => ({ ok: true, readings: [] }),
      isFrontProxy: () => true,
      identify: async (request) => {
        identified = await identify(request);
        return identified;
      },
      authorize: () => ({ allowed: true }),
      health: () => [],
      log: () => {},
    },
    pair.serving,
  );
  port = await server.listen(0, "127.0.0.1");
});
afterAll(() => server.close());
beforeEach(() => {
  trusted = {
    frontProxy: parseFrontProxyConfig({
      "requestheader-client-ca-file": proxyAuthority.cert,
      "requestheader-username-headers": '["X-Remote-User"]',
    }),
    ...clientTrust(clientAuthority),
  };
  review = (token) => (token === "good" ? { identity: robot } : {});
  identified = undefined;
});

function clientTrust({ cert }: KeyedCertificate): Trusted {
  const clientAuthorities = parseClientAuthorities({ "client-ca-file": cert });
  return clientAuthorities ? { clientAuthorities } : {};
}

async function status(headers: Question["headers"], client?: KeyedCertificate, path = "/apis"): Promise<number> {
  const question = { port, ca: pair.authority.cert, path, ...(headers ? { headers } : {}) };
  return (await ask(client ? { ...question, client } : question)).status;
}

describe("a client certificate of the cluster", () => {
  test("names the user by itself, whatever the headers say", async () => {
    expect(await status({ "X-Remote-User": "admin", "X-Remote-Group": "system:masters" }, jane)).toBe(200);
    const hash = createHash("sha256").update(new X509Certificate(jane.cert).raw).digest("hex");
    expect(identified).toEqual({
      user: "jane",
      uid: "",
      groups: ["system:authenticated"],
      extra: new Map([["authentication.kubernetes.io/credential-id", [`X509SHA256=${hash}`]]]),
    });
  });

  test("is refused when it expired, is for servers, is signed by the front proxy's authority, or by itself", async () => {
    const request = { commonName: "jane", usages: ["client"], ...valid } as const;
    const cases = [
      await issueCertificate(clientAuthority, { ...request, ...expired }),
      await issueCertificate(clientAuthority, { ...request, usages: ["server"] }),
      await issueCertificate(proxyAuthority, request),
      await makeAuthority("jane", valid),
    ];
    for (const client of cases) expect(await status({}, client)).toBe(401);
  });

  test("counts on when the front proxy is not known yet, and no longer when its authority is replaced", async () => {
    trusted = clientTrust(clientAuthority);
    expect(await status({}, jane)).toBe(200);
    trusted = clientTrust(proxyAuthority);
    expect(await status({}, jane)).toBe(503);
  });
});

describe("a bearer token", () => {
  test("is its user's; the scheme is read in any case, and headers of a front proxy count for nothing", async () => {
    for (const scheme of ["Bearer", "bearer", "BEARER"]) {
      expect(await status({ Authorization: `${scheme} good`, "X-Remote-User": "admin" })).toBe(200);
      expect(identified).toBe(robot);
    }
  });

  test("that is bad is unauthorized, on a health check too; any other scheme is no credential", async () => {
    expect(await status({ Authorization: "Bearer bad" })).toBe(401);
    expect(await status({ Authorization: "Bearer bad" }, undefined, "/healthz")).toBe(401);
    expect(await status({ Authorization: "Basic amFuZTp4" })).toBe(403);
    expect(await status({ Authorization: "Bearer " })).toBe(403);
    expect(await status({}, undefined, "/healthz")).toBe(200);
  });

  test("helps who sent a certificate that nobody knows, and is not asked for where one is known", async () => {
    const asked: string[] = [];
    review = (token) => {
      asked.push(token);
      return { identity: robot };
    };
    expect(await status({ Authorization: "Bearer good" }, await makeAuthority("x", valid))).toBe(200);
    expect(await status({ Authorization: "Bearer good" }, jane)).toBe(200);
    expect(identified).toMatchObject({ user: "jane" });
    expect(asked).toEqual(["good"]);
  });

  test("that could not be reviewed is unavailable and never unauthorized, with the reason for us alone", async () => {
    review = () => Promise.reject(new Error("connect ECONNREFUSED"));
    expect(await status({ Authorization: "Bearer good" })).toBe(503);
    expect(identified).toMatchObject({ reason: "the bearer token could not be reviewed (connect ECONNREFUSED)" });
    expect(await status({ Authorization: "Bearer good" }, await makeAuthority("x", valid))).toBe(503);
    trusted = {};
    expect(await status({ Authorization: "Bearer good" }, jane)).toBe(503);
    expect(await status({ Authorization: "Bearer good" }, undefined, "/healthz")).toBe(200);
  });

  test("of more than 16 KiB is unauthorized and not reviewed", async () => {
    const asked: string[] = [];
    review = (token) => {
      asked.push(token);
      return { identity: robot };
    };
    expect(await status({ Authorization: `Bearer ${"x".repeat(16_385)}` })).toBe(401);
    expect(identified).toMatchObject({ reason: "the bearer token has more than 16384 bytes" });
    expect(asked).toEqual([]);
    expect(await status({ Authorization: `Bearer ${"x".repeat(16_384)}` })).toBe(200);
  });

  test("comes from the address of its connection, or from the front proxy that sent it on", async () => {
    const sources: string[] = [];
    review = (_token, source) => {
      sources.push(source);
      return { identity: robot };
    };
    const proxy = await issueCertificate(proxyAuthority, { commonName: "p", usages: ["client"], ...valid });
    await status({ Authorization: "Bearer good" });
    await status({ Authorization: "Bearer good", "X-Remote-User": "" }, proxy);
    expect(sources).toEqual(["127.0.0.1", 'front proxy "p"']);
  });
});

test("an anonymous user whom the front proxy names is anonymous, even with a token", async () => {
  const proxy = await issueCertificate(proxyAuthority, { commonName: "p", usages: ["client"], ...valid });
  expect(await status({ "X-Remote-User": "system:anonymous", Authorization: "Bearer good" }, proxy)).toBe(403);
});
