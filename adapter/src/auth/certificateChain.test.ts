import "reflect-metadata";
import { execFileSync, spawnSync } from "node:child_process";
import { beforeAll, expect, test } from "@jest/globals";
import { type ChainVerdict, verifyClientChain } from "./certificateChain.ts";
import type { Made } from "./certificates.testing.ts";
import { type ChainCase, chainCases } from "./chains.testing.ts";

let cases: ReadonlyMap<string, ChainCase>;

beforeAll(async () => {
  cases = await chainCases();
});

function verify(sent: readonly Made[], authorities: readonly Made[]): ChainVerdict {
  const certificates = (list: readonly Made[]) => list.map(({ certificate }) => certificate);
  return verifyClientChain(certificates(sent), certificates(authorities), Date.now());
}

test("each chain holds or is refused for its reason", () => {
  const verdicts = [...cases].map(([name, { sent, authorities }]) => [name, verify(sent, authorities)]);
  const wanted = [...cases].map(([name, { refused }]) => [
    name,
    refused === undefined
      ? { ok: true, notAfter: expect.any(Number) }
      : { ok: false, reason: expect.stringContaining(refused) },
  ]);
  expect(verdicts).toEqual(wanted);
});

const hasGo = spawnSync("go", ["version"]).status === 0;

(hasGo ? test : test.skip)(
  "Go says the same of each, but where the table says otherwise",
  () => {
    const input = [...cases.values()].map(({ sent, authorities }) => ({
      sent: sent.map(({ certificate }) => certificate.raw.toString("base64")),
      authorities: authorities.map(({ certificate }) => certificate.raw.toString("base64")),
    }));
    const program = new URL("../../testdata/verifyChain.go", import.meta.url).pathname;
    const output = execFileSync("go", ["run", program], {
      input: JSON.stringify(input),
      env: { ...process.env, GOTOOLCHAIN: "local", GOPROXY: "off", GOFLAGS: "" },
      encoding: "utf8",
    });
    const verdicts: string[] = JSON.parse(output);
    const found = [...cases.keys()].map((name, index) => [name, verdicts[index] === "" ? "holds" : "refused"]);
    const wanted = [...cases].map(([name, { refused, differsFromGo }]) => [
      name,
      (refused === undefined) === (differsFromGo === undefined) ? "holds" : "refused",
    ]);
    expect(found).toEqual(wanted);
  },
  120_000,
);
