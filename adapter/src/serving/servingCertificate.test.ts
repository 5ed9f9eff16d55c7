import { createPublicKey, X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { makeServingPair, type ServingPair } from "./servingCertificate.ts";

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

  test("lasts thirty days by an authority of one year, from a little before now", () => {
    const serving = new X509Certificate(pair.serving.cert);
    const authority = new X509Certificate(pair.authority.cert);
    expect(serving.validToDate.getTime() - now).toBe(30 * DAY);
    expect(authority.validToDate.getTime() - now).toBe(365 * DAY);
    expect(now - serving.validFromDate.getTime()).toBe(300_000);
  });
});
