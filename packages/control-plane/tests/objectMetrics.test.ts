import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { CustomRead, CustomResult } from "../../../adapter/src/api/customMetrics.ts";
import { type ApiServer, createApiServer } from "../../../adapter/src/api/server.ts";
import { createAuthorizer } from "../../../adapter/src/auth/authorize.ts";
import { makeServingPair } from "../../../adapter/src/serving/servingCertificate.ts";
import { type Plane, startPlane } from "./conformance/plane.ts";
import { runOnePod, seen } from "./conformance/scaling.ts";
import { until } from "./until.ts";

/** The API server of the adapter with invented custom metrics, behind a real API server and HPA controller. */

const GROUP = "custom.metrics.k8s.io";
const SERVICE = { name: "adapter", namespace: "kube-system" };
const PORT = 6443;
/** As many as the default rules of prometheus-adapter give in a large cluster. */
const METRICS = Array.from({ length: 20_000 }, (_, index) => ({ name: `pods/m${index}`, isNamespaced: true }));

let plane: Plane;
let api: ApiServer;
const reads: CustomRead[] = [];
const requested = new Set<string>();

function answer(read: CustomRead): CustomResult {
  reads.push(read);
  const { namespace, resource, name, metric } = read;
  if (metric === "down") return { ok: false, status: 503, message: "rule rules[0]: ASM_TEST: no data. Wait." };
  const kinds: Record<string, string> = { pods: "Pod", services: "Service", namespaces: "Namespace" };
  const kind = kinds[resource];
  if (kind === undefined) return { ok: false, status: 404, message: `no metric of ${resource}` };
  const object = { kind, apiVersion: "v1", namespace, name: name === "*" ? "web-1" : name };
  return { ok: true, values: [{ ...object, value: "25", evaluatedAt: Date.now() }] };
}

/** Asks the real API server, since its RBAC rules decide. */
async function call(method: string, path: string, { body }: { body?: unknown } = {}): Promise<unknown> {
  const headers = { "Content-Type": "application/json" };
  return (await plane.kubernetes.request(path, { method, headers, body: JSON.stringify(body) })).json();
}

const apply = async (...items: object[]) => {
  await plane.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
};
const raw = async (path: string) => JSON.parse(await plane.kubectl(["get", "--raw", `/apis/${GROUP}${path}`]));

beforeAll(async () => {
  plane = await startPlane();
  const address = plane.addresses.component(30);
  const pair = await makeServingPair({ serviceName: SERVICE.name, namespace: SERVICE.namespace }, Date.now());
  api = createApiServer(
    {
      metricNames: () => [],
      namespaceMetrics: () => [],
      readMetric: async () => ({ ok: true, readings: [] }),
      custom: { metricNames: () => METRICS, read: async (read) => answer(read) },
      isFrontProxy: () => true,
      identify({ headersDistinct }) {
        const [user = ""] = headersDistinct["x-remote-user"] ?? [];
        const groups = [...(headersDistinct["x-remote-group"] ?? []), "system:authenticated"];
        return { user, uid: "", groups, extra: new Map() };
      },
      authorize: createAuthorizer({ call }),
      health: () => [],
      log: ({ path, user, status }) => void requested.add(`${user} ${path.split("?")[0]} ${status}`),
    },
    pair.serving,
  );
  await api.listen(PORT, address);
  const registered = ["v1beta1", "v1beta2"].map((version) => ({
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: `${version}.${GROUP}` },
    spec: {
      ...{ group: GROUP, version, groupPriorityMinimum: 100, versionPriority: 100 },
      caBundle: Buffer.from(pair.authority.cert).toString("base64"),
      service: { ...SERVICE, port: PORT },
    },
  }));
  const spec = { type: "ExternalName", externalName: address };
  await apply({ apiVersion: "v1", kind: "Service", metadata: SERVICE, spec }, ...registered);
  const names = registered.map(({ metadata }) => `apiservice/${metadata.name}`);
  await plane.kubectl(["wait", "--for=condition=Available", "--timeout=60s", ...names]);
}, 600_000);

afterAll(async () => {
  await api?.close();
  await plane?.stop();
}, 60_000);

test("both versions are listed, and the cluster prefers the one that the adapter's own documents prefer", async () => {
  const { versions, preferredVersion } = await raw("");
  expect(versions.map(({ version }: { version: string }) => version)).toEqual(["v1beta2", "v1beta1"]);
  expect(preferredVersion.version).toBe("v1beta2");
  for (const version of ["v1beta1", "v1beta2"]) {
    const { groupVersion, resources } = await raw(`/${version}`);
    expect([groupVersion, resources.length]).toEqual([`${GROUP}/${version}`, METRICS.length]);
  }
});

test("the HPA controller scales on pods and on a namespace, reads an object, and keeps the size without a value", async () => {
  const namespaces = { apiVersion: "v1", kind: "Namespace", name: "default" };
  const service = { apiVersion: "v1", kind: "Service", name: "web" };
  const average = { type: "AverageValue", averageValue: "10" };
  const selector = { matchLabels: { q: "1" }, matchExpressions: [{ key: "r", operator: "NotIn", values: ["x"] }] };
  const metrics = {
    "on-pods": { type: "Pods", pods: { metric: { name: "rps", selector }, target: average } },
    "on-namespace": {
      type: "Object",
      object: { describedObject: namespaces, metric: { name: "rps" }, target: average },
    },
    "on-service": { type: "Object", object: { describedObject: service, metric: { name: "rps" }, target: average } },
    "on-nothing": { type: "Object", object: { describedObject: service, metric: { name: "down" }, target: average } },
  };
  for (const [name, metric] of Object.entries(metrics)) {
    await runOnePod({ plane, apply }, name);
    const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name };
    await apply({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name, namespace: "default" },
      spec: { minReplicas: 1, maxReplicas: 5, scaleTargetRef, metrics: [metric] },
    });
  }
  for (const name of ["on-pods", "on-namespace", "on-service"])
    await until(`the size of ${name}`, async () => (await seen({ plane }, name)).spec === 3, 40);
  const { spec, active, message } = await until("the reason", async () => {
    const found = await seen({ plane }, "on-nothing");
    return found.active === "False" && found;
  });
  expect([spec, active]).toEqual([1, "False"]);
  expect(message).toContain("rule rules[0]: ASM_TEST: no data. Wait.");
  expect(reads).toContainEqual({
    ...{ namespace: "default", group: "", resource: "pods", name: "*", metric: "rps" },
    objects: [{ key: "app", operator: "=", values: ["on-pods"] }],
    series: [
      { key: "q", operator: "=", values: ["1"] },
      { key: "r", operator: "notin", values: ["x"] },
    ],
  });
  const controller = "system:serviceaccount:kube-system:horizontal-pod-autoscaler";
  expect([...requested]).toContain(`${controller} /apis/${GROUP}/v1beta2/namespaces/default/metrics/rps 200`);
}, 120_000);

test("a user reads what a role for a subresource allows, and no other metric", async () => {
  const jane = await plane.kubeconfig("jane", []);
  const rules = [{ apiGroups: [GROUP], resources: ["pods/rps"], verbs: ["get"] }];
  const metadata = { name: "reader", namespace: "default" };
  const rbac = "rbac.authorization.k8s.io";
  await apply(
    { apiVersion: `${rbac}/v1`, kind: "Role", metadata, rules },
    {
      ...{ apiVersion: `${rbac}/v1`, kind: "RoleBinding", metadata },
      roleRef: { apiGroup: rbac, kind: "Role", name: "reader" },
      subjects: [{ apiGroup: rbac, kind: "User", name: "jane" }],
    },
  );
  const read = (path: string) =>
    plane.kubectl(["--kubeconfig", jane, "get", "--raw", `/apis/${GROUP}/v1beta1/namespaces/default/${path}`]);
  expect(JSON.parse(await until("the permission", () => read("pods/*/rps"), 15)).items).toHaveLength(1);
  await expect(read("pods/*/other")).rejects.toThrow(/cannot get resource "pods\/other"/);
  await expect(read("metrics/rps")).rejects.toThrow(/cannot get resource "metrics"/);
  expect([...requested].filter((line) => line.startsWith("jane"))).toEqual([
    `jane /apis/${GROUP}/v1beta1/namespaces/default/pods/%2A/rps 200`,
  ]);
});

test("kubectl lists the one resource, prints its values and explains them, and namespaces can be deleted", async () => {
  const resources = () => plane.kubectl(["api-resources", `--api-group=${GROUP}`]);
  const row = await until("the resource", async () => (await resources()).match(/^metrics.*$/m)?.[0], 100);
  expect(row).toMatch(/custom\.metrics\.k8s\.io\/v1beta2\s+true\s+MetricValueList/);
  expect(await plane.kubectl(["get", `metrics.${GROUP}`, "rps", "-n", "default"])).toMatch(
    /namespace\/default\s+rps\s+25/,
  );
  for (const version of ["v1beta1", "v1beta2"]) {
    const args = ["explain", `--api-version=${GROUP}/${version}`, "metrics.items.describedObject"];
    expect(await until("an explanation", () => plane.kubectl(args), 100)).toContain("The object");
  }
  await plane.kubectl(["create", "namespace", "short-lived"]);
  await plane.kubectl(["delete", "namespace", "short-lived", "--timeout=60s"]);
  const log = await plane.logOf("kube-apiserver");
  expect(log.split("\n").filter((line) => /openapi.*(?:failed|error).*custom\.metrics/i.test(line))).toEqual([]);
}, 300_000);
