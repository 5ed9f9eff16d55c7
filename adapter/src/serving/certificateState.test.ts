import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { issueCertificate } from "./certificateAuthority.ts";
import { encodePair, type KeptPair, planPair, trustedAuthorities } from "./certificateState.ts";
import { expiryOf } from "./pem.ts";
import { makeServingPair } from "./servingCertificate.ts";

const DAY = 86_400_000;
const service = { serviceName: "adapter", namespace: "kube-system" };
const now = Date.UTC(2026, 10, 24);
const never = () => false;
const base64 = (text: string) => Buffer.from(text).toString("base64");

let pair: KeptPair;
beforeAll(async () => {
  pair = { ...(await makeServingPair(service, now)), previous: [] };
});
const plan = (data: Record<string, string>, at = now, of = service) =>
  planPair({ ...encodePair(pair), ...data }, of, at, never);

describe("the pair in the Secret", () => {
  test("stays while it is good", async () => {
    expect(Object.keys(encodePair(pair)).sort()).toEqual([
      ...["ca-next.crt", "ca-next.key", "ca-previous.crt", "ca.crt", "ca.key", "tls.crt", "tls.key"],
    ]);
    expect(await plan({}, now + 19 * DAY)).toEqual({ pair, made: "nothing" });
  });

  test("gets a new certificate of the same authority when a third of its life is left", async () => {
    const planned = await plan({}, now + 20 * DAY);
    expect(planned.made).toBe("certificate");
    expect(planned.reason).toMatch(/^the serving certificate expires on/);
    expect(planned.pair.authority).toEqual(pair.authority);
    expect(expiryOf(planned.pair.serving.cert)).toBe(now + 50 * DAY);
    expect(trustedAuthorities(planned.pair)).toHaveLength(1);
  });

  test("a certificate does not outlive its authority", async () => {
    const planned = await plan({}, now + 340 * DAY);
    expect(planned.made).toBe("certificate");
    expect(expiryOf(planned.pair.serving.cert)).toBe(expiryOf(pair.authority.cert));
  });

  test("goes over to the next authority in two steps, and the one before stays trusted until it expires", async () => {
    const at = now + 244 * DAY;
    const fresh = await makeServingPair(service, at - DAY, pair.authority);
    const due = await planPair(encodePair({ ...fresh, previous: [] }), service, at, never);
    expect(due.made).toBe("next authority");
    expect(due.pair).toMatchObject(fresh);
    const next = due.pair.next;
    if (!next) throw new Error("there is no next authority");
    expect(trustedAuthorities(due.pair)).toHaveLength(2);

    const unpublished = await planPair(encodePair(due.pair), service, at, never);
    expect(unpublished).toEqual({ pair: due.pair, made: "nothing" });

    const over = await planPair(encodePair(due.pair), service, at, (pem) => pem === next.cert);
    expect(over.made).toBe("authority");
    expect(over.pair.authority).toEqual(next);
    expect(over.pair.next).toBeUndefined();
    expect(new X509Certificate(over.pair.serving.cert).checkIssued(new X509Certificate(next.cert))).toBe(true);
    expect(trustedAuthorities(over.pair)).toEqual(
      expect.arrayContaining(trustedAuthorities({ ...fresh, previous: [] })),
    );
    expect(trustedAuthorities(over.pair)).toHaveLength(2);

    const renewed = { ...(await makeServingPair(service, at + 121 * DAY, next)), previous: over.pair.previous };
    const later = await planPair(encodePair(renewed), service, at + 122 * DAY, never);
    expect(later.made).toBe("nothing");
    expect(trustedAuthorities(later.pair)).toHaveLength(1);
  });

  test("an authority at its end gives way even if nobody could publish the next", async () => {
    const at = now + 350 * DAY;
    const next = (await makeServingPair(service, at - 90 * DAY)).authority;
    const stored = { ...(await makeServingPair(service, at, pair.authority)), next, previous: [] };
    const planned = await planPair(encodePair(stored), service, at, never);
    expect(planned).toMatchObject({ made: "authority", reason: expect.stringMatching(/^the authority expires on/) });
    expect(planned.pair.authority).toEqual(next);
  });

  test("of a long name still has it among its hosts", async () => {
    const long = { serviceName: "s".repeat(63), namespace: "n".repeat(63) };
    const made = { ...(await makeServingPair(long, now)), previous: [] };
    expect((await planPair(encodePair(made), long, now, never)).made).toBe("nothing");
  });
});

describe("what is stored and cannot be served is named", () => {
  test("with its authority gone, nothing can be kept", async () => {
    const reason = async (data: Record<string, string>) => {
      const { made, reason } = await plan(data);
      expect(made).toBe("authority");
      return reason;
    };
    expect(await reason({ "ca.crt": "" })).toBe("the authority is missing");
    expect(await reason({ "ca.crt": base64("x") })).toBe("the authority or its key cannot be read");
    expect(await reason({ "ca.key": base64(pair.serving.key) })).toBe("the authority does not belong to its key");
    expect(await reason({ "ca.crt": base64(pair.serving.cert), "ca.key": base64(pair.serving.key) })).toBe(
      "the authority is a certificate that may sign no other",
    );
  });

  test("with its authority good, that signs the next", async () => {
    const foreign = encodePair({ ...(await makeServingPair(service, now)), previous: [] });
    const client = await issueCertificate(pair.authority, {
      commonName: "x",
      hosts: ["adapter.kube-system.svc"],
      usages: ["server"],
      notBefore: new Date(now),
      notAfter: new Date(now + 90 * DAY),
    });
    const cases: [Record<string, string>, string, typeof service?][] = [
      [{ "tls.crt": "" }, "the serving certificate is missing"],
      [{ "tls.key": String(foreign["tls.key"]) }, "the serving certificate does not belong to its key"],
      [{ "tls.key": base64("-----BEGIN PRIVATE KEY-----") }, "the serving certificate or its key cannot be read"],
      [
        { "tls.crt": String(foreign["tls.crt"]), "tls.key": String(foreign["tls.key"]) },
        "the serving certificate is not signed by the authority beside it",
      ],
      [
        { "tls.crt": base64(client.cert), "tls.key": base64(client.key) },
        "the serving certificate is not for adapter.kube-system.svc.cluster.local",
      ],
      [{}, "the serving certificate is not for b.kube-system.svc", { ...service, serviceName: "b" }],
    ];
    for (const [data, reason, of] of cases) {
      const planned = await plan(data, now, of);
      expect(planned).toMatchObject({ made: "certificate", reason });
      expect(planned.pair.authority).toEqual(pair.authority);
    }
  });
});
