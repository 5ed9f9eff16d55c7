import { expect, test } from "@jest/globals";
import { podOf, prometheus, recordAdapter } from "../../testing/recordAdapter";
import { only, tree } from "../../testing/recordStack";

const WEBHOOK = "kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration";

test.each([false, true])("with the webhook there are three resources more (preview %s)", async (preview) => {
  const without = tree(await recordAdapter({ prometheus }, preview));
  const all = tree(await recordAdapter({ prometheus, admissionWebhook: true }, preview));
  expect(all.filter((line) => !without.includes(line))).toEqual([
    "metrics-webhook-role-binding: kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding < metrics",
    "metrics-webhook-role: kubernetes:rbac.authorization.k8s.io/v1:ClusterRole < metrics",
    `metrics-webhook: ${WEBHOOK} < metrics`,
  ]);
});

test("it fails open, waits two seconds at most and leaves the HPA controller's own writes alone", async () => {
  const stack = await recordAdapter({ prometheus, admissionWebhook: true, namespace: "metrics" });
  const { inputs, ignoreChanges } = only(stack, WEBHOOK);
  expect(inputs["webhooks"]).toEqual([
    expect.objectContaining({
      failurePolicy: "Ignore",
      timeoutSeconds: 2,
      sideEffects: "None",
      clientConfig: {
        service: { name: "asm-metrics-adapter", namespace: "metrics", port: 443, path: "/validate-autoscaling" },
      },
      rules: [expect.objectContaining({ resources: ["horizontalpodautoscalers"], operations: ["CREATE", "UPDATE"] })],
    }),
  ]);
  expect(ignoreChanges).toEqual(["webhooks[0].clientConfig.caBundle"]);
});

test("the adapter is told its name and may change that one configuration", async () => {
  const stack = await recordAdapter({ prometheus, admissionWebhook: true });
  expect(podOf(stack).containers[0].args).toContain("--admission-webhook=asm-metrics-adapter");
  expect(stack.find(({ name }) => name === "metrics-webhook-role")?.inputs["rules"]).toEqual([
    {
      apiGroups: ["admissionregistration.k8s.io"],
      resources: ["validatingwebhookconfigurations"],
      resourceNames: ["asm-metrics-adapter"],
      verbs: ["get", "patch"],
    },
  ]);
  expect(podOf(await recordAdapter({ prometheus })).containers[0].args.join()).not.toContain("admission");
});
