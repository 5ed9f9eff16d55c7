import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { V1EndpointSlice, V1Pod, V1Service } from "@kubernetes/client-node";
import { type ControlPlane, startControlPlane } from "../src/controlPlane.ts";
import { type Kubelet, startKubelet } from "../src/kubelet/kubelet.ts";
import { isReady } from "../src/kubelet/podStatus.ts";
import { type ServiceProxy, startServiceProxy } from "../src/serviceProxy/serviceProxy.ts";
import { until } from "./until.ts";
import { witnesses } from "./witness.ts";

let controlPlane: ControlPlane;
let kubelet: Kubelet;
let proxy: ServiceProxy;
const progress: string[] = [];

beforeAll(async () => {
  controlPlane = await startControlPlane({ onProgress: (line) => progress.push(line) });
  kubelet = await startKubelet(controlPlane, { onProgress: (line) => progress.push(line) });
  proxy = await startServiceProxy(controlPlane, { onProgress: (line) => progress.push(line) });
}, 300_000);

afterAll(async () => {
  await proxy?.stop();
  await kubelet?.stop();
  await controlPlane?.stop();
}, 60_000);

type Manifest = ReturnType<typeof witnesses>;

const read = async <T>(...args: string[]): Promise<T> =>
  JSON.parse(await controlPlane.kubectl([...args, "-o", "json"]));
const apply = (manifest: unknown) => controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify(manifest));
const pods = async (namespace: string) => (await read<{ items: V1Pod[] }>("-n", namespace, "get", "pods")).items;
const readyPods = (namespace: string, count: number) =>
  until(`${count} ready pods in ${namespace}`, async () => {
    const ready = (await pods(namespace)).filter(isReady);
    return ready.length === count && ready;
  });
const endpoints = async (namespace: string) =>
  (await read<V1EndpointSlice>("-n", namespace, "get", "endpointslice", "witness-process")).endpoints ?? [];

/** Makes a namespace with witnesses, whose pod spec `change` may alter first. */
async function start(namespace: string, replicas: number, change: (manifest: Manifest) => unknown = (same) => same) {
  await controlPlane.kubectl(["create", "namespace", namespace]);
  await apply(change(witnesses(namespace, replicas)));
}
const clusterIP = async (namespace: string) =>
  (await read<V1Service>("-n", namespace, "get", "service", "witness")).spec?.clusterIP ?? "";
const get = async (address: string, path: string) =>
  (await fetch(`http://${address}${path}`, { headers: { connection: "close" } })).json() as Promise<
    Record<string, unknown>
  >;

/** A manifest with each text that matches replaced, for taking one thing out of an emitted spec. */
const replaced = (pattern: RegExp, text: string) => (manifest: Manifest) => {
  const before = JSON.stringify(manifest);
  const after = before.replace(pattern, text);
  if (after === before) throw new Error(`${pattern} is not in the manifest`);
  return JSON.parse(after);
};

test("a pod runs as its spec says: user, groups, rights, variables, arguments and every volume at its path", async () => {
  await start("spec", 1);
  const [pod] = await readyPods("spec", 1);
  const seen = await get(await clusterIP("spec"), "/see");
  const podIP = pod?.status?.podIP ?? "";
  expect(seen).toMatchObject({
    pod: pod?.metadata?.name,
    host: `${podIP}:8080`,
    args: [`--address=${podIP}`, "$(POD_IP)"],
    uid: 1000,
    gid: 1000,
    cwd: "/app",
    privileges: true,
    caps: "0000000000000000",
    rootWrite: "EROFS",
    tmpWrite: "written",
    configWrite: "EROFS",
    password: "open sesame",
    fromEnv: "open sesame",
    missing: "ENOENT",
    token: 3,
    namespace: "spec",
    ca: "-----BEGIN CERTIFICATE-----",
    api: `${controlPlane.addresses.kubernetesService}:443`,
    node: process.version,
  });
  expect(seen["groups"]).toContain(2000);
  expect(seen["hostDirectory"]).not.toContain("sys");
  expect(await kubelet.readPodLog("spec", pod?.metadata?.name ?? "")).toContain("witness listens");
  expect(await controlPlane.kubectl(["-n", "spec", "get", "pods"])).toMatch(/witness-\S+ +1\/1 +Running +0/);
});

describe("taking one thing out of the spec is seen", () => {
  test("without readOnlyRootFilesystem the root can be written", async () => {
    const manifest = replaced(/"readOnlyRootFilesystem":true,/, "");
    const rooted = replaced(/"runAsNonRoot":true,"runAsUser":1000,"runAsGroup":1000,/, "");
    await start("writable", 1, (same) => rooted(manifest(same)));
    await readyPods("writable", 1);
    expect(await get(await clusterIP("writable"), "/see")).toMatchObject({ rootWrite: "written", uid: 0 });
  });

  test("without the token's mount there is no token", async () => {
    await start("tokenless", 1, replaced(/"terminationGracePeriodSeconds"/, '"automountServiceAccountToken":false,$&'));
    await readyPods("tokenless", 1);
    // One part: the code of the error, not a token's three.
    expect(await get(await clusterIP("tokenless"), "/see")).toMatchObject({ token: 1, namespace: "ENOENT" });
  });

  test("without a mount the file is not there, and the program that needs it ends again and again", async () => {
    await start("mountless", 1, replaced(/{"name":"script","mountPath":"\/app"},/, ""));
    const pod = await until("a second run", async () =>
      (await pods("mountless")).find(({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0),
    );
    expect(pod.status?.containerStatuses?.[0]?.ready).toBe(false);
    expect(await kubelet.readPodLog("mountless", pod.metadata?.name ?? "")).toContain(
      "Cannot find module '/app/witness.js'",
    );
  });

  test("runAsNonRoot without a user is refused, as the image runs as root", async () => {
    await start("rootless", 1, replaced(/"runAsUser":1000,/, ""));
    const waiting = await until("a refusal", async () => {
      const state = (await pods("rootless"))[0]?.status?.containerStatuses?.[0]?.state?.waiting;
      return state?.reason === "CreateContainerConfigError" && state;
    });
    expect(waiting.message).toContain("runAsNonRoot");
  });

  test("a missing Secret holds the pod until it comes", async () => {
    await start("secretless", 1, (manifest) => ({
      ...manifest,
      items: manifest.items.filter(({ kind }) => kind !== "Secret"),
    }));
    const waiting = await until("the missing Secret named", async () => {
      const state = (await pods("secretless"))[0]?.status?.containerStatuses?.[0]?.state?.waiting;
      return state?.message !== undefined && state;
    });
    expect(waiting.message).toContain("Secret witness cannot be made: it does not exist");
    await apply({
      ...witnesses("secretless", 1),
      items: witnesses("secretless", 1).items.filter(({ kind }) => kind === "Secret"),
    });
    await readyPods("secretless", 1);
  });
});

test("a failing readiness probe takes the pod out of the Service and its EndpointSlice, and nothing else", async () => {
  await start("unready", 2);
  await readyPods("unready", 2);
  const address = await clusterIP("unready");
  const answers = async () =>
    new Set(await Promise.all([1, 2, 3, 4].map(async () => (await get(address, "/see"))["pod"])));
  expect((await answers()).size).toBe(2);
  expect((await endpoints("unready")).map(({ addresses }) => addresses[0])).toEqual(["192.0.2.1", "192.0.2.2"]);

  const { pod: unready } = await get(address, "/unready");
  await readyPods("unready", 1);
  await until("one ready endpoint", async () => {
    const states = (await endpoints("unready")).map(({ targetRef, conditions }) => [
      targetRef?.name,
      conditions?.ready,
    ]);
    return states.length === 2 && states.every(([name, ready]) => ready === (name !== unready));
  });
  const left = await answers();
  expect(left.size).toBe(1);
  expect(left.has(unready)).toBe(false);

  await get(address, "/unready");
  await readyPods("unready", 0);
  await until("a refused connection", () =>
    get(address, "/see").then(
      () => false,
      (error) => error.cause?.code === "ECONNREFUSED",
    ),
  );
  expect((await pods("unready")).map(({ status }) => status?.containerStatuses?.[0]?.restartCount)).toEqual([0, 0]);
});

test("a failing liveness probe and an exit restart the container", async () => {
  await start("restarts", 1);
  await readyPods("restarts", 1);
  const address = await clusterIP("restarts");
  await get(address, "/hang");
  const restarted = (count: number) =>
    until(`ready after restart ${count}`, async () =>
      (await pods("restarts")).find(
        (pod) => isReady(pod) && pod.status?.containerStatuses?.[0]?.restartCount === count,
      ),
    );
  const first = await restarted(1);
  // SIGTERM was heeded: the program ended by itself.
  expect(first.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(0);
  expect(progress.join("\n")).toContain("Liveness probe failed: HTTP probe failed with statuscode: 500");
  await get(address, "/end").catch(() => {});
  const second = await restarted(2);
  expect(second.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(3);
});

test("a deleted pod is asked to end, then it is gone with its process", async () => {
  await start("deleted", 1);
  const [pod] = await readyPods("deleted", 1);
  await controlPlane.kubectl(["-n", "deleted", "scale", "deployment/witness", "--replicas=0"]);
  await until("no pods", async () => (await pods("deleted")).length === 0);
  expect(await kubelet.readPodLog("deleted", pod?.metadata?.name ?? "")).toContain("asked to end");
  await expect(get(`${pod?.status?.podIP}:8080`, "/see")).rejects.toThrow();
});

test("a pod of another image is only marked running and ready, after a second", async () => {
  await controlPlane.kubectl(["create", "deployment", "marked", "--image=stefanprodan/podinfo:6.5.4", "--replicas=2"]);
  await until("two ready pods", async () => (await pods("default")).filter(isReady).length === 2);
  expect(await controlPlane.kubectl(["get", "deployment", "marked"])).toMatch(/marked +2\/2 +2 +2/);
});
