import { setTimeout as pause } from "node:timers/promises";
import { MetricsAdapter } from "@asm-autoscaler/asm-autoscaler/adapter";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ensureBinaries } from "../../src/binaries.ts";
import { type LocalCluster, startLocalCluster } from "../../src/localCluster.ts";
import { type Neighbour, startNeighbour } from "../neighbour.ts";
import { type Asking, startAsking } from "../pulse.ts";
import { until } from "../until.ts";
import { chartRegistration, createReader, prometheusAdapterSpec, type Reader } from "./neighbourRoom.ts";
import type { RuleConfig } from "./rules/ruleConfig.ts";
import { type SharedLoad, startSharedLoad } from "./rules/sharedLoad.ts";
import { apart, type Size } from "./trace.ts";

/**
 * An HPA on a Pods metric and one on an Object metric scale under the real prometheus-adapter. Ours takes both APIs over,
 * while the sizes stay and no read fails. Then the same load gives the same sizes within one sync of the HPA controller.
 */

const SHOP = "shop";
const SYNC_SECONDS = 15;
const APPS = ["pods", "object"];
/** Seconds from which the load is so large. One pod takes 10. */
const LOAD: readonly (readonly [second: number, load: number])[] = [
  [0, 9],
  [20, 48],
  [80, 25],
  [140, 9],
];
const SECONDS = 200;

const RULES: RuleConfig = {
  rules: [
    {
      seriesQuery: '{__name__=~"^(pod|service)_load$",namespace!=""}',
      resources: { template: "<<.Resource>>" },
      metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
    },
  ],
  externalRules: [
    {
      seriesQuery: '{__name__="service_load"}',
      resources: { overrides: { namespace: { resource: "namespace" } } },
      name: { as: "whole_load" },
      metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>})",
    },
  ],
};

let cluster: LocalCluster;
let load: SharedLoad;
let neighbour: Neighbour;
let reader: Reader;
let asking: Asking;
let underOriginal: ReadonlyMap<string, readonly Size[]>;

beforeAll(async () => {
  const programs = await ensureBinaries(["prometheus-adapter"]);
  load = await startSharedLoad();
  load.offer(9);
  cluster = await startLocalCluster({ scrapeConfigs: [load.scrapeConfig], downscaleStabilizationSeconds: 0 });
  const { controlPlane } = cluster;
  await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: SHOP } });
  await apply(...APPS.flatMap(objects));
  await load.follow(controlPlane.kubernetes, SHOP);
  await until("series", async () => (await controlPlane.kubernetes.request(`/api/v1/namespaces/${SHOP}/pods`)).ok);
  const spec = await prometheusAdapterSpec(controlPlane, programs["prometheus-adapter"], JSON.stringify(RULES));
  neighbour = await startNeighbour(controlPlane, spec);
  await apply(...APIS.map(chartRegistration));
  reader = await createReader(controlPlane);
  await until("both APIs", isRead, 90);
  await apply(...APPS.map(hpa));
  await until("active HPAs", areActive, 90);
}, 1_500_000);

afterAll(async () => {
  await asking?.stop();
  load?.stop();
  reader?.close();
  await neighbour?.stop(0);
  await cluster?.stop();
}, 60_000);

const APIS = ["custom.metrics.k8s.io", "external.metrics.k8s.io"];

const objects = (name: string) => [
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: SHOP },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "app", image: "docker.io/stefanprodan/podinfo:6.9.2" }] },
      },
    },
  },
  { apiVersion: "v1", kind: "Service", metadata: { name, namespace: SHOP }, spec: { ports: [{ port: 80 }] } },
];

const target = { type: "AverageValue", averageValue: "10" };
const hpa = (name: string) => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name, namespace: SHOP },
  spec: {
    maxReplicas: 10,
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
    metrics: [
      name === "pods"
        ? { type: "Pods", pods: { metric: { name: "pod_load" }, target } }
        : {
            type: "Object",
            object: {
              metric: { name: "service_load" },
              describedObject: { apiVersion: "v1", kind: "Service", name },
              target,
            },
          },
    ],
  },
});

const apply = (...items: object[]) =>
  cluster.controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));

/** The answers without a value to reads of a Pods, an Object and an External metric. */
async function unread(): Promise<string[]> {
  const custom = `/apis/custom.metrics.k8s.io/v1beta1/namespaces/${SHOP}`;
  const answers = await Promise.all([
    reader.read(`${custom}/pods/*/pod_load?labelSelector=${encodeURIComponent("app=pods")}`),
    reader.read(`${custom}/services/object/service_load`),
    reader.read(`/apis/external.metrics.k8s.io/v1beta1/namespaces/${SHOP}/whole_load`),
  ]);
  return answers
    .filter(({ status, body }) => status !== 200 || !body.includes('"value"'))
    .map(({ status, body }) => `${new Date().toISOString()} ${status} ${body}`);
}

const isRead = async () => (await unread()).length === 0;

async function hpas() {
  const text = await cluster.controlPlane.kubectl(["-n", SHOP, "get", "hpa", "-o", "json"]);
  interface Hpa {
    metadata: { name: string };
    status?: { desiredReplicas?: number; conditions?: { type: string; status: string; message: string }[] };
  }
  return (JSON.parse(text) as { items: Hpa[] }).items;
}

const areActive = async () =>
  (await hpas()).every(({ status }) =>
    status?.conditions?.some((one) => one.type === "ScalingActive" && one.status === "True"),
  );

/** Plays the load, and gives the sizes of each Deployment. */
async function play(): Promise<ReadonlyMap<string, readonly Size[]>> {
  load.offer(LOAD[0]?.[1] ?? 0);
  await until("one pod each", async () => (await hpas()).every(({ status }) => status?.desiredReplicas === 1), 120);
  const traces = new Map<string, Size[]>();
  const begun = Date.now();
  const watch = cluster.controlPlane.kubernetes.watchObjects<{
    metadata?: { name?: string };
    spec?: { replicas?: number };
  }>(`/apis/apps/v1/namespaces/${SHOP}/deployments`, {
    onEvent({ object: { metadata, spec } }) {
      const sizes = traces.get(metadata?.name ?? "") ?? [];
      traces.set(metadata?.name ?? "", sizes);
      const replicas = spec?.replicas ?? 0;
      if (sizes.at(-1)?.replicas !== replicas) sizes.push({ second: (Date.now() - begun) / 1_000, replicas });
    },
  });
  for (const [second, offered] of [...LOAD, [SECONDS, LOAD.at(-1)?.[1] ?? 0] as const]) {
    await pause(Math.max(0, begun + second * 1_000 - Date.now()));
    load.offer(offered);
  }
  watch.stop();
  return traces;
}

const shown = (sizes: readonly Size[] = []) =>
  sizes.map(({ second, replicas }) => `${second.toFixed(0)}s:${replicas}`).join(" ");

test("under prometheus-adapter, both HPAs scale up and down", async () => {
  underOriginal = await play();
  for (const app of APPS) {
    process.stdout.write(`original ${app}: ${shown(underOriginal.get(app))}\n`);
    expect(Math.max(...(underOriginal.get(app) ?? []).map(({ replicas }) => replicas))).toBe(5);
    expect(underOriginal.get(app)?.at(-1)?.replicas).toBe(1);
  }
}, 400_000);

test("ours takes both APIs over: no read fails and the sizes stay", async () => {
  load.offer(35);
  const sizes = async () => (await hpas()).map(({ status }) => status?.desiredReplicas);
  await until("four pods each", async () => (await sizes()).every((size) => size === 4), 120);
  const failures: string[] = [];
  const ask = async () => {
    const found = await unread().catch((error: unknown) => [String(error)]);
    failures.push(...found);
    return found.length === 0;
  };
  asking = startAsking(ask, { pauseMs: 500 });
  const changes: unknown[] = [];
  const watching = startAsking(async () => {
    const now = await sizes();
    if (now.some((size) => size !== 4)) changes.push(now);
    return true;
  });
  const stack = await cluster.engine.stack({
    ...{ project: "rules", stack: "adapter" },
    program: async () => {
      new MetricsAdapter("adapter", {
        prometheus: { url: cluster.controlPlane.prometheusUrl },
        prometheusAdapterRules: { config: JSON.stringify(RULES), relistIntervalSeconds: 5, maxAgeSeconds: 60 },
        takeOver: true,
      });
    },
  });
  await stack.up();
  for (const group of APIS) {
    const path = `jsonpath={.spec.service.name}`;
    const owner = () => cluster.controlPlane.kubectl(["get", "apiservice", `v1beta1.${group}`, "-o", path]);
    await until(`our ${group}`, async () => (await owner()) === "asm-metrics-adapter", 120);
  }
  await neighbour.stop(0);
  await pause(2 * SYNC_SECONDS * 1_000);
  await Promise.all([asking.stop(), watching.stop()]);
  const { count, p99Ms } = asking.take();
  process.stdout.write(`taken over: ${count} reads, ${failures.length} failed, p99 ${p99Ms.toFixed(0)} ms\n`);
  expect({ failures, changes }).toEqual({ failures: [], changes: [] });
  expect(await areActive()).toBe(true);
}, 400_000);

test("under ours, the same load gives the same sizes within one sync", async () => {
  const underOurs = await play();
  for (const app of APPS) process.stdout.write(`ours ${app}: ${shown(underOurs.get(app))}\n`);
  for (const app of APPS)
    expect(apart(underOriginal.get(app) ?? [], underOurs.get(app) ?? [], SECONDS, SYNC_SECONDS + 1)).toEqual([]);
}, 400_000);
