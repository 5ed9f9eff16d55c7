import { MetricsAdapter, type MetricsAdapterArgs } from "@asm-autoscaler/asm-autoscaler/adapter";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ensureBinaries } from "../../src/binaries.ts";
import { type LocalCluster, startLocalCluster } from "../../src/localCluster.ts";
import { NAMESPACE, type Neighbour, startNeighbour } from "../neighbour.ts";
import { API, deployment, hpa, OURS, ours, read } from "../neighbourReads.ts";
import { type Asking, startAsking } from "../pulse.ts";
import { until } from "../until.ts";
import {
  chartRegistration,
  createReader,
  prometheusAdapterSpec,
  type Queue,
  type Reader,
  replaceNeighbour,
  startQueue,
} from "./neighbourRoom.ts";

/**
 * The API is taken over from the real prometheus-adapter and given back, while its metric is read every second. In between,
 * clients send what a neighbour must never see.
 */

const API_SERVICE = "v1beta1.external.metrics.k8s.io";
const QUEUE = `${API}/namespaces/default/queue_length`;
const DELEGATES_ACCOUNT = "system:serviceaccount:kube-system:asm-metrics-adapter-delegates";

let cluster: LocalCluster;
let queue: Queue;
let neighbour: Neighbour;
let reader: Reader;
let asking: Asking;
let before: { spec: object; annotations: unknown };

beforeAll(async () => {
  const programs = await ensureBinaries(["prometheus-adapter"]);
  queue = await startQueue();
  cluster = await startLocalCluster({ scrapeConfigs: [queue.scrapeConfig] });
  const { controlPlane } = cluster;
  neighbour = await startNeighbour(
    controlPlane,
    await prometheusAdapterSpec(controlPlane, programs["prometheus-adapter"]),
  );
  await apply(
    registration,
    ...["ours", "queue"].map(deployment),
    ...[ours, hpa("queue", { name: "queue_length" }, "10")],
  );
  reader = await createReader(controlPlane);
  await until("prometheus-adapter's own API", queueIsRead, 90);
  await until("its size", async () => (await size("queue")) === 3, 90);
  before = await apiService();
  asking = startAsking(queueIsRead, { pauseMs: 1_000 });
}, 1_500_000);

afterAll(async () => {
  await asking?.stop();
  reader?.close();
  await neighbour?.stop(0);
  await cluster?.stop();
  queue?.close();
}, 60_000);

const registration = chartRegistration("external.metrics.k8s.io");

const kubectl = (...args: string[]) => cluster.controlPlane.kubectl(args);
const apply = (...items: object[]) =>
  cluster.controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
const size = async (name: string) =>
  Number(await kubectl("get", "deployment", name, "-o", "jsonpath={.spec.replicas}"));
const queueIsRead = async () => (await reader.read(QUEUE)).body.includes('"value":"27"');

/** What a take-over changes. */
async function apiService() {
  const { spec, metadata } = JSON.parse(await kubectl("get", "apiservice", API_SERVICE, "-o", "json"));
  return { spec, annotations: metadata.annotations };
}

const adapter = (args: Pick<MetricsAdapterArgs, "registerApiService" | "takeOver">) =>
  cluster.engine.stack({
    ...{ project: "prometheus-adapter", stack: "adapter" },
    program: async () => {
      new MetricsAdapter("adapter", {
        prometheus: { url: cluster.controlPlane.prometheusUrl },
        replicas: 2,
        delegates: [
          {
            name: "prometheus-adapter",
            service: `${NAMESPACE}/prometheus-adapter:6443`,
            caSecret: `${NAMESPACE}/prometheus-adapter-ca`,
          },
        ],
        ...args,
      });
    },
  });

/** No read since the last call has failed, and the size is as before. */
async function expectUnharmed(what: string, least: number): Promise<void> {
  const { count, failed, p99Ms } = asking.take();
  process.stdout.write(`${what}: ${count} reads, ${failed} failed, p99 ${p99Ms.toFixed(1)} ms\n`);
  expect({ failed, size: await size("queue") }).toEqual({ failed: 0, size: 3 });
  expect(count).toBeGreaterThan(least);
}

test("the API is taken over from prometheus-adapter: no read fails, sizes stay, and our metrics are served too", async () => {
  await (await adapter({ takeOver: true })).up();
  expect(await apiService()).toMatchObject({ spec: { service: { name: "asm-metrics-adapter" } } });
  await until("the size of ours", async () => (await size("ours")) === 4, 90);
  expect((await reader.read(OURS)).status).toBe(200);
  await expectUnharmed("taken over", 10);
}, 400_000);

describe("a neighbour", () => {
  /** Headers that say who the client is, or that it is somebody else. */
  const smuggled = {
    "x-remote-user": "system:admin",
    "x-remote-group": "system:masters",
    "x-remote-extra-scopes": "all",
    "x-forwarded-for": "10.0.0.1",
    cookie: "session=1",
  };
  const impersonated = {
    "impersonate-user": "system:serviceaccount:default:reader",
    "impersonate-group": "system:authenticated",
    "impersonate-extra-scopes": "all",
  };
  const empty = JSON.stringify({
    kind: "ExternalMetricValueList",
    apiVersion: "external.metrics.k8s.io/v1beta1",
    items: [],
  });

  /** A read through the API server, and one of the adapter's pod itself, by the one who has this token. */
  async function readBothWays(path: string, token: string, extra: Record<string, string>) {
    const { addresses, caPem: ca } = cluster.controlPlane;
    const podIp = await kubectl(
      ...["-n", "kube-system", "get", "pod", "-l", "app.kubernetes.io/name=asm-metrics-adapter"],
      ...["-o", "jsonpath={.items[0].status.podIP}"],
    );
    const headers = { authorization: `Bearer ${token}`, ...smuggled, ...extra };
    return Promise.all([
      read(`https://${addresses.component(2)}:6443${path}`, { headers, ca, agent: false }),
      read(`https://${podIp}:6443${path}`, { headers, rejectUnauthorized: false, agent: false }),
    ]);
  }

  /** Replaces prometheus-adapter by a server that notes what it gets. */
  async function withRecorder(run: () => Promise<void>, path: string) {
    await asking.stop();
    const { received, mend } = await replaceNeighbour(neighbour, neighbour.certificate, empty);
    try {
      await run();
      return (await received()).filter(({ url }) => url === path);
    } finally {
      await mend();
      await until("recovery", queueIsRead, 60);
      asking = startAsking(queueIsRead, { pauseMs: 1_000 });
    }
  }

  test("gets none of the headers that a client smuggles in, and sees the account for delegates as the client", async () => {
    const path = `${QUEUE}?labelSelector=smuggled%3Dyes`;
    const requests = await withRecorder(async () => {
      const answers = await readBothWays(path, reader.token, impersonated);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    }, path);
    expect(requests).toHaveLength(2);
    for (const { headers } of requests) {
      expect(Object.keys(headers).sort()).toEqual([
        "accept",
        "authorization",
        "connection",
        "host",
        "user-agent",
        "via",
      ]);
      const [, payload = ""] = headers.authorization?.split(".") ?? [];
      expect(JSON.parse(Buffer.from(payload, "base64url").toString())).toMatchObject({ sub: DELEGATES_ACCOUNT });
    }
  }, 120_000);

  test("gets nothing from a user without rights, who gets 403, also if the headers name somebody else", async () => {
    await kubectl("-n", "default", "create", "serviceaccount", "nobody");
    const token = (await kubectl("-n", "default", "create", "token", "nobody")).trim();
    const path = `${QUEUE}?labelSelector=refused%3Dyes`;
    const requests = await withRecorder(async () => {
      for (const extra of [{}, impersonated]) {
        const answers = await readBothWays(path, token, extra);
        expect(answers.map(({ status }) => status)).toEqual([403, 403]);
      }
      // And one who may do everything, as somebody who may not.
      const { addresses, caPem: ca } = cluster.controlPlane;
      const headers = { authorization: `Bearer ${reader.token}`, "impersonate-user": "somebody" };
      const answer = await read(`https://${addresses.component(2)}:6443${path}`, { headers, ca, agent: false });
      expect(answer.status).toBe(403);
    }, path);
    expect(requests).toEqual([]);
  }, 120_000);
});

describe("a program that applies the other adapter's APIService again", () => {
  const applyAs = (manager: string, spec: object) =>
    cluster.controlPlane.kubectl(
      ["apply", "--server-side", "--force-conflicts", `--field-manager=${manager}`, "-f", "-"],
      JSON.stringify({ ...registration, spec }),
    );
  const order = async (key: string) =>
    kubectl("-n", "kube-system", "get", "configmap", "asm-metrics-adapter-take-over", "-o", `jsonpath={.data.${key}}`);

  test("gets an error and changes nothing if nobody verifies that adapter's certificate", async () => {
    await expect(applyAs("argocd-controller", registration.spec)).rejects.toThrow(
      /insecureSkipTLSVerify.*may not be true if caBundle is present/,
    );
    expect(await apiService()).toMatchObject({ spec: { service: { name: "asm-metrics-adapter" } } });
  });

  test("is named in the order after the adapter has taken the API over again, and no read fails", async () => {
    asking.take();
    const { insecureSkipTLSVerify: _, ...spec } = registration.spec;
    const withCa = { ...spec, caBundle: Buffer.from(neighbour.ca).toString("base64") };
    await applyAs("argocd-controller", withCa);
    expect(await apiService()).toMatchObject({ spec: { service: { name: "prometheus-adapter" } } });
    const message = await until(
      "the second take-over",
      async () => (await order("takeOvers")) === "2" && order("message"),
      60,
    );
    process.stdout.write(`${message}\n`);
    expect(message).toMatch(
      /ASM_TAKE_OVER_REVERTED: "argocd-controller" gives .* back to neighbours\/prometheus-adapter .*ignoreDifferences/,
    );
    await expectUnharmed("taken over again", 3);
    // Server-side apply has also removed the annotation of client-side apply.
    before = { spec: withCa, annotations: undefined };
  }, 120_000);
});

test("the API is given back to prometheus-adapter: no read fails, sizes stay, and the APIService is as before", async () => {
  asking.take();
  await (await adapter({ registerApiService: false })).up();
  expect(await queueIsRead()).toBe(true);
  expect(await apiService()).toEqual(before);
  await expectUnharmed("given back", 2);
  expect(await size("ours")).toBe(4);
}, 400_000);
