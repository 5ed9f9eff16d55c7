import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  ImagePullPolicy,
  type MetricsAdapterArgs,
  NeighbourAdapter,
  PrometheusDialect,
} from "@asm-autoscaler/asm-autoscaler";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { adapterObjects, type KubernetesObject } from "../../../deploy/objects.ts";
import { ensureBinaries } from "../src/binaries.ts";
import { type LocalCluster, startLocalCluster } from "../src/localCluster.ts";
import { observe } from "../src/loop/observer.ts";
import { until } from "./until.ts";

/** Installs the adapter without Pulumi, as the guide does: with Helm, and with kubectl. */

const CHART = fileURLToPath(new URL("../../../deploy/chart/asm-metrics-adapter", import.meta.url));
const INSTALL = fileURLToPath(new URL("../../../deploy/install.yaml", import.meta.url));
const IMAGE = "ghcr.io/asm-autoscaler/asm-metrics-adapter:0.1.0";
const run = promisify(execFile);

let cluster: LocalCluster;
let program: string;
let kubeconfig: string;

beforeAll(async () => {
  program = (await ensureBinaries(["helm"])).helm;
  cluster = await startLocalCluster({ downscaleStabilizationSeconds: 30 });
  kubeconfig = cluster.controlPlane.kubeconfig;
}, 900_000);

afterAll(async () => {
  await cluster?.stop();
}, 60_000);

async function helm(...args: string[]): Promise<string> {
  const home = join(kubeconfig, "..");
  const env = { PATH: process.env["PATH"] ?? "", HOME: home, KUBECONFIG: kubeconfig };
  return (await run(program, args, { env, timeout: 120_000, maxBuffer: 1 << 26 })).stdout;
}

/** What the chart and the component call the same. */
const COMMON = {
  prometheus: {
    url: "http://p:9090",
    basicAuth: { username: "u", password: "p" },
    headers: { "X-Scope-OrgID": "a" },
    dialect: PrometheusDialect.Server,
  },
  additionalPrometheus: {
    us: { url: "http://us", dialect: PrometheusDialect.Promql },
    eu: { url: "https://eu", authorization: "Bearer x" },
    ap: { url: "http://ap", dialect: PrometheusDialect.Server },
  },
  allowedPrometheusServers: ["http://one", "http://two"],
  tenants: {
    namespaceLabel: "destination_workload_namespace",
    maxMetricsPerNamespace: 200,
    maxQueryCostSeconds: 2_160_000,
  },
  statusPage: { clusterName: "shop-production", prometheusUrl: "https://prometheus.example.com" },
  delegates: [
    { type: NeighbourAdapter.Keda },
    { type: NeighbourAdapter.Datadog, insecureSkipVerify: true, name: "dd" },
    {
      name: "stocks",
      service: "shop/stocks:8443",
      caSecret: "shop/stocks-ca",
      metrics: ["stocks_*", "Queue"],
      timeoutSeconds: 2.5,
    },
  ],
  direct: true,
  replicas: 3,
  priorityClassName: "high",
  nodeSelector: { "node.example/pool": "system", "kubernetes.io/arch": "amd64" },
  tolerations: [{ key: "dedicated", operator: "Exists", effect: "NoSchedule" }, { operator: "Exists" }],
  affinity: {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, preference: { matchExpressions: [{ key: "zone", operator: "In", values: ["a", "b"] }] } },
      ],
    },
  },
  resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "1Gi" } },
  grafanaDashboard: true,
  admissionWebhook: { certManager: true },
};
/** What fits the adapter to a cluster with rules of its own, and what the chart and the component call the same. */
const HARDENED = {
  prometheus: { url: "http://p:9090" },
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule" },
    {
      maxSkew: 2,
      topologyKey: "rack",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: { a: "b" } },
    },
  ],
  podLabels: { team: "platform", "example.com/tier": "1" },
  podAnnotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "true", note: "a: b" },
  extraArgs: ["--metrics-ttl=2m", "--harmless-prometheus-warning=# a: b"],
  extraEnv: [
    { name: "NO_PROXY", value: ".svc,10.0.0.0/8" },
    { name: "HTTPS_PROXY", valueFrom: { secretKeyRef: { name: "proxy", key: "url" } } },
  ],
  hostNetwork: true,
};
const BESIDE = { registerApiService: false, tenants: { maxMetricsPerNamespace: 7 } };

const RULE =
  "externalRules:\n  - { seriesQuery: a, resources: { namespaced: false }, metricsQuery: 'a{<<.LabelMatchers>>}' }\n";
const RULES: [string, NonNullable<MetricsAdapterArgs["prometheusAdapterRules"]>][] = [
  ["as text", { config: RULE, relistIntervalSeconds: 60 }],
  ["in a ConfigMap", { configMap: "rules", configMapKey: "a.yml", bothApis: true, maxAgeSeconds: 90 }],
];

/** Values of the chart, and the component's arguments with the same meaning. */
const settings: [string, object, MetricsAdapterArgs][] = [
  ["the guide's URL", { prometheus: { url: "http://p:9090" } }, { prometheus: { url: "http://p:9090" } }],
  [
    "everything, with cert-manager",
    {
      ...COMMON,
      imagePullSecrets: [{ name: "one" }, { name: "two" }],
      prometheusOperator: { enabled: true, labels: { release: "kps" } },
    },
    {
      ...COMMON,
      imagePullSecrets: ["one", "two"],
      prometheusOperator: true,
      prometheusOperatorLabels: { release: "kps" },
    },
  ],
  [
    "the network of the nodes, and everything else for hardened clusters",
    { ...HARDENED, image: { pullPolicy: "Always" } },
    { ...HARDENED, imagePullPolicy: ImagePullPolicy.Always },
  ],
  [
    "an update strategy and a webhook in a network of its own",
    { ...HARDENED, hostNetwork: false, updateStrategy: { maxSurge: 1 }, admissionWebhook: { certManager: true } },
    { ...HARDENED, hostNetwork: false, updateStrategy: { maxSurge: 1 }, admissionWebhook: { certManager: true } },
  ],
  [
    "another API's adapter beside it, and one tenant limit",
    { ...BESIDE, prometheus: { server: "http://p:9090" } },
    { ...BESIDE, prometheus: { url: "http://p:9090" } },
  ],
  ["only the reaction Direct, without Prometheus", { direct: true }, { direct: true }],
  [
    "Direct, and a Prometheus server only for those who name it",
    { direct: true, additionalPrometheus: { eu: { url: "http://eu" } } },
    { direct: true, additionalPrometheus: { eu: { url: "http://eu" } } },
  ],
  ...RULES.flatMap(([what, prometheusAdapterRules]): [string, object, MetricsAdapterArgs][] =>
    [{}, { direct: true }, { takeOver: true }, { direct: true, takeOver: true }].flatMap((more) =>
      [{}, { takeOver: true }, { takeOver: false }].map((own): [string, object, MetricsAdapterArgs] => {
        const rules = { ...prometheusAdapterRules, ...own };
        const given = { ...more, prometheus: { url: "http://p:9090" }, prometheusAdapterRules: rules };
        return [`rules of prometheus-adapter ${what}, ${JSON.stringify([more, own])}`, given, given];
      }),
    ),
  ),
  [
    "the API of another adapter taken over",
    { takeOver: true, prometheus: { url: "http://p:9090" } },
    { takeOver: true, prometheus: { url: "http://p:9090" } },
  ],
];

describe("the chart", () => {
  test.each(settings)("gives the objects of the component: %s", async (_, values, args) => {
    const file = join(kubeconfig, "..", "values.json");
    await writeFile(file, JSON.stringify(values));
    const rendered = await helm("template", "adapter", CHART, "--namespace", "monitoring", "--values", file);
    const documents: KubernetesObject[] = parseAllDocuments(rendered).flatMap((document) => document.toJS() ?? []);
    // Helm itself runs the hooks, and the component has none.
    const objects = documents.filter(({ metadata }) => metadata.annotations?.["helm.sh/hook"] === undefined);
    const emitted = await adapterObjects({ ...args, namespace: "monitoring", image: IMAGE });
    expect(byName(objects)).toEqual(byName(emitted));
  });

  test("refuses values that it does not know", async () => {
    const unknown = ["template", "adapter", CHART, "--set", "prometheus.url=http://p", "--set", "replicaCount=3"];
    await expect(helm(...unknown)).rejects.toThrow(/replicaCount/);
    const delegate = (...settings: string[]) =>
      helm(
        ...["template", "adapter", CHART, "--set", "prometheus.url=http://p"],
        ...settings.flatMap((one) => ["--set", one]),
      );
    await expect(delegate("delegates[0].type=Keda", "delegates[1].type=Keda")).rejects.toThrow(/also the name/);
    await expect(delegate("delegates[0].type=Datadog")).rejects.toThrow(/delegates\[0\] has no caSecret/);
    await expect(delegate("delegates[0].type=Kedar")).rejects.toThrow(/delegates[./]0[./]type/);
    await expect(helm("template", "adapter", CHART)).rejects.toThrow(/prometheus\.url is missing/);
  });
});

test("the API server accepts pods with every argument for hardened clusters", async () => {
  const objects = await adapterObjects({
    ...HARDENED,
    image: IMAGE,
    imagePullPolicy: ImagePullPolicy.Always,
    updateStrategy: { maxUnavailable: 1 },
    additionalPrometheus: { eu: { url: "http://eu" } },
    prometheusCredentials: { secretName: "own", tokenKey: "token", caKey: "ca.crt" },
    additionalPrometheusCredentials: { eu: { secretProviderClass: "kms", usernameKey: "id", passwordKey: "a/secret" } },
  });
  const deployments = objects.filter(({ kind }) => kind === "Deployment");
  expect(deployments).toHaveLength(1);
  const apply = ["apply", "--dry-run=server", "--validate=strict", "-f", "-"];
  expect(await cluster.controlPlane.kubectl(apply, JSON.stringify(deployments[0]))).toContain("created");
});

/** Objects by kind and name, without what Helm adds, and without the hash of servers, which is made otherwise. */
function byName(objects: readonly KubernetesObject[]): Record<string, unknown> {
  const own = (object: KubernetesObject) => {
    const copy = JSON.parse(JSON.stringify(object).replace(/(?<="checksum\/prometheus":)"\w+"/, '"a hash"'));
    for (const label of ["instance", "version", "managed-by"])
      delete copy.metadata.labels[`app.kubernetes.io/${label}`];
    delete copy.metadata.labels["helm.sh/chart"];
    for (const [file, text] of Object.entries(copy.kind === "Secret" ? (copy.data ?? {}) : {})) {
      const clear = Buffer.from(String(text), "base64").toString();
      copy.data[file] = file.endsWith(".http") ? JSON.parse(clear) : clear;
    }
    return copy;
  };
  return Object.fromEntries(objects.map((object) => [`${object.kind} ${object.metadata.name}`, own(object)]));
}

describe("the adapter scales the guide's podinfo", () => {
  beforeAll(async () => {
    await cluster.controlPlane.kubectl(["apply", "-f", "-"], PODINFO);
  });

  test("installed with the guide's Helm command", async () => {
    const url = `prometheus.url=${cluster.controlPlane.prometheusUrl}`;
    await helm("-n", "kube-system", "install", "asm-custom-metrics", CHART, "--set", url);
    expect(await scaled()).toBe("1 -> 5 -> 1");

    const bundle = await caBundle();
    await helm("-n", "kube-system", "upgrade", "asm-custom-metrics", CHART, "--set", url, "--set", "replicas=1");
    expect(await caBundle()).toBe(bundle);
    await helm("-n", "kube-system", "uninstall", "asm-custom-metrics", "--wait");
  }, 600_000);

  test("installed with Helm beside another adapter, whose APIService Helm changes only after it is removed", async () => {
    const { kubectl } = cluster.controlPlane;
    const api = "v1beta1.external.metrics.k8s.io";
    const owner = () =>
      kubectl(["get", "apiservice", api, "--ignore-not-found", "-o", "jsonpath={.spec.service.name}"]);
    const release = ["asm-metrics-adapter", CHART];
    const upgrade = (register: boolean) =>
      helm("-n", "kube-system", "upgrade", ...release, "--reuse-values", "--set", `registerApiService=${register}`);
    await kubectl(["apply", "-f", "-"], OTHER_API);
    const url = `prometheus.url=${cluster.controlPlane.prometheusUrl}`;
    await helm("-n", "kube-system", "install", ...release, "--set", url, "--set", "registerApiService=false");
    await expect(upgrade(true)).rejects.toThrow(/invalid ownership metadata/);
    expect(await owner()).toBe("other-adapter");
    await kubectl(["delete", "apiservice", api]);
    await upgrade(true);
    expect(await owner()).toBe("asm-metrics-adapter");
    await upgrade(false);
    expect(await owner()).toBe("");
    await helm("-n", "kube-system", "uninstall", "asm-metrics-adapter", "--wait");
  }, 600_000);

  test("installed with kubectl", async () => {
    const text = await readFile(INSTALL, "utf8");
    const encoded = (clear: string) => Buffer.from(clear).toString("base64");
    const guideUrl = encoded("http://prometheus.istio-system.svc:9090");
    expect(text).toContain(guideUrl);
    const own = text.replace(guideUrl, encoded(cluster.controlPlane.prometheusUrl));
    await cluster.controlPlane.kubectl(["apply", "--validate=strict", "-f", "-"], own);
    expect(await scaled("up")).toBe("1 -> 5");
    await cluster.controlPlane.kubectl(["apply", "--validate=strict", "-f", "-"], own);
    await cluster.controlPlane.kubectl(["delete", "-f", "-"], own);
  }, 600_000);
});

/** The APIService of another adapter. */
const OTHER_API = JSON.stringify({
  apiVersion: "apiregistration.k8s.io/v1",
  kind: "APIService",
  metadata: { name: "v1beta1.external.metrics.k8s.io" },
  spec: {
    group: "external.metrics.k8s.io",
    version: "v1beta1",
    groupPriorityMinimum: 100,
    versionPriority: 100,
    insecureSkipTLSVerify: true,
    service: { name: "other-adapter", namespace: "kube-system" },
  },
});

function caBundle(): Promise<string> {
  return cluster.controlPlane.kubectl([
    "get",
    "apiservice",
    "v1beta1.external.metrics.k8s.io",
    "-o",
    "jsonpath={.spec.caBundle}",
  ]);
}

/**
 * Applies the guide's HPA, offers 45 requests per second and then none, and gives the first, the largest and the last
 * size. `up` stops at the largest: the way down takes a minute and more, and is the same for each installation.
 */
async function scaled(way: "up" | "up and down" = "up and down"): Promise<string> {
  const { controlPlane, traffic } = cluster;
  const path = "/apis/external.metrics.k8s.io/v1beta1";
  await until("the external metrics API", () => controlPlane.kubectl(["get", "--raw", path]), 120);
  await controlPlane.kubectl(["apply", "-f", "-"], HPA);
  const observer = observe(controlPlane, "test", "podinfo");
  const podinfo = { namespace: "test", workload: "podinfo", service: "podinfo" };
  try {
    await observer.until("one replica", 60, () => observer.replicas().current === 1);
    traffic.offer(podinfo, 45);
    await observer.until("five replicas", 240, () => observer.replicas().current >= 5);
    const sizes = () => observer.rescales.map(({ to }) => to);
    const up = `${observer.rescales[0]?.from} -> ${Math.max(...sizes())}`;
    if (way === "up") return up;
    traffic.offer(podinfo, 0);
    await observer.until("one replica again", 300, () => observer.rescales.at(-1)?.to === 1);
    return `${up} -> ${sizes().at(-1)}`;
  } finally {
    traffic.offer(podinfo, 0);
    observer.stop();
    await controlPlane.kubectl(["-n", "test", "delete", "hpa", "podinfo"]);
    // The next HPA has the same name, and its observer would count these.
    await controlPlane.kubectl(["-n", "test", "delete", "events", "--all"]);
  }
}

const PODINFO = `
apiVersion: v1
kind: Namespace
metadata: { name: test, labels: { istio-injection: enabled } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: podinfo, namespace: test }
spec:
  selector: { matchLabels: { app: podinfo } }
  template:
    metadata: { labels: { app: podinfo } }
    spec: { containers: [{ name: podinfod, image: docker.io/stefanprodan/podinfo:6.9.2 }] }
---
apiVersion: v1
kind: Service
metadata: { name: podinfo, namespace: test }
spec: { selector: { app: podinfo }, ports: [{ name: http, port: 9898 }] }
`;

/** As in the guide, but \`autoscaling/v2\`: Kubernetes 1.26 removed v2beta2. */
const HPA = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: podinfo
  namespace: test
  annotations:
    metric-config.external.prometheus-query.prometheus/processed-requests-per-second: |
      sum(
          rate(
              istio_requests_total{
                destination_workload="podinfo",
                destination_workload_namespace="test",
                reporter="destination"
              }[1m]
          )
      )
spec:
  maxReplicas: 10
  minReplicas: 1
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: podinfo }
  metrics:
    - type: External
      external:
        metric: { name: prometheus-query, selector: { matchLabels: { query-name: processed-requests-per-second } } }
        target: { type: AverageValue, averageValue: "10" }
`;
