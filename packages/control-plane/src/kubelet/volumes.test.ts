import { mkdtemp, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { V1Pod, V1Volume } from "@kubernetes/client-node";
import type { VolumeOwner } from "./payload.ts";
import { makeVolumes, type VolumeSource } from "./volumes.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "volumes-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const asked: unknown[] = [];
const source: VolumeSource = {
  configMap: async (name) =>
    name === "bundle"
      ? { data: { "load.mjs": "load" }, binaryData: { "adapter.br": Buffer.from([0, 255, 1]).toString("base64") } }
      : undefined,
  secret: async (name) => (name === "tls" ? { data: { "tls.key": Buffer.from("key").toString("base64") } } : undefined),
  token: async (audience, seconds) => {
    asked.push([audience, seconds]);
    return "a.b.c";
  },
};
const facts = { podIP: "127.65.16.1", hostIP: "127.65.1.11", nodeName: "local" };
const make = (volumes: V1Volume[], owner: VolumeOwner = {}) => {
  const pod: V1Pod = { metadata: { name: "p", namespace: "kube-system" }, spec: { containers: [], volumes } };
  return makeVolumes(pod, facts, owner, source, directory);
};
const modeOf = async (...path: string[]) => (await stat(join(directory, ...path))).mode & 0o7777;

test("a ConfigMap's texts and bytes are files behind links through ..data, as in kubelet", async () => {
  const volumes = await make([{ name: "code", configMap: { name: "bundle", defaultMode: 0o640 } }]);
  expect(volumes.get("code")).toEqual({ path: join(directory, "code"), readOnly: true });
  expect(await readFile(join(directory, "code", "load.mjs"), "utf8")).toBe("load");
  expect([...(await readFile(join(directory, "code", "adapter.br")))]).toEqual([0, 255, 1]);
  expect(await readlink(join(directory, "code", "load.mjs"))).toBe("..data/load.mjs");
  expect(await modeOf("code", "load.mjs")).toBe(0o640);
});

test("items choose keys and paths, with modes of their own", async () => {
  const items = [{ key: "load.mjs", path: "bin/start.mjs", mode: 0o755 }];
  await make([{ name: "code", configMap: { name: "bundle", items, defaultMode: 0o644 } }]);
  expect((await readdir(join(directory, "code"))).filter((name) => !name.startsWith(".."))).toEqual(["bin"]);
  expect(await modeOf("code", "bin", "start.mjs")).toBe(0o755);
});

test("what is missing is named, and is an empty volume when it is optional", async () => {
  await expect(make([{ name: "v", secret: { secretName: "absent" } }])).rejects.toThrow("Secret absent");
  const items = [{ key: "tls.crt", path: "tls.crt" }];
  await expect(make([{ name: "v", secret: { secretName: "tls", items } }])).rejects.toThrow("it has no key tls.crt");
  await make([{ name: "v", secret: { secretName: "absent", optional: true } }]);
  expect((await readdir(join(directory, "v"))).filter((name) => !name.startsWith(".."))).toEqual([]);
  await expect(make([{ name: "v", hostPath: { path: "/" } }])).rejects.toThrow(
    "its kind is none that this kubelet makes",
  );
});

const tokenVolume: V1Volume = {
  name: "api",
  projected: {
    defaultMode: 0o644,
    sources: [
      { serviceAccountToken: { path: "token", expirationSeconds: 3607 } },
      { configMap: { name: "bundle", items: [{ key: "load.mjs", path: "ca.crt" }] } },
      { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
    ],
  },
};

test("the ServiceAccount's volume has a token of the asked life, the CA and the namespace", async () => {
  await make([tokenVolume]);
  expect(await readFile(join(directory, "api", "token"), "utf8")).toBe("a.b.c");
  expect(await readFile(join(directory, "api", "namespace"), "utf8")).toBe("kube-system");
  expect(asked.at(-1)).toEqual([undefined, 3607]);
  expect(await modeOf("api", "token")).toBe(0o644);
});

test("the token is for the pod's user alone, and for its group when there is one", async () => {
  await make([tokenVolume], { uid: 1000 });
  expect(await modeOf("api", "token")).toBe(0o600);
  await make([tokenVolume], { uid: 1000, fsGroup: 2000 });
  expect(await modeOf("api", "token")).toBe(0o640);
});

test("an emptyDir is empty, writable for everybody and anew in each life", async () => {
  const volumes = await make([{ name: "tmp", emptyDir: {} }]);
  expect(volumes.get("tmp")?.readOnly).toBe(false);
  expect(await modeOf("tmp")).toBe(0o777);
  expect(await readdir(join(directory, "tmp"))).toEqual([]);
});
