import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createMissingApi } from "./missingApi.ts";
import { type ServingSourceOptions, serveCertificate } from "./serveCertificate.ts";
import { makeServingPair } from "./servingCertificate.ts";

const service = { serviceName: "adapter", namespace: "kube-system" };
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "asm-serving-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

test.each([
  ["an empty --cert-dir", undefined],
  ["a --cert-dir that holds half a pair", "somebody's"],
])("what is put into %s later takes the place of the pair that was made at start", async (_, half) => {
  const stop = new AbortController();
  if (half !== undefined) await writeFile(join(directory, "tls.crt"), half);
  const given = await makeServingPair(service, Date.now());
  const served: string[] = [];
  const ready = Promise.withResolvers<void>();
  const replaced = Promise.withResolvers<void>();
  const options: ServingSourceOptions = {
    kubernetes: {} as never, // asked for Secrets only
    flags: {
      servingService: { namespace: service.namespace, name: service.serviceName },
      tlsCertFile: "",
      tlsKeyFile: "",
      certDir: directory,
    },
    api: {
      setCertificate({ cert, key }) {
        // As the real one: half of the new pair beside half of the old one is refused.
        if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) throw new Error("no pair");
        served.push(cert);
        if (cert === given.serving.cert && key === given.serving.key) replaced.resolve();
      },
    },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    clock: { wall: Date.now, monotonic: () => performance.now() },
    onReady: () => ready.resolve(),
    contests: new Map(),
    missingApi: createMissingApi([], () => performance.now()),
    onAuthorities: () => undefined,
  };
  const running = serveCertificate(options, stop.signal);
  await ready.promise;
  expect(served).not.toContain(given.serving.cert);
  await writeFile(join(directory, "tls.crt"), given.serving.cert);
  await writeFile(join(directory, "tls.key"), given.serving.key);
  await replaced.promise;
  stop.abort();
  await running;
});
