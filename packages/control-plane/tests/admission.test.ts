import { MetricsAdapter } from "@asm-autoscaler/asm-autoscaler/adapter";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import * as k8s from "@pulumi/kubernetes";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { type LocalCluster, startLocalCluster } from "../src/localCluster.ts";
import { createAuthority } from "../src/pki.ts";
import { until } from "./until.ts";

/** The webhook of the adapter as kubectl meets it. */

const KEY = "metric-config.external.prometheus-query.prometheus/";
const CONFIGURATION = "validatingwebhookconfiguration/asm-metrics-adapter";
let cluster: LocalCluster;
let stack: Stack;

beforeAll(async () => {
  cluster = await startLocalCluster();
  const authority = await createAuthority("webhook-ca");
  const service = "asm-metrics-adapter.kube-system.svc";
  const { certPem, keyPem } = await authority.issueServer(service, [service]);
  const program = async () => {
    const secret = new k8s.core.v1.Secret("webhook-tls", {
      metadata: { name: "webhook-tls", namespace: "kube-system" },
      type: "kubernetes.io/tls",
      stringData: { "tls.crt": certPem, "tls.key": keyPem },
    });
    new MetricsAdapter("adapter", {
      prometheus: { url: cluster.controlPlane.prometheusUrl },
      replicas: 1,
      // The kubelet of this cluster reads a Secret once, when the pod starts.
      admissionWebhook: { secretName: secret.metadata.name, caBundle: authority.certPem },
    });
  };
  stack = await cluster.engine.stack({ project: "admission", stack: "adapter", program });
  await stack.up();
}, 600_000);

afterAll(async () => {
  await cluster?.stop();
}, 60_000);

const hpa = (name: string, annotations: Record<string, string>) => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name, namespace: "default", annotations },
  spec: {
    maxReplicas: 3,
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
    metrics: [
      {
        type: "External",
        external: {
          metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": name } } },
          target: { type: "AverageValue", averageValue: "10" },
        },
      },
    ],
  },
});

/** What kubectl says, its refusal included. */
const apply = (object: object): Promise<string> =>
  cluster.controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify(object)).catch((error: unknown) => String(error));

test("a broken query is refused at kubectl apply in the adapter's words, and a good one passes", async () => {
  // The API server learns of the webhook by its own watch.
  const refusal = await until("a refusal", async () => {
    const said = await apply(hpa("broken", { [`${KEY}broken`]: "sum(rate(up[1m])" }));
    return /denied the request/.test(said) ? said : undefined;
  });
  expect(refusal).toMatch(/admission webhook "hpas\.asm-metrics-adapter\.svc" denied the request: ASM_QUERY_INVALID/);
  expect(refusal).toMatch(/line 1, column/);
  expect(await apply(hpa("good", { [`${KEY}good`]: "vector(1)" }))).toMatch(/good created/);
});

test("an HPA that would take another's metric away is refused, and so is a server that nobody knows", async () => {
  expect(await apply(hpa("first", { [`${KEY}first`]: "vector(1)" }))).toMatch(/first created/);
  const rival = hpa("second", { [`${KEY}first`]: "vector(2)" });
  for (const { external } of rival.spec.metrics) external.metric.selector.matchLabels["query-name"] = "first";
  await until("the first one to be known", async () =>
    /ASM_KEY_CLAIMED_TWICE: HPA default\/first/.test(await apply(rival)),
  );
  const elsewhere = { [`${KEY}lost`]: "vector(1)", [`${KEY}prometheus-server-alias`]: "nowhere" };
  expect(await apply(hpa("lost", elsewhere))).toMatch(/denied the request: ASM_\w+: .*nowhere/);
});

test("a second up changes nothing", async () => {
  const { changeSummary } = await stack.preview();
  expect(Object.keys(changeSummary)).toEqual(["same"]);
}, 120_000);

test("the adapter may not change its webhook", async () => {
  const adapter = "--as=system:serviceaccount:kube-system:asm-metrics-adapter";
  const change = [
    "patch",
    CONFIGURATION,
    "--type=json",
    '--patch=[{"op":"remove","path":"/webhooks/0/rules"}]',
    adapter,
  ];
  await expect(cluster.controlPlane.kubectl(change)).rejects.toThrow(/forbidden/i);
  await expect(cluster.controlPlane.kubectl(["get", CONFIGURATION, adapter])).rejects.toThrow(/forbidden/i);
});

test("while the adapter does not answer everything passes", async () => {
  await cluster.controlPlane.kubectl(["-n", "kube-system", "scale", "deployment/asm-metrics-adapter", "--replicas=0"]);
  const said = await until("an HPA that passes", async () => {
    const words = await apply(hpa("dark", { [`${KEY}dark`]: "sum(" }));
    return /created/.test(words) ? words : undefined;
  });
  expect(said).toMatch(/dark created/);
}, 60_000);
