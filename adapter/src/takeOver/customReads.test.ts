import { expect, test } from "@jest/globals";
import { KubernetesError } from "../kubernetes/client.ts";
import { fakeCluster } from "../serving/kubernetes.testing.ts";
import { compareReads } from "./compareReads.ts";
import { listCustomReads } from "./customReads.ts";
import { hpaOf } from "./takeOver.testing.ts";

const ROOT = "/apis/custom.metrics.k8s.io/v1beta2";
const target = { type: "AverageValue", averageValue: "1" };
const pods = (name: string, matchLabels?: object) => ({
  type: "Pods",
  pods: { metric: { name, ...(matchLabels ? { selector: { matchLabels } } : {}) }, target },
});
const object = (metric: string, apiVersion: string, kind: string, name: string) => ({
  type: "Object",
  object: { metric: { name: metric }, describedObject: { apiVersion, kind, name }, target },
});

async function readsOf(hpas: object[], failing?: (method: string, path: string) => number | undefined) {
  const cluster = fakeCluster();
  cluster.hpas = hpas;
  cluster.failing = failing;
  const { reads, left } = await listCustomReads(cluster.kubernetes, ROOT);
  expect(left).toBe(0);
  return reads.map(({ path, query, isOfEach }) => ({ path, query, isOfEach }));
}

// k8s.io/metrics pkg/client/custom_metrics/versioned_client.go
test("the reads are those of the HPA controller, each once", async () => {
  const web = [pods("hits"), pods("hits"), pods("hits", { verb: "GET" }), pods("a/b")];
  const others = [
    object("hits", "networking.k8s.io/v1", "Ingress", "main"),
    object("hits", "v1", "Service", "web"),
    object("quota", "v1", "Namespace", "another"),
  ];
  expect(await readsOf([hpaOf("web", web), hpaOf("other", others)])).toEqual([
    { path: `${ROOT}/namespaces/test/pods/*/hits`, query: { labelSelector: "app=web" }, isOfEach: true },
    {
      path: `${ROOT}/namespaces/test/pods/*/hits`,
      query: { labelSelector: "app=web", metricLabelSelector: "verb=GET" },
      isOfEach: true,
    },
    { path: `${ROOT}/namespaces/test/pods/*/a%2Fb`, query: { labelSelector: "app=web" }, isOfEach: true },
    { path: `${ROOT}/namespaces/test/ingresses.networking.k8s.io/main/hits`, query: {}, isOfEach: false },
    { path: `${ROOT}/namespaces/test/services/web/hits`, query: {}, isOfEach: false },
    { path: `${ROOT}/namespaces/test/metrics/quota`, query: {}, isOfEach: false },
  ]);
});

test("a metric of pods or of an object that the HPA controller does not find is read by nobody", async () => {
  const metrics = [
    object("hits", "v1", "Unknown", "web"),
    object("hits", "no.such.group/v1", "Thing", "web"),
    object("hits", "../v1", "Service", "web"),
  ];
  expect(await readsOf([hpaOf("web", metrics)])).toEqual([]);
  expect(
    await readsOf([hpaOf("web", [pods("hits")])], (_, path) => (path.endsWith("/scale") ? 404 : undefined)),
  ).toEqual([]);
});

test("without the right to read scales, all pods of the namespace are read, and an error of the API server is one", async () => {
  const refused = (status: number) => (_: string, path: string) => (path.endsWith("/scale") ? status : undefined);
  expect(await readsOf([hpaOf("web", [pods("hits")])], refused(403))).toEqual([
    { path: `${ROOT}/namespaces/test/pods/*/hits`, query: {}, isOfEach: false },
  ]);
  await expect(readsOf([hpaOf("web", [pods("hits")])], refused(503))).rejects.toThrow(KubernetesError);
});

const item = (name: string, value: string) => ({ describedObject: { kind: "Pod", name }, value });
const compare = (theirs: unknown, ours: unknown, isOfEach = true) => {
  const cluster = fakeCluster();
  cluster.metric = () => theirs;
  const read = { hpa: "test/web", metric: 'Pods metric "hits"', path: `${ROOT}/x`, query: {}, isOfEach };
  return compareReads([read], {
    ...{ kubernetes: cluster.kubernetes, group: "custom.metrics.k8s.io", verb: "get", monotonic: () => 0 },
    own: async () => ({ status: 200, body: ours }),
  });
};

test("a pod of which only the present owner has a value is a loss, unless the value is 0 or below, as of NaN", async () => {
  const theirs = { items: [item("a", "1"), item("b", "1500m"), item("c", "3"), item("d", "0")] };
  expect((await compare(theirs, { items: [item("a", "2")] })).losses).toMatchObject([
    { kind: "lost", ours: "no value for b and 1 more" },
  ]);
  expect((await compare(theirs, { items: [item("a", "2")] }, false)).losses).toEqual([]);
  expect((await compare(theirs, { items: [item("a", "2"), item("b", "2"), item("c", "0")] })).losses).toEqual([]);
  const infinite = { items: [item("a", "1"), item("b", "-9223372036854775808m")] };
  expect((await compare(infinite, { items: [item("a", "1")] })).losses).toEqual([]);
  expect((await compare(theirs, { items: [] })).losses).toMatchObject([{ kind: "lost", ours: "no values" }]);
});
