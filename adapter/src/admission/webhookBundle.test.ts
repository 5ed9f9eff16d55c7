import { expect, test } from "@jest/globals";
import { type Kubernetes, KubernetesError } from "../kubernetes.ts";
import { settleWebhookBundle } from "./webhookBundle.ts";

const service = { namespace: "kube-system", name: "asm-metrics-adapter" };
const pem = "PEM";
const bundle = Buffer.from(pem).toString("base64");

function cluster(webhooks: object[]) {
  const patches: unknown[] = [];
  const kubernetes: Kubernetes = {
    server: "",
    async call(method, _path, options) {
      if (method === "PATCH") patches.push(options?.body);
      return { webhooks };
    },
    watch: async () => undefined,
  };
  return { kubernetes, patches };
}

const webhook = (clientConfig: object) => ({ name: "hpas", clientConfig });

test("the authority is written where it is not, and only there", async () => {
  const { kubernetes, patches } = cluster([webhook({ service: { ...service, name: "other" } }), webhook({ service })]);
  await settleWebhookBundle(kubernetes, "x", service, pem);
  expect(patches).toEqual([
    [
      { op: "test", path: "/webhooks/1/name", value: "hpas" },
      { op: "add", path: "/webhooks/1/clientConfig/caBundle", value: bundle },
    ],
  ]);
});

test("nothing is written where it is right", async () => {
  const { kubernetes, patches } = cluster([webhook({ service, caBundle: bundle })]);
  await settleWebhookBundle(kubernetes, "x", service, pem);
  expect(patches).toEqual([]);
});

test("a configuration that is not there yet is no trouble, and any other failure is", async () => {
  const failing = (status: number): Kubernetes => ({
    ...cluster([]).kubernetes,
    call: async () => {
      throw new KubernetesError(status, "no");
    },
  });
  await expect(settleWebhookBundle(failing(404), "x", service, pem)).resolves.toBeUndefined();
  await expect(settleWebhookBundle(failing(403), "x", service, pem)).rejects.toThrow("no");
});
