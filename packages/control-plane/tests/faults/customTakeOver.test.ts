import { MetricsAdapter } from "@asm-autoscaler/asm-autoscaler/adapter";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ensureBinaries } from "../../src/binaries.ts";
import { type LocalCluster, startLocalCluster } from "../../src/localCluster.ts";
import { NAMESPACE, type Neighbour, startNeighbour } from "../neighbour.ts";
import { deployment } from "../neighbourReads.ts";
import { type Asking, startAsking } from "../pulse.ts";
import { until } from "../until.ts";
import { createReader, prometheusAdapterSpec, type Queue, type Reader, startQueue } from "./neighbourRoom.ts";

/**
 * Both versions of the custom metrics API are taken over from the real prometheus-adapter and given back, while each is
 * read every 100 ms. The adapter registers the external metrics API itself, so its order is about one group only.
 */

const GROUP = "custom.metrics.k8s.io";
const VERSIONS = ["v1beta1", "v1beta2"];
/** The guide of prometheus-adapter registers v1beta2, its chart v1beta1. Without a priority of its own, the newer is preferred. */
const RULES = {
  rules: [
    {
      seriesQuery: 'queue_length{namespace!=""}',
      resources: { template: "<<.Resource>>" },
      metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
    },
  ],
};

let cluster: LocalCluster;
let queue: Queue;
let neighbour: Neighbour;
let reader: Reader;
let asking: Asking;
let before: unknown;

beforeAll(async () => {
  const programs = await ensureBinaries(["prometheus-adapter"]);
  queue = await startQueue({ namespace: "default", service: "web" });
  cluster = await startLocalCluster({ scrapeConfigs: [queue.scrapeConfig], downscaleStabilizationSeconds: 1 });
  const { controlPlane } = cluster;
  const spec = await prometheusAdapterSpec(controlPlane, programs["prometheus-adapter"], JSON.stringify(RULES));
  neighbour = await startNeighbour(controlPlane, spec);
  await apply(...VERSIONS.map(registration), deployment("web"), service, hpa);
  reader = await createReader(controlPlane);
  await until("prometheus-adapter's own API", isRead, 90);
  await until("its size", async () => (await size()) === 3, 90);
  before = await apiServices();
}, 1_500_000);

afterAll(async () => {
  await asking?.stop();
  reader?.close();
  await neighbour?.stop(0);
  await cluster?.stop();
  queue?.close();
}, 60_000);

const registration = (version: string) => ({
  apiVersion: "apiregistration.k8s.io/v1",
  kind: "APIService",
  metadata: { name: `${version}.${GROUP}` },
  spec: {
    ...{ group: GROUP, version, groupPriorityMinimum: 100, versionPriority: 100 },
    service: { namespace: NAMESPACE, name: "prometheus-adapter", port: 6443 },
    caBundle: Buffer.from(neighbour.ca).toString("base64"),
  },
});
const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "default" },
  spec: { ports: [{ port: 80 }] },
};
const hpa = {
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "web", namespace: "default" },
  spec: {
    maxReplicas: 10,
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
    metrics: [
      {
        type: "Object",
        object: {
          metric: { name: "queue_length" },
          describedObject: { apiVersion: "v1", kind: "Service", name: "web" },
          target: { type: "AverageValue", averageValue: "10" },
        },
      },
    ],
  },
};

const kubectl = (...args: string[]) => cluster.controlPlane.kubectl(args);
const apply = (...items: object[]) =>
  cluster.controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
const size = async () => Number(await kubectl("get", "deployment", "web", "-o", "jsonpath={.spec.replicas}"));

/** Whether both versions answer. */
async function isRead(): Promise<boolean> {
  const path = "namespaces/default/services/web/queue_length";
  const answers = await Promise.all(VERSIONS.map((version) => reader.read(`/apis/${GROUP}/${version}/${path}`)));
  return answers.every(({ status, body }) => status === 200 && body.includes('"value":"27"'));
}

/** What a take-over changes. */
async function apiServices() {
  const read = async (version: string) => {
    const { spec, metadata } = JSON.parse(await kubectl("get", "apiservice", `${version}.${GROUP}`, "-o", "json"));
    return { spec, annotations: metadata.annotations };
  };
  return Promise.all(VERSIONS.map(read));
}

/** No read since the last call has failed, and the size is as before. */
async function expectUnharmed(what: string, least: number): Promise<void> {
  const { count, failed, p99Ms } = asking.take();
  process.stdout.write(`${what}: ${count} reads of both versions, ${failed} failed, p99 ${p99Ms.toFixed(1)} ms\n`);
  expect({ failed, size: await size() }).toEqual({ failed: 0, size: 3 });
  expect(count).toBeGreaterThan(least);
}

const stack = () =>
  cluster.engine.stack({
    ...{ project: "custom-take-over", stack: "adapter" },
    program: async () => {
      new MetricsAdapter("adapter", {
        prometheus: { url: cluster.controlPlane.prometheusUrl },
        replicas: 2,
        prometheusAdapterRules: {
          ...{ config: JSON.stringify(RULES), relistIntervalSeconds: 5, maxAgeSeconds: 60 },
          takeOver: true,
        },
      });
    },
  });

test("both versions are taken over without a failed read, beside an external metrics API of our own", async () => {
  asking = startAsking(isRead, { pauseMs: 100 });
  await (await stack()).up();
  const order = JSON.parse(
    await kubectl("-n", "kube-system", "get", "configmap", "asm-metrics-adapter-take-over", "-o", "json"),
  );
  expect(order.data).toMatchObject({ groups: GROUP, progress: "TakenOver", "custom.state": "TakenOver" });
  expect(order.data).not.toHaveProperty("state");
  for (const { spec } of await apiServices()) expect(spec.service.name).toBe("asm-metrics-adapter");
  expect(await kubectl("get", "apiservice", "v1beta1.external.metrics.k8s.io", "-o", "name")).toContain("external");
  await expectUnharmed("taken over", 30);
}, 400_000);

test("both are given back without a failed read, and are as before", async () => {
  asking.take();
  await (await stack()).destroy();
  expect(await apiServices()).toEqual(before);
  await expectUnharmed("given back", 10);
}, 400_000);
