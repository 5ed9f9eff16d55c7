import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { KEDA_SERVICE } from "../keda.ts";
import { type Asking, startAsking } from "../pulse.ts";
import { until } from "../until.ts";
import { type KedaRoom, READS, SIZES, startKedaRoom } from "./kedaRoom.ts";

/** The API is taken over from the real KEDA and given back, while its metric is read. */

const API_SERVICE = "v1beta1.external.metrics.k8s.io";
const [kedaNamespace, kedaName] = KEDA_SERVICE.split("/");
/** The Deployments whose metrics are KEDA's. */
const { messages, clock } = SIZES;

let room: KedaRoom;
let asking: Asking;
beforeAll(async () => {
  room = await startKedaRoom({ patching: true });
  await room.apply({
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: API_SERVICE },
    spec: {
      ...{ group: "external.metrics.k8s.io", version: "v1beta1", groupPriorityMinimum: 100, versionPriority: 100 },
      service: { namespace: kedaNamespace, name: kedaName, port: 6443 },
    },
  });
  await room.startOurs({ registerApiService: false });
  // What `takeOver` of MetricsAdapter allows besides: the comparison before the take-over reads what the HPAs read.
  await room.apply({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "read-external-metrics" },
    rules: [{ apiGroups: ["external.metrics.k8s.io"], resources: ["*"], verbs: ["list"] }],
  });
  await room.kubectl(
    ...["create", "clusterrolebinding", "read-external-metrics", "--clusterrole=read-external-metrics"],
    "--serviceaccount=kube-system:asm-metrics-adapter",
  );
  await until("KEDA's own API", () => room.works("keda"), 60);
  await until("KEDA's sizes", async () => isRight(await room.sizes()), 120);
  asking = startAsking(() => room.works("keda"), { pauseMs: 200 });
}, 1_800_000);
afterAll(async () => {
  await asking?.stop();
  await room?.stop();
}, 60_000);

const isRight = (sizes: Record<string, number>) => sizes["messages"] === messages && sizes["clock"] === clock;
const spec = async (path: string) => room.kubectl("get", "apiservice", API_SERVICE, "-o", `jsonpath={.spec.${path}}`);
const order = async (key: string) =>
  room.kubectl(
    "-n",
    "kube-system",
    "get",
    "configmap",
    "asm-metrics-adapter-take-over",
    "-o",
    `jsonpath={.data.${key}}`,
  );
const giveOrder = () =>
  room.apply({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: "asm-metrics-adapter-take-over",
      namespace: "kube-system",
      finalizers: ["asm-metrics-adapter/give-back"],
    },
  });

/** No read since the last call has failed, and the sizes are as before. */
async function expectUnharmed(what: string): Promise<void> {
  const { count, failed, p99Ms } = asking.take();
  process.stdout.write(`${what}: ${count} reads, ${failed} failed, p99 ${p99Ms.toFixed(1)} ms\n`);
  expect({ failed, sizes: isRight(await room.sizes()) }).toEqual({ failed: 0, sizes: true });
}

test("while KEDA's operator writes its CA, the take-over is refused before a read is lost", async () => {
  await giveOrder();
  const message = await until(
    "the refusal",
    async () => {
      const text = await order("message");
      return text.includes("ASM_TAKE_OVER_CONTESTED") && text;
    },
    60,
  );
  process.stdout.write(`${message}\n`);
  expect(await order("state")).toBe("Waiting");
  expect(message).toMatch(/enable-apiservice-patching=false/);
  expect(await spec("service.name")).toBe(kedaName);
  await expectUnharmed("contested");
}, 120_000);

test("without these writes, the API is taken over and no read fails", async () => {
  await room.keda.restartOperator({ patching: false });
  await until("KEDA's operator", () => room.works("keda"), 60);
  await until("a stable operator", async () => {
    asking.take();
    return room.works("keda");
  });
  const began = performance.now();
  await until("the take-over", async () => (await order("state")) === "TakenOver", 150);
  process.stdout.write(`taken over after ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
  expect(await spec("service.name")).toBe("asm-metrics-adapter");
  await until("all metrics", async () => (await room.works("prometheus-adapter")) && room.works("ours"), 60);
  await expectUnharmed("taken over");
  await until(
    "all sizes",
    async () =>
      JSON.stringify(Object.entries(await room.sizes()).sort()) === JSON.stringify(Object.entries(SIZES).sort()),
    90,
  );
}, 300_000);

test("when the order is deleted, KEDA gets the API back and no read fails", async () => {
  await room.kubectl("-n", "kube-system", "delete", "configmap", "asm-metrics-adapter-take-over", "--timeout=60s");
  expect(await spec("service.name")).toBe(kedaName);
  expect(Buffer.from(await spec("caBundle"), "base64").toString()).toBe(room.keda.ca);
  expect((await room.reader.read(READS.keda)).status).toBe(200);
  await expectUnharmed("given back");
}, 120_000);
