import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { MetricsAdapter } from "asm-autoscaler/adapter";
import { type LocalCluster, startLocalCluster } from "../src/localCluster.ts";
import { until } from "./until.ts";

/** The webhook of the adapter as kubectl meets it. */

const KEY = "metric-config.external.prometheus-query.prometheus/";
let cluster: LocalCluster;

beforeAll(async () => {
  cluster = await startLocalCluster();
  const program = async () => {
    const prometheus = { url: cluster.controlPlane.prometheusUrl };
    new MetricsAdapter("adapter", { prometheus, replicas: 1, admissionWebhook: true });
  };
  await (await cluster.engine.stack({ project: "admission", stack: "adapter", program })).up();
  await until("the webhook's authority", () =>
    cluster.controlPlane
      .kubectl([
        ...["get", "validatingwebhookconfiguration", "asm-metrics-adapter", "-o"],
        "jsonpath={.webhooks[0].clientConfig.caBundle}",
      ])
      .then((bundle) => bundle !== ""),
  );
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
  // The API server learns of the authority by its own watch.
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

test("while the adapter does not answer everything passes", async () => {
  await cluster.controlPlane.kubectl(["-n", "kube-system", "scale", "deployment/asm-metrics-adapter", "--replicas=0"]);
  const said = await until("an HPA that passes", async () => {
    const words = await apply(hpa("dark", { [`${KEY}dark`]: "sum(" }));
    return /created/.test(words) ? words : undefined;
  });
  expect(said).toMatch(/dark created/);
}, 60_000);
