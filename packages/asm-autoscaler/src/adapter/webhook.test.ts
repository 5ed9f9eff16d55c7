import { describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import "../../testing/bundleFixture";
import { CA, podOf, prometheus, recordAdapter } from "../../testing/recordAdapter";
import { only, type RecordedStack, tree } from "../../testing/recordStack";
import type { MetricsAdapterWebhookArgs } from ".";

const WEBHOOK = "kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration";
const CERTIFICATE = "kubernetes:cert-manager.io/v1:Certificate";
const own: MetricsAdapterWebhookArgs = { secretName: "webhook-tls", caBundle: CA };
const managed: MetricsAdapterWebhookArgs = { certManager: true };
const record = (admissionWebhook: MetricsAdapterWebhookArgs, preview = false) =>
  recordAdapter({ prometheus, admissionWebhook, namespace: "metrics" }, preview);

interface Configuration {
  metadata: { annotations: Record<string, string> };
  webhooks: [{ clientConfig: { caBundle?: string; service: object }; matchConditions: { expression: string }[] }];
}

function configurationOf(stack: RecordedStack): Configuration {
  return JSON.parse(JSON.stringify(only(stack, WEBHOOK).inputs));
}

test.each([false, true])("the resources that a webhook adds (preview %s)", async (preview) => {
  const without = tree(await recordAdapter({ prometheus }, preview));
  const added = async (webhook: MetricsAdapterWebhookArgs) =>
    tree(await record(webhook, preview)).filter((line) => !without.includes(line));
  expect(await added(own)).toEqual([`metrics-webhook: ${WEBHOOK} < metrics`]);
  expect(await added(managed)).toEqual([
    `metrics-webhook-certificate: ${CERTIFICATE} < metrics`,
    "metrics-webhook-issuer: kubernetes:cert-manager.io/v1:Issuer < metrics",
    `metrics-webhook: ${WEBHOOK} < metrics`,
  ]);
});

test.each([own, managed])("the adapter gets no right for its webhook", async (webhook) => {
  const rolesOf = (stack: RecordedStack) =>
    stack.filter(({ type }) => /Role(Binding)?$/.test(type)).map(({ name, inputs }) => [name, inputs["rules"]]);
  const stack = await record(webhook);
  expect(rolesOf(stack)).toEqual(rolesOf(await recordAdapter({ prometheus, namespace: "metrics" })));
  expect(JSON.stringify(rolesOf(stack))).not.toContain("webhook");
});

test("it fails open, waits two seconds at most and leaves the HPA controller's own writes alone", async () => {
  expect(configurationOf(await record(own)).webhooks).toEqual([
    expect.objectContaining({
      failurePolicy: "Ignore",
      timeoutSeconds: 2,
      sideEffects: "None",
      clientConfig: {
        service: { name: "asm-metrics-adapter", namespace: "metrics", port: 8444, path: "/validate-autoscaling" },
        caBundle: Buffer.from(CA).toString("base64"),
      },
      rules: [
        {
          apiGroups: ["autoscaling"],
          apiVersions: ["v2"],
          resources: ["horizontalpodautoscalers"],
          operations: ["CREATE", "UPDATE"],
          scope: "Namespaced",
        },
      ],
    }),
  ]);
});

test("only HPAs with an annotation of the adapter are sent to it", async () => {
  expect(configurationOf(await record(own)).webhooks[0].matchConditions).toEqual([
    {
      name: "asks-the-adapter",
      expression:
        'has(object.metadata.annotations) && object.metadata.annotations.exists(key, key.startsWith("metric-config."))',
    },
  ]);
});

describe("a certificate of one's own", () => {
  test("its CA is written by the program, whoever wrote there before", async () => {
    const stack = await record(own);
    expect(only(stack, WEBHOOK).ignoreChanges).toEqual([]);
    expect(configurationOf(stack).metadata.annotations).toEqual({ "pulumi.com/patchForce": "true" });
  });

  test("may come from resources that are not made yet", async () => {
    const later = pulumi.output(pulumi.unknown).apply(String);
    const stack = await record({ secretName: later, caBundle: later }, true);
    expect(configurationOf(stack)).toMatchObject({ metadata: { name: "asm-metrics-adapter" } });
  });
});

describe("a certificate of cert-manager", () => {
  test("is for the Service, is waited for by the webhook alone, and its CA is cert-manager's to write", async () => {
    const stack = await record(managed);
    const { inputs } = only(stack, CERTIFICATE);
    expect(inputs["spec"]).toMatchObject({
      secretName: "asm-metrics-adapter-webhook",
      dnsNames: ["asm-metrics-adapter.metrics.svc"],
      issuerRef: { kind: "Issuer", name: "asm-metrics-adapter-webhook" },
    });
    expect(configurationOf(stack)).toMatchObject({
      metadata: { annotations: { "cert-manager.io/inject-ca-from": "metrics/asm-metrics-adapter-webhook" } },
    });
    const { dependsOn, ignoreChanges } = only(stack, WEBHOOK);
    expect(ignoreChanges).toEqual(["webhooks[0].clientConfig.caBundle"]);
    expect(dependsOn).toEqual(["metrics-deployment", "metrics-service", "metrics-webhook-certificate"]);
    expect(only(stack, "kubernetes:apps/v1:Deployment").dependsOn).not.toContain("metrics-webhook-certificate");
  });
});

test.each([
  [own, "webhook-tls"],
  [managed, "asm-metrics-adapter-webhook"],
])("the pod serves the webhook with the Secret's pair on a port of its own", async (webhook, secretName) => {
  const stack = await record(webhook);
  const pod = podOf(stack);
  const [container] = pod.containers;
  expect(container.args).toEqual(
    expect.arrayContaining([
      "--admission-webhook-port=8444",
      "--admission-webhook-cert-file=/etc/asm-metrics-adapter/webhook/tls.crt",
      "--admission-webhook-key-file=/etc/asm-metrics-adapter/webhook/tls.key",
    ]),
  );
  // Readings do not wait for the webhook's certificate, and no other key of the Secret is mounted.
  expect(pod.volumes).toContainEqual({
    name: "webhook",
    secret: {
      secretName,
      optional: true,
      items: [
        { key: "tls.crt", path: "tls.crt" },
        { key: "tls.key", path: "tls.key" },
      ],
    },
  });
  expect(container).toMatchObject({
    ports: expect.arrayContaining([{ name: "webhook", containerPort: 8444, protocol: "TCP" }]),
  });
  expect(only(stack, "kubernetes:core/v1:Service").inputs["spec"]).toMatchObject({
    ports: [
      expect.objectContaining({ port: 443 }),
      { name: "webhook", port: 8444, targetPort: "webhook", protocol: "TCP" },
    ],
  });
  expect(only(stack, "kubernetes:networking.k8s.io/v1:NetworkPolicy").inputs["spec"]).toMatchObject({
    ingress: [{ ports: [{ port: 6443 }, { port: 8444 }] }, {}],
  });
});

test("without a webhook there is nothing of it", async () => {
  const stack = await recordAdapter({ prometheus });
  expect(stack.map(({ sent }) => sent).filter((sent) => /webhook|8444/i.test(sent))).toEqual([]);
});
