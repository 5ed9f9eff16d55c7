import "reflect-metadata";
import { describe, expect, test } from "@jest/globals";
import { type ChainVerdict, verifyClientChain } from "./certificateChain.ts";
import { authority, constraints, der, extension, type Made, make, type Name, names } from "./certificates.testing.ts";

function verify(sent: readonly Made[], authorities: readonly Made[]): ChainVerdict {
  const certificates = (list: readonly Made[]) => list.map(({ certificate }) => certificate);
  return verifyClientChain(certificates(sent), certificates(authorities), Date.now());
}

const reasonOf = (verdict: ChainVerdict) => (verdict.ok ? "" : verdict.reason);
const times = <T>(count: number, of: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => of(index));

describe("before anything is parsed", () => {
  test("nine certificates are refused", async () => {
    const root = await authority("root");
    const leaf = await make("leaf", { issuer: root });
    expect(verify([leaf, ...times(7, () => root)], [root]).ok).toBe(true);
    expect(reasonOf(verify([leaf, ...times(8, () => root)], [root]))).toBe("the client sent more than 8 certificates");
  });

  test("more than 32 KiB of certificates are refused", async () => {
    const root = await authority("root");
    const large = await authority("large", { extensions: [extension("1.2.3", Buffer.alloc(12_000), false)] });
    const leaf = await make("leaf", { issuer: root });
    expect(verify([leaf, large, large], [root]).ok).toBe(true);
    expect(reasonOf(verify([leaf, large, large, large], [root]))).toBe(
      "the client sent certificates of more than 32768 bytes",
    );
  });

  test("a certificate of more than 16 KiB is refused, whoever signed it", async () => {
    const root = await authority("root");
    const extensions = [extension("1.2.3", Buffer.alloc(16_384), false)];
    const leaf = await make("leaf", { issuer: root, extensions });
    expect(reasonOf(verify([leaf], [root]))).toContain("the certificate has more than 16384 bytes");
  });

  test("what no trusted authority signed is refused, in whatever name it comes", async () => {
    const root = await authority("root");
    // Their problem would be the reason if anybody had read them.
    const extensions = [extension("1.2.3.4", der(0x05))];
    const impostor = await authority("root", { extensions });
    const others = await Promise.all(times(6, () => authority("root", { extensions })));
    const leaf = await make("leaf", { issuer: impostor, extensions });
    expect(reasonOf(verify([leaf, impostor, ...others], [root]))).toBe(
      'certificate "CN=leaf" is not signed by a trusted authority',
    );
    expect(reasonOf(verify([await make("leaf", { issuer: root, extensions })], [root]))).toContain("1.2.3.4");
  });
});

describe("what a trusted authority signed", () => {
  test("costs a bounded time where six authorities of one name all sign each other", async () => {
    const root = await authority("root");
    const keys = await Promise.all(times(6, async () => (await authority("x")).keys));
    const ring: Made[] = [];
    for (const own of keys) ring.push(await authority("x", { issuer: ring.at(-1) ?? root, keys: own }));
    const closing = await authority("x", { issuer: ring[5] ?? root, ...(keys[0] ? { keys: keys[0] } : {}) });
    const servers = extension("2.5.29.37", der(0x30, der(0x06, Buffer.from("2b06010505070301", "hex"))));
    const leaf = await make("leaf", { issuer: closing, extensions: [servers] });
    const began = performance.now();
    expect(reasonOf(verify([leaf, closing, ...ring], [root]))).toContain("is not for client authentication");
    expect(performance.now() - began).toBeLessThan(1000);
  });

  test("is refused where its names and constraints are too many to be compared", async () => {
    const root = await authority("root");
    const list = times(150, (index): Name => [2, `n${index}.org`]);
    const issuer = await authority("between", { issuer: root, extensions: [constraints([[2, "org"], ...list], [])] });
    const leaf = await make("leaf", { issuer, extensions: [names(list)] });
    expect(reasonOf(verify([leaf, issuer], [root]))).toContain("has too many names to be compared");
  });

  test("is refused where it is nested deeply or has very many elements", async () => {
    const root = await authority("root");
    let nested: Buffer = der(0x30);
    for (let depth = 0; depth < 1000; depth++) nested = der(0x30, nested);
    const many = der(0x30, ...times(5000, () => der(0x05)));
    for (const value of [nested, many]) {
      const leaf = await make("leaf", { issuer: root, extensions: [extension("2.5.29.17", value)] });
      expect(reasonOf(verify([leaf], [root]))).toContain("the subject alternative name extension cannot be read");
    }
  });
});

test("a reason quotes no more than 200 characters of a name", async () => {
  const root = await authority("root");
  const reason = reasonOf(verify([await make("\n".repeat(5000))], [root]));
  expect(reason).toMatch(/^certificate "CN=.{190,}…" is not signed by a trusted authority$/);
  expect(reason.length).toBeLessThan(260);
});
