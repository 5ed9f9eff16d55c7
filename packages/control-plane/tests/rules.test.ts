import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { deployment } from "./conformance/hpa.ts";
import { type Stage, startStage } from "./conformance/stage.ts";
import { until } from "./until.ts";

/**
 * A configuration of prometheus-adapter before the real HPA controller and the real Prometheus: HPAs on a Pods metric, on
 * an Object metric and on an external metric scale through the adapter.
 */

const RULES = `
rules:
- seriesQuery: 'jobs_in_work{pod!=""}'
  resources: {template: "<<.Resource>>"}
  name: {matches: "^(.*)_in_work$", as: "\${1}_running"}
  metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
- seriesQuery: 'open_orders{service!=""}'
  resources: {overrides: {namespace: {resource: namespace}, service: {resource: service}}}
  metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
externalRules:
- seriesQuery: 'queue_length'
  resources: {overrides: {namespace: {resource: namespace}}}
  metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (queue)'
`;
const LAUNCHER = join(process.cwd(), "adapter/bin/asm-metrics-adapter.mjs");
const CUSTOM = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/default";

let stage: Stage;
let exporter: Server;
/** Jobs in each pod of a workload. A workload that is absent has no series. */
const jobsPerPod = new Map<string, number>();
let openOrders = 5;
let pods: string[] = [];
let rulesPath: string;

function exposition(): string {
  const ofPods = pods.flatMap((pod) => {
    const jobs = jobsPerPod.get(pod.split("-")[0] ?? "");
    return jobs === undefined ? [] : [`jobs_in_work{namespace="default",pod="${pod}"} ${jobs}`];
  });
  const others = [
    `open_orders{namespace="default",service="shop"} ${openOrders}`,
    'queue_length{namespace="default",queue="mail"} 12',
    'queue_length{namespace="default",queue="sms"} 9',
  ];
  return `${[...ofPods, ...others].join("\n")}\n`;
}

beforeAll(async () => {
  exporter = createServer((_request, response) => {
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(exposition());
  });
  exporter.listen(0, "127.0.0.1");
  await once(exporter, "listening");
  const target = `127.0.0.1:${(exporter.address() as AddressInfo).port}`;
  rulesPath = join(await mkdtemp(join(tmpdir(), "rules-")), "config.yaml");
  await writeFile(rulesPath, RULES);
  stage = await startStage({
    scrapeConfigs: [{ job_name: "jobs", honor_labels: true, static_configs: [{ targets: [target] }] }],
    flags: () => [
      `--prometheus-adapter-config=${rulesPath}`,
      "--metrics-relist-interval=5s",
      "--metrics-max-age=1m",
      "--metrics-ttl=5s",
    ],
  });
  const service = { name: "asm-metrics-adapter", namespace: "kube-system", port: 6443 };
  await stage.apply(
    ...["v1beta1", "v1beta2"].map((version) => ({
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name: `${version}.custom.metrics.k8s.io` },
      spec: { group: "custom.metrics.k8s.io", version, groupPriorityMinimum: 100, versionPriority: 100, service },
    })),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "shop", namespace: "default" },
      spec: { ports: [{ port: 80 }] },
    },
    ...["web", "orders", "mail"].map((name) => deployment(name, 1)),
  );
}, 300_000);

afterAll(async () => {
  await stage?.stop();
  exporter?.close();
}, 60_000);

/** Reports the pods as running and ready, as a kubelet does, and lets the exporter write their series. */
async function runPods(): Promise<string[]> {
  const text = await stage.plane.kubectl(["get", "pods", "-o", "json"]);
  const { items } = JSON.parse(text) as { items: { metadata: { name: string }; status: { phase: string } }[] };
  const startTime = new Date(Date.now() - 600_000).toISOString();
  for (const { metadata, status } of items) {
    if (status.phase === "Running") continue;
    const condition = { type: "Ready", status: "True", lastTransitionTime: startTime };
    const patch = { status: { phase: "Running", startTime, conditions: [condition] } };
    await stage.plane.kubectl(["patch", "pod", metadata.name, "--subresource=status", "-p", JSON.stringify(patch)]);
  }
  pods = items.map(({ metadata }) => metadata.name);
  return pods;
}

function hpa(name: string, metric: object) {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name, namespace: "default" },
    spec: {
      ...{ minReplicas: 1, maxReplicas: 6, metrics: [metric] },
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
    },
  };
}

const replicas = async (name: string) =>
  Number(await stage.plane.kubectl(["get", "deployment", name, "-o", "jsonpath={.spec.replicas}"]));
const scaledTo = (name: string, count: number) =>
  until(
    `${count} replicas of ${name}`,
    async () => {
      await runPods();
      const now = await replicas(name);
      if (now !== count) {
        const path = "jsonpath={.status.conditions[*].message}";
        throw new Error(`${now}: ${await stage.plane.kubectl(["get", "hpa", name, "-o", path])}`);
      }
      return true;
    },
    60,
  );

async function valuesOfWeb() {
  const { body } = await stage.read(
    `${CUSTOM}/pods/*/jobs_running?${new URLSearchParams({ labelSelector: "app=web" })}`,
  );
  return body.items ?? [];
}

/** What `explain` says of an HPA, with the file of the rules. */
async function explained(name: string): Promise<{ reasons: unknown[]; custom: unknown }> {
  const kubeconfig = await stage.plane.kubeconfig("on-call", ["system:masters"]);
  const flags = [
    ...[`--kubeconfig=${kubeconfig}`, `--prometheus-server=${stage.plane.prometheusUrl}`],
    ...[`--prometheus-adapter-config=${rulesPath}`, "--output=json"],
  ];
  const run = promisify(execFile)(process.execPath, [LAUNCHER, "explain", `default/${name}`, ...flags]);
  // The exit code is 1 if there is a reason.
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  return JSON.parse(stdout);
}

describe("rules of prometheus-adapter", () => {
  test("scale an HPA on a Pods metric, and hold its size without data", async () => {
    jobsPerPod.set("web", 25);
    const target = { type: "AverageValue", averageValue: "10" };
    await stage.apply(hpa("web", { type: "Pods", pods: { metric: { name: "jobs_running" }, target } }));
    await until(
      "both versions",
      async () => (await runPods()).length >= 3 && (await stage.read(`${CUSTOM}/pods/*/jobs_running`)).status === 200,
      60,
    );
    // 25 jobs in one pod are three pods; three pods with 10 each stay.
    await until("three pods", async () => (await runPods()) && (await replicas("web")) >= 3, 60);
    jobsPerPod.set("web", 10);
    await until(
      "all pods to have a value",
      async () => (await runPods()).length >= 5 && (await valuesOfWeb()).length >= 3,
      60,
    );
    const before = await replicas("web");
    jobsPerPod.delete("web");
    await until("no data", async () => (await valuesOfWeb()).length === 0, 60);
    const condition = 'jsonpath={.status.conditions[?(@.type=="ScalingActive")].message}';
    await until("a refusal", async () =>
      /ASM_NO_SERIES/.test(await stage.plane.kubectl(["get", "hpa", "web", "-o", condition])),
    );
    expect(await replicas("web")).toBe(before);
    const { reasons, custom } = await explained("web");
    expect(reasons[0]).toMatchObject({ id: "ASM_NO_SERIES", wrong: true });
    expect(custom).toMatchObject([
      { permission: { kind: "allowed" }, rule: { place: "rules[0]", series: "jobs_in_work" } },
    ]);
  }, 180_000);

  test("scale an HPA on an Object metric", async () => {
    const describedObject = { apiVersion: "v1", kind: "Service", name: "shop" };
    const metric = {
      type: "Object",
      object: { describedObject, metric: { name: "open_orders" }, target: { type: "AverageValue", averageValue: "2" } },
    };
    await stage.apply(hpa("orders", metric));
    await scaledTo("orders", 3);
    openOrders = 9;
    await scaledTo("orders", 5);
    const { reasons, custom } = await explained("orders");
    expect(reasons[0]).toMatchObject({ wrong: false });
    expect(custom).toMatchObject([{ served: { quantity: "9" }, rule: { reads: [{ values: { sum: 9 } }] } }]);
  }, 120_000);

  test("scale an HPA on an external metric, whose series are added up", async () => {
    const metric = {
      type: "External",
      external: { metric: { name: "queue_length" }, target: { type: "AverageValue", averageValue: "10" } },
    };
    await stage.apply(hpa("mail", metric));
    await scaledTo("mail", 3);
  }, 60_000);

  test("name kinds of objects that only the discovery of the cluster knows", async () => {
    const queries = RULES.replace(
      "service: {resource: service}",
      "service: {group: policy, resource: poddisruptionbudget}",
    );
    await writeFile(rulesPath, queries);
    const path = `${CUSTOM}/poddisruptionbudgets.policy/shop/open_orders`;
    await until("a value", async () => (await stage.read(path)).status === 200);
    expect(stage.adapter.output()).not.toMatch(/ASM_RULE_DISCOVERY|ASM_RULE_INVALID/);
  });

  test("are read again when the file changes", async () => {
    await writeFile(rulesPath, RULES.replace("_running", "_now"));
    await until("the new name", async () => (await stage.read(`${CUSTOM}/pods/*/jobs_now`)).status !== 404, 60);
    expect((await stage.read(`${CUSTOM}/pods/*/jobs_running`)).status).toBe(404);
  }, 90_000);
});
