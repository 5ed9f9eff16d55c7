import { describe, expect, test } from "@jest/globals";
import type { V1Container, V1Pod } from "@kubernetes/client-node";
import fc from "fast-check";
import { type ConfigSource, containerEnvironment, expand, kubernetesServiceVariables } from "./environment.ts";

const pod: V1Pod = {
  metadata: { name: "adapter-1", namespace: "kube-system", uid: "u", labels: { app: "adapter" } },
  spec: { containers: [], serviceAccountName: "asm-metrics-adapter" },
};
const facts = { podIP: "127.65.16.1", hostIP: "127.65.1.11", nodeName: "local" };
const source: ConfigSource = {
  configMap: async (name) => (name === "settings" ? { data: { level: "debug" } } : undefined),
  secret: async (name) => (name === "login" ? { data: { user: Buffer.from("ann").toString("base64") } } : undefined),
};
const environmentOf = (env: V1Container["env"], envFrom: V1Container["envFrom"] = []) =>
  containerEnvironment({ name: "c", ...(env && { env }), envFrom }, pod, facts, source, { BASE: "base" });

describe("expand", () => {
  test.each([
    ["$(A)-$(B)", "1-2"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$1"],
    ["$(UNKNOWN)", "$(UNKNOWN)"],
    ["$A $[A] 5$", "$A $[A] 5$"],
  ])("turns %p into %p", (text, expected) => {
    expect(expand(text, { A: "1", B: "2" })).toBe(expected);
  });

  test("leaves a text without $ as it is, and a literal escaped with $$ comes out again", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(expand(text.replaceAll("$", ""), { A: "1" })).toBe(text.replaceAll("$", ""));
        expect(
          expand(
            text.replaceAll("$", () => "$$"),
            { A: "1" },
          ),
        ).toBe(text);
      }),
    );
  });
});

test("variables come from values, fields, ConfigMaps and Secrets, and may refer to earlier ones", async () => {
  const environment = await environmentOf([
    { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
    { name: "NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
    { name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
    { name: "APP", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
    { name: "LEVEL", valueFrom: { configMapKeyRef: { name: "settings", key: "level" } } },
    { name: "LOGIN", valueFrom: { secretKeyRef: { name: "login", key: "user" } } },
    { name: "ADDRESS", value: "$(IP):6443 $(LATER) $(BASE)" },
    { name: "LATER", value: "later" },
    { name: "EMPTY" },
  ]);
  expect(environment).toEqual({
    BASE: "base",
    IP: "127.65.16.1",
    NAMESPACE: "kube-system",
    NODE: "local",
    APP: "adapter",
    LEVEL: "debug",
    LOGIN: "ann",
    ADDRESS: "127.65.16.1:6443 $(LATER) base",
    LATER: "later",
    EMPTY: "",
  });
});

test("envFrom gives every key under its prefix, and env wins", async () => {
  const environment = await environmentOf(
    [{ name: "S_level", value: "info" }],
    [{ prefix: "S_", configMapRef: { name: "settings" } }, { secretRef: { name: "login" } }],
  );
  expect(environment).toEqual({ BASE: "base", S_level: "info", user: "ann" });
});

test("what is missing is named, and left out when it is optional", async () => {
  const secret = { name: "P", valueFrom: { secretKeyRef: { name: "absent", key: "p" } } };
  await expect(environmentOf([secret])).rejects.toThrow("Secret absent is missing");
  const key = { name: "P", valueFrom: { configMapKeyRef: { name: "settings", key: "p" } } };
  await expect(environmentOf([key])).rejects.toThrow("ConfigMap settings has no key p");
  const optional = { name: "P", valueFrom: { secretKeyRef: { name: "absent", key: "p", optional: true } } };
  expect(await environmentOf([optional])).toEqual({ BASE: "base" });
  const field = { name: "P", valueFrom: { fieldRef: { fieldPath: "status.nonsense" } } };
  await expect(environmentOf([field])).rejects.toThrow("ASM_KUBELET_FIELD: status.nonsense");
});

test("client libraries find the API server", () => {
  expect(kubernetesServiceVariables("127.65.0.1")).toMatchObject({
    KUBERNETES_SERVICE_HOST: "127.65.0.1",
    KUBERNETES_SERVICE_PORT: "443",
    KUBERNETES_PORT: "tcp://127.65.0.1:443",
  });
});
