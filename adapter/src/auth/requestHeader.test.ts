import "reflect-metadata";
import { createPrivateKey, KeyObject, webcrypto, X509Certificate } from "node:crypto";
import { Agent } from "node:https";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { X509Certificate as ParsedCertificate, X509CertificateGenerator } from "@peculiar/x509";
import { ask, type Question } from "../api/client.testing.ts";
import { type ApiServer, createApiServer } from "../api/server.ts";
import type { Identity, Refusal } from "../kubernetes/userInfo.ts";
import {
  type CertificateRequest,
  issueCertificate,
  type KeyedCertificate,
  makeAuthority,
} from "../serving/certificateAuthority.ts";
import { makeServingPair, type ServingPair } from "../serving/servingCertificate.ts";
import { createAuthenticator } from "./authenticate.ts";
import { type FrontProxyConfig, parseClientAuthorities, parseFrontProxyConfig } from "./frontProxyConfig.ts";

const G = "/apis/external.metrics.k8s.io/v1beta1";
const HOUR = 3_600_000;
const now = Date.now();
const valid = { notBefore: new Date(now - HOUR), notAfter: new Date(now + HOUR) };
const expired = { notBefore: new Date(now - 2 * HOUR), notAfter: new Date(now - HOUR) };
const future = { notBefore: new Date(now + HOUR), notAfter: new Date(now + 2 * HOUR) };
const proxyName: CertificateRequest = { commonName: "front-proxy-client", usages: ["client"], ...valid };
const jane = { "X-Remote-User": "jane" };

let proxyAuthority: KeyedCertificate;
let clientAuthority: KeyedCertificate;
let proxy: KeyedCertificate;
let pair: ServingPair;
let server: ApiServer;
let port: number;
let config: FrontProxyConfig | undefined;
let identified: Identity | Refusal | undefined;
let clientTrust: readonly X509Certificate[] | undefined;
const tokenUser: Identity = { user: "robot", uid: "9", groups: ["system:authenticated"], extra: new Map() };

function configMap(ca: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    "client-ca-file": clientAuthority.cert,
    "requestheader-client-ca-file": ca,
    "requestheader-allowed-names": '["front-proxy-client"]',
    "requestheader-username-headers": '["X-Remote-User"]',
    "requestheader-uid-headers": '["X-Remote-Uid"]',
    "requestheader-group-headers": '["X-Remote-Group"]',
    "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
    ...more,
  };
}

beforeAll(async () => {
  proxyAuthority = await makeAuthority("front-proxy-ca", valid);
  clientAuthority = await makeAuthority("kubernetes", valid);
  proxy = await issueCertificate(proxyAuthority, proxyName);
  pair = await makeServingPair({ serviceName: "adapter", namespace: "kube-system" }, now);
  const identify = createAuthenticator(
    () => ({ ...(config ? { frontProxy: config } : {}), ...(clientTrust ? { clientAuthorities: clientTrust } : {}) }),
    async (token) => (token === "good" ? { identity: tokenUser } : {}),
  );
  server = createApiServer(
    {
      metricNames: () => [],
      namespaceMetrics: () => [],
      authorize: () => ({ allowed: true }),
      readMetric: async () => ({ ok: true, readings: [] }),
      isFrontProxy: () => true,
      identify: async (request) => {
        identified = await identify(request);
        return identified;
      },
      health: () => [],
      log: () => {},
    },
    pair.serving,
  );
  port = await server.listen(0, "127.0.0.1");
});
afterAll(() => server.close());
beforeEach(() => {
  config = parseFrontProxyConfig(configMap(proxyAuthority.cert));
  clientTrust = parseClientAuthorities(configMap(proxyAuthority.cert));
  identified = undefined;
});

async function status(client: KeyedCertificate | undefined, more: Partial<Question> = {}): Promise<number> {
  const question = { port, ca: pair.authority.cert, path: G, headers: jane, ...more };
  return (await ask(client ? { ...question, client } : question)).status;
}

function reasonOf(): string {
  return identified && "refused" in identified ? identified.reason : "";
}

/** The proxy's name with no extension that says who signed it or what for: the signature alone can tell. */
async function bareCertificate(issuer: KeyedCertificate): Promise<KeyedCertificate> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const pkcs8 = createPrivateKey(issuer.key).export({ type: "pkcs8", format: "der" });
  const certificate = await X509CertificateGenerator.create({
    subject: "CN=front-proxy-client",
    issuer: new ParsedCertificate(issuer.cert).subjectName,
    ...valid,
    publicKey: keys.publicKey,
    signingKey: await webcrypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]),
    signingAlgorithm: algorithm,
  });
  const key = KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" }).toString();
  return { cert: `${certificate.toString("pem")}\n`, key };
}

describe("who is the front proxy", () => {
  test("its certificate and a user: believed, and authenticated", async () => {
    expect(await status(proxy)).toBe(200);
    expect(identified).toEqual({ user: "jane", uid: "", groups: ["system:authenticated"], extra: new Map() });
  });

  test("no certificate: anonymous, whatever the headers say", async () => {
    expect(await status(undefined, { headers: { ...jane, "X-Remote-Group": "system:masters" } })).toBe(403);
  });

  test("the proxy's name on a certificate of the cluster's client CA is not the proxy", async () => {
    const forged = await issueCertificate(clientAuthority, proxyName);
    const headers = { ...jane, "X-Remote-Group": "system:masters" };
    expect(await status(forged, { headers })).toBe(200);
    expect(identified).toMatchObject({ user: "front-proxy-client", groups: ["system:authenticated"] });
    clientTrust = undefined;
    expect(await status(forged, { headers })).toBe(401);
    expect(reasonOf()).toContain("is not signed by a trusted authority");
  });

  test("a certificate that only claims its issuer's name is not signed by it", async () => {
    const impostor = await makeAuthority("front-proxy-ca", valid);
    expect(await status(await bareCertificate(impostor))).toBe(401);
    expect(await status(await bareCertificate(proxyAuthority))).toBe(200);
  });

  test("self-signed, expired, not valid yet, for servers alone, or with another name: unauthorized", async () => {
    const selfSigned = await makeAuthority("front-proxy-client", valid);
    const issue = (more: Partial<CertificateRequest>) => issueCertificate(proxyAuthority, { ...proxyName, ...more });
    const cases: [KeyedCertificate, string][] = [
      [selfSigned, "not signed by a trusted authority"],
      [await issue(expired), "expired on"],
      [await issue(future), "not valid yet"],
      [await issue({ usages: ["server"] }), "not for client authentication"],
      [await issue({ commonName: "Front-Proxy-Client" }), "not an allowed front proxy"],
      [await issue({ commonName: "x,CN=front-proxy-client" }), "not an allowed front proxy"],
    ];
    for (const [client, reason] of cases) {
      expect([await status(client), reasonOf()]).toEqual([401, expect.stringContaining(reason)]);
    }
  });

  test("no stated usage, and any name where none is demanded, are allowed", async () => {
    expect(await status(await issueCertificate(proxyAuthority, { ...proxyName, usages: [] }))).toBe(200);
    config = parseFrontProxyConfig(configMap(proxyAuthority.cert, { "requestheader-allowed-names": "[]" }));
    expect(await status(await issueCertificate(proxyAuthority, { ...proxyName, commonName: "x" }))).toBe(200);
  });

  test("an intermediate that is sent along counts, one that is no authority does not", async () => {
    const intermediate = await makeAuthority("between", valid, proxyAuthority);
    const leaf = await issueCertificate(intermediate, proxyName);
    expect(await status(leaf)).toBe(401);
    expect(await status({ cert: leaf.cert + intermediate.cert, key: leaf.key })).toBe(200);

    const late = await makeAuthority("between", expired, proxyAuthority);
    const byLate = await issueCertificate(late, proxyName);
    expect(await status({ cert: byLate.cert + late.cert, key: byLate.key })).toBe(401);

    const leafOfProxy = await bareCertificate(proxyAuthority);
    const byLeaf = await bareCertificate(leafOfProxy);
    expect(await status({ cert: byLeaf.cert + leafOfProxy.cert, key: byLeaf.key })).toBe(401);
  });

  test("a chain of eight certificates is the longest", async () => {
    let issuer = proxyAuthority;
    let sent = "";
    for (let depth = 3; depth <= 9; depth++) {
      issuer = await makeAuthority(`between-${depth}`, valid, issuer);
      sent = issuer.cert + sent;
      const leaf = await issueCertificate(issuer, proxyName);
      expect([depth, await status({ cert: leaf.cert + sent, key: leaf.key })]).toEqual([depth, depth <= 8 ? 200 : 401]);
    }
  });

  test("before the configuration is known no certificate is good, and that is no fault of the client's", async () => {
    config = undefined;
    expect(await status(proxy)).toBe(503);
    clientTrust = undefined;
    expect(await status(proxy)).toBe(503);
  });

  test("a change of the configuration counts on an open connection, both ways", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const next = await makeAuthority("front-proxy-ca-2", valid);
    expect(await status(proxy, { agent })).toBe(200);
    config = parseFrontProxyConfig(configMap(next.cert));
    expect(await status(proxy, { agent })).toBe(401);
    config = parseFrontProxyConfig(configMap(next.cert + proxyAuthority.cert));
    expect(await status(proxy, { agent })).toBe(200);
    agent.destroy();
  });

  test("a verdict ends with the certificate, on an open connection too", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    // Certificates have whole seconds.
    const end = new Date(Math.ceil(Date.now() / 1000) * 1000 + 2000);
    const brief = await issueCertificate(proxyAuthority, { ...proxyName, notAfter: end });
    expect(await status(brief, { agent })).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, end.getTime() - Date.now() + 10));
    expect(await status(brief, { agent })).toBe(401);
    agent.destroy();
  });
});

describe("whom it speaks for", () => {
  const latin1 = (text: string) => Buffer.from(text, "utf8").toString("latin1");

  test("no user is unauthorized, the anonymous user is forbidden", async () => {
    expect(await status(proxy, { headers: {} })).toBe(401);
    expect(await status(proxy, { headers: { "X-Remote-User": "" } })).toBe(401);
    expect(await status(proxy, { headers: { "X-Remote-User": "system:anonymous" } })).toBe(403);
  });

  test("commas and UTF-8 survive, repeats are kept apart, the first user counts", async () => {
    const headers = {
      "X-Remote-User": ["jané, admin", "root"].map(latin1),
      "X-Remote-Uid": "7",
      "X-Remote-Group": ["a,b", "zürich ☂", "", "c"].map(latin1),
      "X-Remote-Extra-Authentication.kubernetes.io%2fcredential-Id": ["JTI=1", "JTI=2"],
      "x-remote-extra-bad%zz": "raw",
      "X-Remote-Extra-__proto__": "p",
      X_Remote_User: "admin",
    };
    expect(await status(proxy, { headers })).toBe(200);
    expect(identified).toEqual({
      user: "jané, admin",
      uid: "7",
      groups: ["a,b", "zürich ☂", "c", "system:authenticated"],
      extra: new Map([
        ["authentication.kubernetes.io/credential-id", ["JTI=1", "JTI=2"]],
        ["bad%zz", ["raw"]],
        ["__proto__", ["p"]],
      ]),
    });
  });

  test("the headers are those of the configuration, in its order, and no others", async () => {
    const names = { "requestheader-username-headers": '["X-First", "X-Second"]', "requestheader-uid-headers": "" };
    config = parseFrontProxyConfig(configMap(proxyAuthority.cert, names));
    const headers = { "X-Remote-User": "no", "X-Remote-Uid": "no", "X-Second": "second" };
    expect(await status(proxy, { headers })).toBe(200);
    expect(identified).toMatchObject({ user: "second", uid: "" });
    expect(await status(proxy, { headers: { ...headers, "X-First": "first" } })).toBe(200);
    expect(identified).toMatchObject({ user: "first" });
  });

  test("a user who is known to be unauthenticated stays so", async () => {
    const headers = { "X-Remote-User": "x", "X-Remote-Group": "system:unauthenticated" };
    await status(proxy, { headers });
    expect(identified).toMatchObject({ groups: ["system:unauthenticated"] });
  });
});

describe("the ConfigMap", () => {
  test("a bundle of several certificates, with text between them, is read whole", () => {
    const bundle = `# old\n${proxyAuthority.cert}\n# new\n${clientAuthority.cert}`;
    const { authorities } = parseFrontProxyConfig(configMap(bundle));
    expect(authorities.map(({ subject }) => subject)).toEqual(["CN=front-proxy-ca", "CN=kubernetes"]);
    expect(authorities[0]).toBeInstanceOf(X509Certificate);
  });

  test.each([
    [{ "requestheader-client-ca-file": "" }, /requestheader-client-ca-file holds no certificate/],
    [
      { "requestheader-client-ca-file": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" },
      /requestheader-client-ca-file holds a certificate that cannot be read/,
    ],
    [{ "requestheader-allowed-names": "front-proxy-client" }, /requestheader-allowed-names is not a JSON array/],
    [{ "requestheader-group-headers": "[1]" }, /requestheader-group-headers is not a JSON array/],
  ])("%j names its key", (data, message) => {
    const parse = () => parseFrontProxyConfig(configMap(proxyAuthority.cert, data));
    expect(parse).toThrow(message);
    expect(parse).toThrow(/^ASM_FRONT_PROXY_CONFIG: ConfigMap kube-system\/extension-apiserver-authentication: /);
  });
});
