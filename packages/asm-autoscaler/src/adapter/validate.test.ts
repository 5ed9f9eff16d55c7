import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import "../../testing/bundleFixture";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { CA, prometheus } from "../../testing/recordAdapter";
import { recordStack } from "../../testing/recordStack";
import { MetricsAdapter, type MetricsAdapterArgs } from ".";

type Webhook = NonNullable<MetricsAdapterArgs["admissionWebhook"]>;

const refused = (args: MetricsAdapterArgs) => inputErrorsOf(() => new MetricsAdapter("metrics", args));

test("all errors at once, each with its path, before anything is registered", async () => {
  const stack = await recordStack(() =>
    expect(
      refused({
        namespace: "Kube System",
        prometheus: { url: "prometheus:9090" },
        replicas: 0,
        image: "https://registry.example/x",
        imagePullSecrets: ["right", "not right"],
        additionalPrometheus: {
          "e u": { url: "http://eu" },
          us: { url: "us:9090" },
          comma: { url: "http://x/a,b" },
          both: { url: "http://x", authorization: "a", basicAuth: { username: "u", password: "p" } },
        },
        priorityClassName: "Critical!",
        prometheusOperatorLabels: { release: "x" },
      }),
    ).toEqual([
      ["namespace", "ASM_NAME_INVALID"],
      ["prometheus.url", "ASM_URL_INVALID"],
      ['additionalPrometheus["e u"]', "ASM_NAME_INVALID"],
      ["additionalPrometheus.us.url", "ASM_URL_INVALID"],
      ["additionalPrometheus.comma.url", "ASM_URL_INVALID"],
      ["additionalPrometheus.both.basicAuth", "ASM_AUTHORIZATION_TWICE"],
      ["replicas", "ASM_COUNT_INVALID"],
      ["image", "ASM_IMAGE_INVALID"],
      ["imagePullSecrets[1]", "ASM_NAME_INVALID"],
      ["priorityClassName", "ASM_NAME_INVALID"],
      ["prometheusOperatorLabels", "ASM_ARGUMENT_MISPLACED"],
    ]),
  );
  expect(stack).toEqual([]);
});

test("what a program without types leaves out", () => {
  const given: MetricsAdapterArgs = JSON.parse('{ "prometheus": null, "additionalPrometheus": { "eu": null } }');
  expect(refused(given)).toEqual([
    ["additionalPrometheus.eu", "ASM_ARGUMENT_MISSING"],
    ["prometheus", "ASM_ARGUMENT_MISSING"],
  ]);
});

test.each([
  "registerApiService",
  "takeOver",
  "prometheusOperator",
  "grafanaDashboard",
  "admissionWebhook",
  "additionalPrometheus",
])("%s decides which resources there are, so that it may not come late", (path) => {
  const late: Partial<MetricsAdapterArgs> = { [path]: pulumi.output(false) };
  expect(refused({ prometheus, ...late })).toEqual([[path, "ASM_ARGUMENT_LATE"]]);
});

test.each([
  [true, [["admissionWebhook", "ASM_ARGUMENT_TYPE"]]],
  [false, [["admissionWebhook", "ASM_ARGUMENT_TYPE"]]],
  [{}, [["admissionWebhook", "ASM_WEBHOOK_CERTIFICATE"]]],
  [{ certManager: false, secretName: null }, [["admissionWebhook", "ASM_WEBHOOK_CERTIFICATE"]]],
  [{ secretName: "tls" }, [["admissionWebhook.caBundle", "ASM_ARGUMENT_MISSING"]]],
  [{ caBundle: CA }, [["admissionWebhook.secretName", "ASM_ARGUMENT_MISSING"]]],
  [
    { secretName: "Not right", caBundle: "/etc/ca.crt" },
    [
      ["admissionWebhook.secretName", "ASM_NAME_INVALID"],
      ["admissionWebhook.caBundle", "ASM_CERTIFICATE_INVALID"],
    ],
  ],
  [
    { certManager: true, secretName: "tls", caBundle: CA },
    [
      ["admissionWebhook.secretName", "ASM_ARGUMENT_MISPLACED"],
      ["admissionWebhook.caBundle", "ASM_ARGUMENT_MISPLACED"],
    ],
  ],
  [{ certManager: pulumi.output(true) }, [["admissionWebhook.certManager", "ASM_ARGUMENT_LATE"]]],
])("the webhook %j does not say where its certificate comes from", (webhook, expected) => {
  expect(refused({ prometheus, admissionWebhook: webhook as Webhook })).toEqual(expected);
});

test.each([null, undefined, { certManager: true }, { secretName: "tls", caBundle: CA + CA }])(
  "the webhook %j is accepted",
  (webhook) => {
    expect(refused({ prometheus, admissionWebhook: webhook as Webhook })).toEqual([]);
  },
);

test("a server that HPAs may name is a base URL without credentials", () => {
  const allowedPrometheusServers = ["http://good:9090/prefix", "http://u:p@bad", "ftp://bad"];
  expect(refused({ prometheus, allowedPrometheusServers })).toEqual([
    ["allowedPrometheusServers[1]", "ASM_URL_INVALID"],
    ["allowedPrometheusServers[2]", "ASM_URL_INVALID"],
  ]);
});

test("aliases that HPAs of kube-metrics-adapter have", () => {
  const [eu, prod] = [prometheus, prometheus];
  expect(refused({ prometheus, additionalPrometheus: { eu, Prod_1: prod, "a.b": prod } })).toEqual([]);
});

test("an image and a mirror for another image", () => {
  expect(refused({ prometheus, image: "a/b", imageRegistry: "c" })).toEqual([["imageRegistry", "ASM_IMAGE_TWICE"]]);
});

test.each(["", "not a url", "ftp://x", "http://x/?a=1", "http://x/#a"])("the Prometheus URL %j", (url) => {
  expect(refused({ prometheus: { url } })).toEqual([["prometheus.url", "ASM_URL_INVALID"]]);
});

test.each([
  ["http://jane:hunter2@x", "contains credentials"],
  ["http://x/?token=hunter2", "has a query"],
  ["jane:hunter2@x", "is not an http or https URL"],
])("what may be a secret in %s is not repeated by the error", (url, why) => {
  const withSecret = () => new MetricsAdapter("metrics", { prometheus: { url } });
  expect(withSecret).toThrow(`ASM_URL_INVALID: The URL of Prometheus ${why}`);
  expect(withSecret).not.toThrow("hunter2");
});
