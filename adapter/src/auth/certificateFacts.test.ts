import "reflect-metadata";
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseFacts } from "./certificateFacts.ts";
import { authority, constraints, make, names } from "./certificates.testing.ts";

test("the public authorities that Node knows can all be read, and say what Node says of them", () => {
  const certificates = rootCertificates.map((pem) => new X509Certificate(pem));
  for (const certificate of certificates) {
    const read = parseFacts(certificate.raw);
    expect([certificate.subject, read]).toEqual([
      certificate.subject,
      expect.objectContaining({ facts: expect.anything() }),
    ]);
    if (!("facts" in read)) continue;
    const { basicConstraints, mayNotSign, usages } = read.facts;
    const isAuthority = (basicConstraints?.authority ?? false) && !mayNotSign;
    expect([certificate.subject, isAuthority, usages]).toEqual([
      certificate.subject,
      certificate.ca,
      certificate.keyUsage ?? [],
    ]);
  }
});

test("a certificate with any octets changed is read or refused, and never throws", async () => {
  const root = await authority("root");
  const extensions = [
    constraints(
      [
        [2, "example.com"],
        [7, [10, 0, 0, 0, 255, 0, 0, 0]],
      ],
      [[1, "a@example.com"]],
    ),
  ];
  const issuer = await authority("between", { issuer: root, extensions });
  const leaf = await make("leaf", {
    issuer,
    extensions: [
      names([
        [2, "a.example.com"],
        [6, "spiffe://example.com/a"],
      ]),
    ],
  });
  const originals = [root, issuer, leaf].map(({ certificate }) => certificate.raw);
  const changes = fc.array(fc.tuple(fc.nat(700), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.constantFrom(...originals), changes, fc.nat(700), (original, list, cut) => {
      const raw = Buffer.from(cut < 20 ? original.subarray(0, cut * 30) : original);
      for (const [at, octet] of list) if (at < raw.length) raw[at] = octet;
      const read = parseFacts(raw);
      expect("facts" in read || read.problem.length > 0).toBe(true);
      expect("problem" in read ? read.problem : "").not.toBe("the certificate cannot be parsed");
    }),
    { numRuns: 1000 },
  );
});
