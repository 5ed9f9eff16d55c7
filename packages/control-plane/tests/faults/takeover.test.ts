import { createServer, type Server } from "node:https";
import { MetricsAdapter } from "@asm-autoscaler/asm-autoscaler/adapter";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type LocalCluster, startLocalCluster } from "../../src/localCluster.ts";
import { createAuthority } from "../../src/pki.ts";
import { until } from "../until.ts";

/** The steps of docs/how-to/take-over.md, from an adapter that serves the guide's HPA to ours. */

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

const adapter = (registerApiService: boolean) =>
  cluster.engine.stack({
    project: "takeover",
    stack: "adapter",
    program: async () => {
      const prometheus = { url: cluster.controlPlane.prometheusUrl };
      new MetricsAdapter("adapter", { prometheus, replicas: 1, registerApiService });
    },
  });

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
    await (await adapter(false)).up();
    expect((await seen()).average).toBe("8750m");
    const before = sizes.length;

    // Steps 2 to 4, with a pause in which the HPA controller finds no API at all.
    await kubectl("delete", "apiservice", API);
    await until("an HPA that sees nothing", async () => (await seen()).active === "False", 60);
    await (await adapter(true)).up();

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
