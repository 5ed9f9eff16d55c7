import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { MetricsAdapter, type MetricsAdapterArgs } from "@asm-autoscaler/asm-autoscaler/adapter";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ensureBinaries } from "../../src/binaries.ts";
import { type LocalCluster, startLocalCluster } from "../../src/localCluster.ts";
import { type Neighbour, startNeighbour } from "../neighbour.ts";
import { deployment, hpa } from "../neighbourReads.ts";
import { type Asking, startAsking } from "../pulse.ts";
import { until } from "../until.ts";
import {
  chartRegistration,
  createReader,
  prometheusAdapterSpec,
  type Queue,
  type Reader,
  startQueue,
} from "./neighbourRoom.ts";

/**
 * The steps of the page "Move from prometheus-adapter", in its order, with the real prometheus-adapter and a ConfigMap in
 * the form of its chart. Both APIs are read all the time. Only the removal of the old APIServices may fail reads.
 */

const CONFIG = `rules:
- seriesQuery: '{namespace!="",__name__=~"^queue_.*"}'
  seriesFilters: []
  resources: { template: <<.Resource>> }
  name: { matches: "", as: "" }
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
externalRules:
- seriesQuery: '{__name__="queue_length"}'
  resources: { overrides: { namespace: { resource: namespace } } }
  name: { as: queue_messages }
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>})
`;
const APIS = ["custom.metrics.k8s.io", "external.metrics.k8s.io"];
const LAUNCHER = join(process.cwd(), "adapter/bin/asm-metrics-adapter.mjs");

let cluster: LocalCluster;
let queue: Queue;
let neighbour: Neighbour;
let reader: Reader;
let asking: Asking;

beforeAll(async () => {
  const programs = await ensureBinaries(["prometheus-adapter"]);
  queue = await startQueue({ namespace: "default", service: "web" });
  cluster = await startLocalCluster({ scrapeConfigs: [queue.scrapeConfig], downscaleStabilizationSeconds: 1 });
  const { controlPlane } = cluster;
  const spec = await prometheusAdapterSpec(controlPlane, programs["prometheus-adapter"], CONFIG);
  neighbour = await startNeighbour(controlPlane, spec);
  await apply(
    ...[...APIS.map(chartRegistration), configMap, service],
    ...[deployment("web"), deployment("mail"), ofService, hpa("mail", { name: "queue_messages" }, "10")],
  );
  reader = await createReader(controlPlane);
  await until("both APIs", isRead, 90);
  await until("their sizes", async () => (await sizes()) === "3 3", 90);
}, 1_500_000);

afterAll(async () => {
  await asking?.stop();
  reader?.close();
  await neighbour?.stop(0);
  await cluster?.stop();
  queue?.close();
}, 60_000);

const configMap = {
  ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "prometheus-adapter", namespace: "kube-system" } },
  data: { "config.yaml": CONFIG },
};
const service = {
  ...{ apiVersion: "v1", kind: "Service", metadata: { name: "web", namespace: "default" } },
  spec: { ports: [{ port: 80 }] },
};
const ofService = hpa("web", {}, "10");
const object = {
  describedObject: { apiVersion: "v1", kind: "Service", name: "web" },
  ...{ metric: { name: "queue_length" }, target: { type: "AverageValue", averageValue: "10" } },
};
Object.assign(ofService.spec, { metrics: [{ type: "Object", object }] });

const kubectl = (...args: string[]) => cluster.controlPlane.kubectl(args);
const apply = (...items: object[]) =>
  cluster.controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
const sizes = () => kubectl("get", "deployment", "web", "mail", "-o", "jsonpath={.items[*].spec.replicas}");
const owners = () =>
  kubectl("get", "apiservice", ...APIS.map((api) => `v1beta1.${api}`), "-o", "jsonpath={.items[*].spec.service.name}");

async function isRead(): Promise<boolean> {
  const reads = ["services/web/queue_length", "queue_messages"];
  const paths = reads.map((path, index) => `/apis/${APIS[index]}/v1beta1/namespaces/default/${path}`);
  const answers = await Promise.all(paths.map(reader.read));
  return answers.every(({ status, body }) => status === 200 && body.includes('"value":"27"'));
}

/** `pulumi up` with these arguments. Returns how many reads have failed since the last one. */
async function up(what: string, args: Pick<MetricsAdapterArgs, "registerApiService" | "takeOver">): Promise<number> {
  const stack = await cluster.engine.stack({
    ...{ project: "rules-move", stack: "adapter" },
    program: async () => {
      new MetricsAdapter("adapter", {
        prometheus: { url: cluster.controlPlane.prometheusUrl },
        prometheusAdapterRules: { configMap: "prometheus-adapter" },
        ...args,
      });
    },
  });
  await stack.up();
  const { count, failed } = asking.take();
  process.stdout.write(`${what}: ${count} reads, ${failed} failed\n`);
  expect(await sizes()).toBe("3 3");
  return failed;
}

const THEIRS = "prometheus-adapter prometheus-adapter";
const OURS = "asm-metrics-adapter asm-metrics-adapter";

test("1. check says that each HPA of the cluster is served as it is", () => {
  const { kubeconfig, directory } = cluster.controlPlane;
  const args = [LAUNCHER, "check", `--kubeconfig=${kubeconfig}`, join(directory, "rules.yaml")];
  expect(execFileSync(process.execPath, args, { encoding: "utf8" }).match(/served as it is/g)).toHaveLength(2);
}, 60_000);

test("2. and 3. the adapter runs beside the other one, then takes both APIs over, and no read fails", async () => {
  asking = startAsking(isRead, { pauseMs: 200 });
  expect(await up("beside", { registerApiService: false })).toBe(0);
  expect(await owners()).toBe(THEIRS);
  expect(await up("taken over", { takeOver: true })).toBe(0);
  expect(await owners()).toBe(OURS);
}, 400_000);

test("go back: both APIs are given back, and are taken over again, and no read fails", async () => {
  expect(await up("given back", { registerApiService: false })).toBe(0);
  expect(await owners()).toBe(THEIRS);
  expect(await up("taken over again", { takeOver: true })).toBe(0);
}, 400_000);

test("5. without the other adapter, but with its APIServices, new pods of the adapter serve both APIs", async () => {
  await neighbour.stop(0);
  for (const step of ["restart", "status"])
    await kubectl("-n", "kube-system", "rollout", step, "deployment/asm-metrics-adapter");
  expect(await up("without the other adapter", { takeOver: true })).toBe(0);
  expect(await owners()).toBe(OURS);
}, 400_000);

test("5. with its APIServices gone too, the adapter registers the APIs, and sizes stay", async () => {
  await kubectl("delete", "apiservice", ...APIS.map((api) => `v1beta1.${api}`));
  await up("registered", {});
  expect(await owners()).toBe(OURS);
  await until("reads", isRead, 30);
  asking.take();
  expect(await up("unchanged", {})).toBe(0);
}, 400_000);
