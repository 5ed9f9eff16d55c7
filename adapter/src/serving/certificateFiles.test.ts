import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createApiServer } from "../api/server.ts";
import type { KeyedCertificate } from "./certificateAuthority.ts";
import { followFiles } from "./certificateFiles.ts";
import { makeServingPair } from "./servingCertificate.ts";

const service = { serviceName: "adapter", namespace: "kube-system" };
const DAY = 86_400_000;
let directory: string;
let stop: AbortController;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "asm-files-"));
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await rm(directory, { recursive: true });
});

/** A Secret as the kubelet mounts it: links to `..data`, which is a link that is swapped at each change. */
async function mountSecret({ cert, key }: KeyedCertificate, version: number) {
  const folder = `..${version}`;
  await mkdir(join(directory, folder));
  await writeFile(join(directory, folder, "tls.crt"), cert);
  await writeFile(join(directory, folder, "tls.key"), key);
  await symlink(folder, join(directory, "..data_tmp"));
  await rename(join(directory, "..data_tmp"), join(directory, "..data"));
  if (version > 1) return;
  for (const name of ["tls.crt", "tls.key"]) await symlink(join("..data", name), join(directory, name));
}

/** Follows the files of the directory with a real API server that checks what it is given. */
async function follow(first: KeyedCertificate) {
  const api = createApiServer({ metricNames: () => [], health: () => [], log: () => undefined } as never, first);
  const served: string[] = [];
  const told: string[] = [];
  let wake: () => void = () => {};
  const note = (_: unknown, sentence: string) => {
    told.push(sentence);
    wake();
  };
  const ready = new Promise<void>((resolve) => {
    void followFiles(
      { cert: join(directory, "tls.crt"), key: join(directory, "tls.key") },
      (certificate) => {
        api.setCertificate(certificate);
        served.push(certificate.cert);
      },
      { info: note, warn: note, error: note },
      stop.signal,
      resolve,
    );
  });
  await ready;
  const nextLine = () =>
    new Promise<void>((resolve) => {
      wake = () => resolve();
    });
  return { served, told, nextLine };
}

describe("given certificate files", () => {
  test("are followed through the swap of a mounted Secret", async () => {
    const [one, two] = [await makeServingPair(service, Date.now()), await makeServingPair(service, Date.now())];
    await mountSecret(one.serving, 1);
    const { served, nextLine } = await follow(one.serving);
    const line = nextLine();
    await mountSecret(two.serving, 2);
    await line;
    expect(served).toEqual([one.serving.cert, two.serving.cert]);
  });

  test("that fit each other only half, have expired or are empty leave the pair before in place, with one line each", async () => {
    const [one, two] = [await makeServingPair(service, Date.now()), await makeServingPair(service, Date.now())];
    const old = await makeServingPair(service, Date.now() - 31 * DAY);
    await mountSecret(one.serving, 1);
    const { served, told, nextLine } = await follow(one.serving);

    let line = nextLine();
    await mountSecret({ cert: two.serving.cert, key: one.serving.key }, 2);
    await line;
    expect(told).toEqual([expect.stringMatching(/^ASM_SERVING_CERTIFICATE: .* hold no pair that can be served/)]);

    line = nextLine();
    await mountSecret(old.serving, 3);
    await line;
    expect(told.at(-1)).toContain("the certificate has expired");
    expect(served).toEqual([one.serving.cert]);

    for (const [version, half] of [
      [4, { cert: "" }],
      [5, { key: "" }],
    ] as const) {
      line = nextLine();
      await mountSecret({ ...two.serving, ...half }, version);
      await line;
      expect(told.at(-1)).toMatch(/tls\.(crt|key) is empty/);
    }

    line = nextLine();
    await mountSecret(two.serving, 6);
    await line;
    expect(served).toEqual([one.serving.cert, two.serving.cert]);
    expect(told.join()).not.toContain("PRIVATE");
  });
});
