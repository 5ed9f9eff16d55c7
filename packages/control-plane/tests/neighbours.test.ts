import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { MetricsAdapter } from "@asm-autoscaler/asm-autoscaler/adapter";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { HpaView } from "../../../adapter/src/status/statusJson.ts";
import { ensureBinaries } from "../src/binaries.ts";
import { type LocalCluster, startLocalCluster } from "../src/localCluster.ts";
import { NAMESPACE, type Neighbour, startNeighbour } from "./neighbour.ts";
import {
  API,
  askDirectly,
  deployment,
  OURS,
  ours,
  TEST_ADAPTER_METRIC as THEIRS,
  theirs,
  timeless,
} from "./neighbourReads.ts";
import { until } from "./until.ts";

/** A real adapter beside ours, whose metrics are served through ours: the test adapter of custom-metrics-apiserver. */

const API_SERVICE = "v1beta1.external.metrics.k8s.io";
const ORDER = "asm-metrics-adapter-take-over";
const LAUNCHER = join(process.cwd(), "adapter/bin/asm-metrics-adapter.mjs");

let cluster: LocalCluster;
let neighbour: Neighbour;

beforeAll(async () => {
  const programs = await ensureBinaries(["test-adapter"]);
  cluster = await startLocalCluster();
  const { controlPlane, engine } = cluster;
  neighbour = await startNeighbour(controlPlane, {
    name: "test-adapter",
    program: programs["test-adapter"],
    component: 40,
  });
  await apply(neighbourApi(neighbour.ca), ...mayCompare);
  await apply(deployment("ours"), deployment("theirs"), ours, theirs);
  const program = async () => {
    new MetricsAdapter("adapter", {
      prometheus: { url: controlPlane.prometheusUrl },
      replicas: 2,
      registerApiService: false,
      delegates: [
        {
          name: "test-adapter",
          service: `${NAMESPACE}/test-adapter:6443`,
          caSecret: `${NAMESPACE}/test-adapter-ca`,
          // Like KEDA, and like each adapter that uses the defaults of the library, it lists no metric.
          metrics: ["my-external-metric", "other-*"],
        },
      ],
    });
  };
  await (await engine.stack({ project: "neighbours", stack: "adapter", program })).up();
}, 900_000);

afterAll(async () => {
  await neighbour?.stop();
  await cluster?.stop();
}, 60_000);

/** The APIService as a neighbour registers it. */
const neighbourApi = (ca: string) => ({
  apiVersion: "apiregistration.k8s.io/v1",
  kind: "APIService",
  metadata: { name: API_SERVICE },
  spec: {
    ...{ group: "external.metrics.k8s.io", version: "v1beta1", groupPriorityMinimum: 100, versionPriority: 100 },
    service: { namespace: NAMESPACE, name: "test-adapter", port: 6443 },
    caBundle: Buffer.from(ca).toString("base64"),
  },
});

/** The right that an order without `takeOver` needs, as the kustomize component of the take-over grants it. */
const mayCompare = [
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "compare" },
    rules: [{ apiGroups: ["external.metrics.k8s.io"], resources: ["*"], verbs: ["list"] }],
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "compare" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "compare" },
    subjects: [{ kind: "ServiceAccount", name: "asm-metrics-adapter", namespace: "kube-system" }],
  },
];

const kubectl = (...args: string[]) => cluster.controlPlane.kubectl(args);
const raw = (path: string, ...args: string[]) => kubectl("get", "--raw", path, ...args);
const apply = (...items: object[]) =>
  cluster.controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));

const replicas = async (name: string) =>
  Number(await kubectl("get", "deployment", name, "-o", "jsonpath={.spec.replicas}"));

describe("the APIService of a neighbour", () => {
  const state = () => kubectl("-n", "kube-system", "get", "configmap", ORDER, "-o", "jsonpath={.data.progress}");
  const apiService = async (): Promise<{ metadata: { annotations?: object }; spec: object }> =>
    JSON.parse(await kubectl("get", "apiservice", API_SERVICE, "-o", "json"));
  const takeOver = async () => {
    await apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: ORDER, namespace: "kube-system" } });
    await until("the take-over", async () => (await state()) === "TakenOver", 60);
    expect((await apiService()).spec).toMatchObject({ service: { name: "asm-metrics-adapter" } });
  };

  test("is taken over and given back while it is read, without one failed read", async () => {
    const path = `${THEIRS}?labelSelector=foo%3Dbar`;
    await until("the neighbour's API", async () => (await raw(path)) !== "");
    const before = await apiService();
    const failed: string[] = [];
    let [reads, isReading] = [0, true];
    const reading = (async () => {
      while (isReading) {
        const answer = await cluster.controlPlane.kubernetes.request(path);
        const body = await answer.text();
        reads += 1;
        if (answer.status !== 200 || !body.includes('"value":"42"')) failed.push(`${answer.status} ${body}`);
        await pause(20);
      }
    })();
    await takeOver();
    await kubectl("-n", "kube-system", "delete", "configmap", ORDER, "--timeout=30s");
    const after = await apiService();
    expect(after.spec).toEqual(before.spec);
    expect(after.metadata.annotations).toEqual(before.metadata.annotations);
    await takeOver();
    isReading = false;
    await reading;
    expect(failed).toEqual([]);
    expect(reads).toBeGreaterThan(100);
    const events = ["get", "events", "--field-selector", "involvedObject.name=theirs,type=Warning"];
    expect(await kubectl(...events, "-o", "name")).toBe("");
  }, 120_000);
});

describe("a neighbour's metrics through our adapter", () => {
  test("are listed after ours", async () => {
    const names = JSON.parse(await raw(API)).resources.map(({ name }: { name: string }) => name);
    expect(names).toEqual(["prometheus-query", "my-external-metric"]);
  });

  test("are byte for byte what the neighbour itself answers, and so are its errors", async () => {
    for (const path of [`${THEIRS}?labelSelector=foo%3Dbar`, `${THEIRS}?labelSelector=foo%3Dnone`]) {
      const direct = await askDirectly(cluster.controlPlane, neighbour, path);
      expect(direct.status).toBe(200);
      expect(timeless(await raw(path))).toBe(timeless(direct.body));
    }
  });

  test("scale their HPA, and ours scale ours", async () => {
    await until("both sizes", async () => (await replicas("theirs")) === 5 && (await replicas("ours")) === 4, 90);
  }, 100_000);

  test("are named with the delegate and its answer, on the status page and by explain", async () => {
    const pods = ["-n", "kube-system", "get", "pods", "-l", "app.kubernetes.io/name=asm-metrics-adapter"];
    const ips = (await kubectl(...pods, "-o", "jsonpath={.items[*].status.podIP}")).split(" ");
    const pages = await Promise.all(
      ips.map(async (ip) => (await (await fetch(`http://${ip}:8090/api/status/default/theirs`)).json()) as HpaView),
    );
    for (const page of pages)
      expect(page).toMatchObject({
        ...{ state: "steady", problems: [] },
        metrics: [{ reading: { value: 42 }, delegate: { name: "test-adapter" } }],
      });
    // The reads of the HPA controller go to one of the replicas.
    const answers = pages.flatMap(({ metrics }) => metrics[0]?.delegate?.lastAnswer ?? []);
    expect(answers).toContainEqual(expect.objectContaining({ result: "200", value: "42" }));
    // The name comes from the header Via of the answer: the command has no --delegate.
    const { kubeconfig } = cluster.controlPlane;
    const args = [LAUNCHER, "explain", "default/theirs", `--kubeconfig=${kubeconfig}`];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout.replace(/\s+/g, " ")).toContain(
      'served through kube-system/asm-metrics-adapter and its delegate "test-adapter" Served 42 at',
    );
  });

  test("are read as an account that may only read metrics, whoever the client is and says it is", async () => {
    const account = "asm-metrics-adapter-delegates";
    const binding = JSON.parse(await kubectl("get", "clusterrolebinding", account, "-o", "json"));
    await kubectl("delete", "clusterrolebinding", account);
    // The API server passes on the admin's name in X-Remote-User. The neighbour names the user that it sees.
    const seen = `"system:serviceaccount:kube-system:${account}" cannot list resource`;
    let reads = 0;
    await until(
      "the neighbour's refusal",
      // A name of its own for each read, because the neighbour caches what it allowed.
      () =>
        raw(`${API}/namespaces/default/other-${reads++}`).then(
          () => false,
          (error: unknown) => String(error).includes(seen),
        ),
      30,
    );
    const { metadata, ...rest } = binding;
    await apply({ ...rest, metadata: { name: metadata.name, labels: metadata.labels } });
    const may = async (name: string, attributes: object) => {
      const user = `system:serviceaccount:kube-system:${name}`;
      const review = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview" };
      const spec = { user, resourceAttributes: { namespace: "kube-system", ...attributes } };
      const args = ["create", "-f", "-", "-o", "jsonpath={.status.allowed}"];
      return (await cluster.controlPlane.kubectl(args, JSON.stringify({ ...review, spec }))) === "true";
    };
    const metric = { verb: "list", group: "external.metrics.k8s.io", resource: "other-metric" };
    const secret = { verb: "get", resource: "secrets", name: "asm-metrics-adapter-tls" };
    const event = { verb: "create", resource: "events" };
    const rights = (name: string) => Promise.all([metric, secret, event].map((attributes) => may(name, attributes)));
    expect(await rights(account)).toEqual([true, false, false]);
    // This test itself has granted the first one, for the order.
    expect((await rights("asm-metrics-adapter")).slice(1)).toEqual([true, true]);
    await until(
      "the neighbour's metric",
      () =>
        raw(`${THEIRS}?labelSelector=foo%3Dbar`).then(
          () => true,
          () => false,
        ),
      30,
    );
  });

  test("are refused to a user without rights, and the neighbour is not asked", async () => {
    const asked = async () => (await neighbour.log()).split("my-external-metric").length;
    const before = await asked();
    const refused = raw(THEIRS, "--as=somebody");
    await expect(refused).rejects.toThrow(/forbidden.*somebody/i);
    // The HPA controller may have read it meanwhile, but for its own HPA, with a selector.
    expect(
      (await neighbour.log())
        .split("\n")
        .filter((line) => /my-external-metric"/.test(line) && !/labelSelector/.test(line)),
    ).toEqual([]);
    expect(before).toBeGreaterThan(1);
  });

  test("fail by name while the neighbour is down, ours do not, and they recover within one sync", async () => {
    await neighbour.stop(0);
    const path = `${THEIRS}?labelSelector=foo%3Dbar`;
    await expect(raw(path)).rejects.toThrow(
      /ASM_DELEGATE_UNREACHABLE: the delegate "test-adapter" \(Service neighbours\/test-adapter\)/,
    );
    // Each of the two replicas learns it itself.
    const isKnown = (error: unknown) => /has not answered its last reads/.test(String(error));
    await until("reads that fail at once", () => raw(path).then(() => false, isKnown));
    expect(JSON.parse(await raw(OURS)).items).toHaveLength(1);
    expect(await raw(API)).toContain("my-external-metric");
    await neighbour.start();
    const began = Date.now();
    await until(
      "recovery",
      async () =>
        raw(path).then(
          () => true,
          () => false,
        ),
      15,
    );
    expect(Date.now() - began).toBeLessThan(15_000);
    expect(await replicas("theirs")).toBe(5);
  });
});
