import { createPrivateKey, createPublicKey, sign, verify, X509Certificate } from "node:crypto";
import { expect, test } from "@jest/globals";
import { createAuthority, createTokenKeys } from "./pki.ts";

test("a server certificate is good for its DNS names and addresses, and for no other", async () => {
  const authority = await createAuthority("kubernetes");
  const issued = await authority.issueServer("api", ["kubernetes.default.svc", "127.64.1.2"]);
  const certificate = new X509Certificate(issued.certPem);
  const ca = new X509Certificate(authority.certPem);
  expect(ca.ca).toBe(true);
  expect(certificate.checkIssued(ca) && certificate.verify(ca.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(issued.keyPem))).toBe(true);
  expect(certificate.checkHost("kubernetes.default.svc")).toBe("kubernetes.default.svc");
  expect(certificate.checkHost("other.default.svc")).toBeUndefined();
  expect(certificate.checkIP("127.64.1.2")).toBe("127.64.1.2");
  expect(certificate.checkIP("127.64.1.3")).toBeUndefined();
  expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]); // serverAuth alone
});

test("a client certificate names the user and its groups as Kubernetes reads them", async () => {
  const authority = await createAuthority("kubernetes");
  const certificate = new X509Certificate((await authority.issueClient("jane", ["system:masters", "team"])).certPem);
  const subject = certificate.toLegacyObject().subject as unknown as Record<string, unknown>;
  expect(subject["CN"]).toBe("jane");
  expect(subject["O"]).toEqual(["system:masters", "team"]);
  expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]); // clientAuth alone
});

test("two authorities of one name do not vouch for each other", async () => {
  const [one, other] = await Promise.all([createAuthority("ca"), createAuthority("ca")]);
  const certificate = new X509Certificate((await one.issueClient("jane")).certPem);
  expect(certificate.verify(new X509Certificate(other.certPem).publicKey)).toBe(false);
});

test("what the token key signs, its public key verifies", async () => {
  const { privatePem, publicPem } = await createTokenKeys();
  const text = Buffer.from("token");
  const signature = sign("sha256", text, createPrivateKey(privatePem));
  expect(verify("sha256", text, createPublicKey(publicPem), signature)).toBe(true);
});
