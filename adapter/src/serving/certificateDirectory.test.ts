import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type DirectoryPair, pairFromDirectory } from "./certificateFiles.ts";
import { makeServingPair } from "./servingCertificate.ts";

const service = { serviceName: "adapter", namespace: "kube-system" };
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "asm-certificates-"));
});
afterEach(() => rm(directory, { recursive: true }));

/** The pair that was made, where that is what the test expects. */
function madeOf({ made }: DirectoryPair) {
  if (!made) throw new Error("the directory holds a pair");
  return made;
}

test("a pair that is there is served without a warning", async () => {
  const { serving } = await makeServingPair(service, Date.now());
  await writeFile(join(directory, "tls.crt"), serving.cert);
  await writeFile(join(directory, "tls.key"), serving.key);
  const files = { cert: join(directory, "tls.crt"), key: join(directory, "tls.key") };
  expect(await pairFromDirectory(directory, service)).toEqual({ files });
});

test("an empty or missing directory gets a pair of our own, with one warning, and keeps it", async () => {
  const inside = join(directory, "new");
  const first = madeOf(await pairFromDirectory(inside, service));
  expect(first.warning.code).toBe("ASM_SELF_SIGNED_CERTIFICATE");
  expect(first.warning.message).toContain(inside);
  expect(await readFile(join(inside, "ca.crt"), "utf8")).toContain("BEGIN CERTIFICATE");
  expect((await stat(join(inside, "tls.key"))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(inside, "tls.crt"), "utf8")).toBe(first.serving.cert);
  expect(await pairFromDirectory(inside, service)).not.toHaveProperty("made");
  expect(await readdir(inside)).toEqual(["ca.crt", "tls.crt", "tls.key"]);
});

test("half a pair is not overwritten", async () => {
  await writeFile(join(directory, "tls.crt"), "somebody's");
  const { serving, warning } = madeOf(await pairFromDirectory(directory, service));
  expect(serving.cert).toContain("BEGIN CERTIFICATE");
  expect(warning.message).toContain("in memory");
  expect(await readFile(join(directory, "tls.crt"), "utf8")).toBe("somebody's");
});

test("what is no directory of files is named", async () => {
  await writeFile(join(directory, "file"), "");
  await expect(pairFromDirectory(join(directory, "file"), service)).rejects.toThrow(
    /^ASM_CERT_DIR_UNREADABLE: .*file\/tls\.crt of --cert-dir cannot be read \(ENOTDIR\)/,
  );
});
