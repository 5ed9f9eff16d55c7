import { createPublicKey, X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { issueCertificate } from "./authority.ts";
import { encodePair, makeServingPair, readPair, type ServingPair } from "./servingCertificate.ts";

const DAY = 86_400_000;
const service = { serviceName: "adapter", namespace: "kube-system" };
const hosts = ["adapter.kube-system.svc", "adapter.kube-system.svc.cluster.local"];
const now = Date.UTC(2026, 10, 24);

let pair: ServingPair;
beforeAll(async () => {
  pair = await makeServingPair(service, now);
});

describe("a serving pair", () => {
  test("is what the API server will verify: the Service's names, by its own authority, for servers", () => {
    const serving = new X509Certificate(pair.serving.cert);
    const authority = new X509Certificate(pair.authority.cert);
    expect(hosts.map((host) => serving.checkHost(host))).toEqual(hosts);
    expect(serving.checkHost("other.kube-system.svc")).toBeUndefined();
    expect([serving.ca, authority.ca]).toEqual([false, true]);
    expect(serving.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(serving.checkIssued(authority) && serving.verify(authority.publicKey)).toBe(true);
    expect(authority.checkIssued(authority) && authority.verify(authority.publicKey)).toBe(true);
    const key = createPublicKey(pair.serving.key).asymmetricKeyDetails;
    expect(key).toMatchObject({ namedCurve: "prime256v1" });
  });

  test("lasts a year by an authority of ten years, from a little before now", () => {
    const serving = new X509Certificate(pair.serving.cert);
    const authority = new X509Certificate(pair.authority.cert);
    expect(serving.validToDate.getTime() - now).toBe(365 * DAY);
    expect(authority.validToDate.getTime() - now).toBe(3650 * DAY);
    expect(now - serving.validFromDate.getTime()).toBe(300_000);
  });

  test("survives the Secret", () => {
    const data = encodePair(pair);
    expect(Object.keys(data)).toEqual(["ca.crt", "ca.key", "tls.crt", "tls.key"]);
    expect(readPair(data, service, now)).toEqual({ ok: true, pair });
  });

  test("of a long name still has it among its hosts", async () => {
    const long = { serviceName: "s".repeat(63), namespace: "n".repeat(63) };
    const made = await makeServingPair(long, now);
    expect(readPair(encodePair(made), long, now).ok).toBe(true);
  });
});

describe("what is stored and cannot be served is named", () => {
  const read = (data: Record<string, string>, at = now, of = service) =>
    readPair({ ...encodePair(pair), ...data }, of, at);
  const base64 = (text: string) => Buffer.from(text).toString("base64");

  test("with its authority gone, nothing can be kept", () => {
    expect(readPair({}, service, now)).toEqual({ ok: false, reason: "the authority is missing" });
    expect(read({ "ca.crt": base64("x") })).toEqual({ ok: false, reason: "the authority or its key cannot be read" });
    expect(read({ "ca.key": base64(pair.serving.key) })).toEqual({
      ok: false,
      reason: "the authority does not belong to its key",
    });
    expect(read({}, now + 3649 * DAY)).toMatchObject({ reason: expect.stringMatching(/^the authority expires on/) });
  });

  test("with its authority good, that can sign the next", async () => {
    const foreign = await makeServingPair(service, now);
    const foreignSecret = encodePair(foreign);
    const client = await issueCertificate(pair.authority, {
      commonName: "x",
      hosts: hosts.slice(0, 1),
      usages: ["server"],
      notBefore: new Date(now),
      notAfter: new Date(now + 90 * DAY),
    });
    const cases: [Record<string, string>, string, number?, typeof service?][] = [
      [{ "tls.crt": "" }, "the serving certificate is missing"],
      [{ "tls.key": base64(foreign.serving.key) }, "the serving certificate does not belong to its key"],
      [{ "tls.key": base64("-----BEGIN PRIVATE KEY-----") }, "the serving certificate or its key cannot be read"],
      [
        { "tls.crt": String(foreignSecret["tls.crt"]), "tls.key": String(foreignSecret["tls.key"]) },
        "the serving certificate is not signed by the authority beside it",
      ],
      [
        { "tls.crt": base64(client.cert), "tls.key": base64(client.key) },
        "the serving certificate is not for adapter.kube-system.svc.cluster.local",
      ],
      [{}, "the serving certificate is not for b.kube-system.svc", now, { ...service, serviceName: "b" }],
    ];
    for (const [data, reason, at, of] of cases) {
      expect(read(data, at, of)).toEqual({ ok: false, reason, authority: pair.authority });
    }
    expect(read({}, now + 336 * DAY)).toMatchObject({
      reason: expect.stringMatching(/^the serving certificate expires on/),
      authority: pair.authority,
    });
    expect(read({}, now + 334 * DAY).ok).toBe(true);
  });
});
