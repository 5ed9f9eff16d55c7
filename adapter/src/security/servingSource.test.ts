import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { makeServingPair } from "./servingCertificate.ts";
import { type ServingSourceOptions, serveCertificate } from "./servingSource.ts";

const service = { serviceName: "adapter", namespace: "kube-system" };
let directory: string;
const stop = new AbortController();
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "asm-serving-"));
});
afterEach(async () => {
  stop.abort();
  await rm(directory, { recursive: true });
});

test("what is put into an empty --cert-dir later takes the place of the pair that was made at start", async () => {
  const served: string[] = [];
  const { promise: readAnew, resolve } = Promise.withResolvers<string>();
  const options: ServingSourceOptions = {
    kubernetes: {} as never, // asked for Secrets only
    flags: {
      servingSecret: undefined,
      servingService: { namespace: service.namespace, name: service.serviceName },
      tlsCertFile: "",
      tlsKeyFile: "",
      certDir: directory,
    } as never,
    api: { setCertificate: ({ cert }) => void served.push(cert) },
    log: { info: (_, sentence) => resolve(sentence), warn: () => undefined, error: (_, sentence) => resolve(sentence) },
    clock: { wall: Date.now, monotonic: () => performance.now() },
    onReady: async () => {
      await new Promise((done) => setImmediate(done));
      await writeFile(join(directory, "tls.crt"), given.serving.cert);
      await writeFile(join(directory, "tls.key"), given.serving.key);
    },
  };
  const given = await makeServingPair(service, Date.now());
  const running = serveCertificate(options, stop.signal);
  expect(await readAnew).toContain("was read anew");
  expect(served.at(-1)).toBe(given.serving.cert);
  stop.abort();
  await running;
});
