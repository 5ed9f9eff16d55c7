import { execFile } from "node:child_process";
import { createServer, type Server } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { MetricsAdapter, type MetricsAdapterArgs } from "@asm-autoscaler/asm-autoscaler/adapter";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { ComponentResourceOptions } from "@pulumi/pulumi";
import { ensureBinaries } from "../../src/binaries.ts";
import { type LocalCluster, startLocalCluster } from "../../src/localCluster.ts";
import { createAuthority } from "../../src/pki.ts";
import { until } from "../until.ts";

/** The steps of docs/how-to/take-over.md, from an adapter that serves the guide's HPA to ours. */

const CHART = fileURLToPath(new URL("../../../../deploy/chart/asm-metrics-adapter", import.meta.url));
const READ = "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/prometheus-query?labelSelector=query-name%3Drps";
const ORDER = "asm-metrics-adapter-take-over";
const run = promisify(execFile);

const API = "v1beta1.external.metrics.k8s.io";
const KEY = "metric-config.external.prometheus-query.prometheus/rps";
/** What the other adapter serves, and what ours does: four replicas of ten either way, and each is known by its reading. */
const THEIRS = "35";
const OURS = "36";

let cluster: LocalCluster;
let other: Server;
const sizes: number[] = [];

beforeAll(async () => {
  // Whoever takes a gap for a zero shrinks at once here, and not after five minutes.
  cluster = await startLocalCluster({ downscaleStabilizationSeconds: 1 });
  other = await startOtherAdapter(cluster.controlPlane.addresses.component(31));
  await apply(workload, hpa, ...otherAdapter(cluster.controlPlane.addresses.component(31)));
}, 600_000);

afterAll(async () => {
  other?.closeAllConnections();
  other?.close();
  await cluster?.stop();
}, 60_000);

const kubectl = (...args: string[]) => cluster.controlPlane.kubectl(args);
const apply = (...items: object[]) =>
  cluster.controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));

const workload = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "shop", namespace: "default" },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: "shop" } },
    template: {
      metadata: { labels: { app: "shop" } },
      // The number of pods is what counts; no node has to run them.
      spec: {
        nodeSelector: { nowhere: "" },
        containers: [{ name: "app", image: "docker.io/library/node:24.21.0-alpine" }],
      },
    },
  },
};

const hpa = {
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "shop", namespace: "default", annotations: { [KEY]: `vector(${OURS})` } },
  spec: {
    minReplicas: 1,
    maxReplicas: 10,
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "shop" },
    metrics: [
      {
        type: "External",
        external: {
          metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": "rps" } } },
          target: { type: "AverageValue", averageValue: "10" },
        },
      },
    ],
  },
};

/** Registration of another adapter, as its chart makes it. */
function otherAdapter(address: string): object[] {
  const service = { name: "other-adapter", namespace: "kube-system" };
  return [
    // The API server resolves no ExternalName itself: a loopback address is one that it can dial.
    { apiVersion: "v1", kind: "Service", metadata: service, spec: { type: "ExternalName", externalName: address } },
    {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name: API },
      spec: {
        service: { ...service, port: 8443 },
        ...{ group: "external.metrics.k8s.io", version: "v1beta1" },
        ...{ insecureSkipTLSVerify: true, groupPriorityMinimum: 100, versionPriority: 100 },
      },
    },
  ];
}

async function startOtherAdapter(address: string): Promise<Server> {
  const { certPem: cert, keyPem: key } = await (await createAuthority("other")).issueServer("other", [address]);
  const groupVersion = { apiVersion: "v1", groupVersion: "external.metrics.k8s.io/v1beta1" };
  const server = createServer({ cert, key }, ({ url = "" }, response) => {
    const item = {
      metricName: "prometheus-query",
      metricLabels: {},
      timestamp: new Date().toISOString(),
      value: THEIRS,
    };
    const list = { kind: "ExternalMetricValueList", apiVersion: "external.metrics.k8s.io/v1beta1", metadata: {} };
    const isRead = url.includes("/namespaces/");
    const body = isRead ? { ...list, items: [item] } : { kind: "APIResourceList", ...groupVersion, resources: [] };
    response.setHeader("Content-Type", "application/json");
    response.statusCode = isRead || url.startsWith("/apis/external.metrics.k8s.io/v1beta1") ? 200 : 404;
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(8443, address, resolve));
  return server;
}

const adapter = (
  args: Pick<MetricsAdapterArgs, "registerApiService" | "takeOver">,
  opts: ComponentResourceOptions = {},
) =>
  cluster.engine.stack({
    project: "takeover",
    stack: "adapter",
    program: async () => {
      const prometheus = { url: cluster.controlPlane.prometheusUrl };
      new MetricsAdapter("adapter", { prometheus, replicas: 1, ...args }, opts);
    },
  });

/** Waits 45 s for the take-over, and not minutes. An adapter that runs for some time looks for an order every 30 s. */
const impatient: ComponentResourceOptions = {
  transforms: [
    ({ name, props, opts }) =>
      name.endsWith("-take-over") ? { props, opts: { ...opts, customTimeouts: { create: "45s" } } } : undefined,
  ],
};

/** What the APIService says about who serves it, and what was replaced. Undefined if it does not exist. */
async function registration() {
  const text = await kubectl("get", "apiservice", API, "--ignore-not-found", "-o", "json");
  if (text === "") return undefined;
  const { metadata, spec } = JSON.parse(text);
  return { spec, replaced: metadata.annotations?.["asm-metrics-adapter/replaced"] };
}

const owner = async () => (await registration())?.spec.service.name;

/** Reads the HPA's metric through the API server, one read after the other, at most ten each second, until it is stopped. */
function readContinuously() {
  const stopping = new AbortController();
  const values = new Set<string>();
  const failures: string[] = [];
  let reads = 0;
  const loop = async () => {
    while (!stopping.signal.aborted) {
      const began = performance.now();
      try {
        const response = await cluster.controlPlane.kubernetes.request(READ);
        const body = await response.text();
        reads++;
        if (response.status === 200) values.add(JSON.parse(body).items[0].value);
        else failures.push(`${response.status} ${body}`);
      } catch (error) {
        failures.push(String(error));
      }
      await pause(Math.max(0, 100 - (performance.now() - began)));
    }
  };
  const ended = loop();
  return {
    async stop() {
      stopping.abort();
      await ended;
      return { reads, failures, values: [...values].sort() };
    },
  };
}

/** What the HPA saw last, and whether it can see anything. */
async function seen() {
  const { status } = await cluster.controlPlane.kubernetes.autoscaling.readNamespacedHorizontalPodAutoscaler({
    name: "shop",
    namespace: "default",
  });
  const active = status?.conditions?.find(({ type }) => type === "ScalingActive");
  return { average: status?.currentMetrics?.[0]?.external?.current.averageValue, active: active?.status };
}

test("an HPA keeps its size while the API goes from another adapter to ours", async () => {
  const { kubernetes } = cluster.controlPlane;
  const watch = kubernetes.watchObjects<{ spec?: { replicas?: number }; metadata?: { name?: string } }>(
    "/apis/apps/v1/namespaces/default/deployments",
    {
      onEvent({ object: { spec } }) {
        if (spec?.replicas !== sizes.at(-1)) sizes.push(spec?.replicas ?? 0);
      },
    },
  );
  try {
    await until("four replicas by the other adapter", () => sizes.at(-1) === 4, 90);
    await until("its reading", async () => (await seen()).average === "8750m", 60);

    // Step 1: ours runs beside it, and nobody reads from it.
    await (await adapter({ registerApiService: false })).up();
    expect((await seen()).average).toBe("8750m");
    const before = sizes.length;

    // Steps 2 to 4, with a pause in which the HPA controller finds no API at all.
    await kubectl("delete", "apiservice", API);
    await until("an HPA that sees nothing", async () => (await seen()).active === "False", 60);
    await (await adapter({})).up();

    // Step 5.
    const service = await kubectl("get", "apiservice", API, "-o", "jsonpath={.spec.service.name}");
    expect(service).toBe("asm-metrics-adapter");
    await until("our reading", async () => (await seen()).average === "9", 60);
    expect(sizes.slice(before)).toEqual([]);
    expect(sizes.at(-1)).toBe(4);

    // And it is ours that scales from now on.
    await kubectl("annotate", "--overwrite", "hpa", "shop", `${KEY}=vector(58)`);
    await until("six replicas by ours", () => sizes.at(-1) === 6, 60);
  } finally {
    watch.stop();
  }
}, 600_000);

describe("with takeOver, no read fails", () => {
  let before: Awaited<ReturnType<typeof registration>>;

  beforeEach(async () => {
    await (await adapter({})).destroy();
    await kubectl("annotate", "--overwrite", "hpa", "shop", `${KEY}=vector(${OURS})`);
    await apply(...otherAdapter(cluster.controlPlane.addresses.component(31)));
    await until("the other adapter's API", () => kubectl("get", "--raw", READ));
    before = await registration();
  }, 120_000);

  test("from pulumi up to pulumi destroy, and the other adapter's APIService is as before", async () => {
    const reading = readContinuously();
    const { outputs, summary } = await (await adapter({ takeOver: true })).up();
    expect([summary.result, outputs]).toEqual(["succeeded", {}]);
    expect(await owner()).toBe("asm-metrics-adapter");
    expect((await registration())?.replaced).toContain("other-adapter");
    await until("our reading", async () => (await kubectl("get", "--raw", READ)).includes(`"${OURS}"`));

    // Without takeOver, our APIService cannot be created beside the other one, and nothing changes.
    await expect((await adapter({})).up()).rejects.toThrow(/already exists/);
    expect(await owner()).toBe("asm-metrics-adapter");

    await (await adapter({ takeOver: true })).up();
    await (await adapter({})).destroy();
    const { reads, failures, values } = await reading.stop();
    expect(failures).toEqual([]);
    expect(values).toEqual([THEIRS, OURS]);
    expect(reads).toBeGreaterThan(50);
    expect(await registration()).toEqual(before);
  }, 400_000);

  test("when it is turned off, and the adapter stays", async () => {
    await (await adapter({ takeOver: true })).up();
    const reading = readContinuously();
    await (await adapter({ registerApiService: false })).up();
    expect(await registration()).toEqual(before);
    expect((await reading.stop()).failures).toEqual([]);
  }, 400_000);

  test("an APIService that the other adapter has removed is registered for ours, in one update", async () => {
    await (await adapter({ takeOver: true })).up();
    await kubectl("delete", "apiservice", API);
    await (await adapter({ takeOver: false })).up();
    expect(await owner()).toBe("asm-metrics-adapter");
    expect((await registration())?.replaced).toBeUndefined();
    const orders = await kubectl("-n", "kube-system", "get", "configmaps", "-o", "name");
    expect(orders).not.toContain("take-over");
  }, 400_000);

  test("when an HPA would lose a metric: the update fails and the other adapter keeps the API", async () => {
    const external = { metric: { name: "legacy" }, target: { type: "AverageValue", averageValue: "10" } };
    const metadata = { name: "legacy", namespace: "default" };
    await apply({ ...hpa, metadata, spec: { ...hpa.spec, metrics: [{ type: "External", external }] } });
    const reading = readContinuously();
    const failure = await (await adapter({ takeOver: true }, impatient)).up().catch(String);
    expect(failure).toMatch(/found Waiting: ASM_TAKE_OVER_LOSES: .*default\/legacy/);
    const message = await kubectl("-n", "kube-system", "get", "configmap", ORDER, "-o", "jsonpath={.data.message}");
    expect(message).toMatch(/^ASM_TAKE_OVER_LOSES: .*default\/legacy/);
    expect(await registration()).toEqual(before);

    // The order stays. Once no HPA loses anything, the next update succeeds.
    await kubectl("delete", "hpa", "legacy");
    await (await adapter({ takeOver: true })).up();
    expect(await owner()).toBe("asm-metrics-adapter");
    expect((await reading.stop()).failures).toEqual([]);
  }, 400_000);

  test("in a stack that has registered the API itself: the update fails and the API stays", async () => {
    await kubectl("delete", "apiservice", API);
    await (await adapter({})).up();
    const reading = readContinuously();
    const failure = await (await adapter({ takeOver: true }, impatient)).up().catch(String);
    expect(failure).toContain("found Waiting: ASM_TAKE_OVER_ABSENT: ");
    expect(await owner()).toBe("asm-metrics-adapter");
    await (await adapter({})).up();
    expect((await reading.stop()).failures).toEqual([]);
  }, 400_000);

  test("from helm install to helm uninstall, whose hook gives the API back", async () => {
    const { helm: program } = await ensureBinaries(["helm"]);
    const { kubeconfig, directory, prometheusUrl } = cluster.controlPlane;
    const env = { PATH: process.env["PATH"] ?? "", HOME: directory, KUBECONFIG: kubeconfig };
    const helm = (...args: string[]) => run(program, ["-n", "kube-system", ...args], { env, timeout: 300_000 });
    const reading = readContinuously();
    await helm("install", "ours", CHART, "--set", `prometheus.url=${prometheusUrl}`, "--set", "takeOver=true");
    await until("the take-over", async () => (await owner()) === "asm-metrics-adapter", 120);
    await helm("uninstall", "ours", "--wait");
    expect(await registration()).toEqual(before);
    expect(await kubectl("-n", "kube-system", "get", "configmaps,jobs", "-o", "name")).not.toMatch(
      /take-over|give-back/,
    );
    const { reads, failures } = await reading.stop();
    expect(failures).toEqual([]);
    expect(reads).toBeGreaterThan(20);
  }, 600_000);
});
