import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { V1EndpointSlice, V1Endpoints, V1Pod } from "@kubernetes/client-node";
import { type ControlPlane, startControlPlane } from "../src/controlPlane.ts";
import { startKubelet } from "../src/kubelet/kubelet.ts";
import { isReady } from "../src/kubelet/podStatus.ts";
import { startServiceProxy } from "../src/serviceProxy/serviceProxy.ts";
import { until } from "./until.ts";

let controlPlane: ControlPlane;
const undo: (() => Promise<void>)[] = [];
const servers = new Map<string, Server>();
const large = Buffer.alloc(8 * 1024 * 1024, "mesh ");

beforeAll(async () => {
  controlPlane = await startControlPlane();
  undo.push(controlPlane.stop);
  undo.push((await startKubelet(controlPlane)).stop);
  undo.push((await startServiceProxy(controlPlane)).stop);
}, 300_000);

afterAll(async () => {
  for (const server of servers.values()) server.close().closeAllConnections();
  for (const stop of undo.reverse()) await stop();
}, 60_000);

const apply = (object: unknown) => controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify(object));
const read = async <T>(...args: string[]): Promise<T> =>
  JSON.parse(await controlPlane.kubectl([...args, "-o", "json"]));
const service = (name: string, spec: object) => apply({ apiVersion: "v1", kind: "Service", metadata: { name }, spec });
const clusterIP = async (name: string) =>
  (await read<{ spec: { clusterIP: string } }>("get", "service", name)).spec.clusterIP;
const slice = (name: string) => read<V1EndpointSlice>("get", "endpointslice", `${name}-process`);
const get = async (url: string) => (await fetch(url, { headers: { connection: "close" } })).text();

/** Pods that are only marked ready, whose addresses this test serves itself: each answers its own address, or 8 MiB. */
async function pods(app: string, replicas: number): Promise<string[]> {
  const containers = [{ name: "app", image: "app", ports: [{ name: "web", containerPort: 8080 }] }];
  await apply({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: app },
    spec: {
      replicas,
      selector: { matchLabels: { app } },
      template: { metadata: { labels: { app } }, spec: { containers } },
    },
  });
  const ready = await until(`${replicas} ready pods of ${app}`, async () => {
    const { items } = await read<{ items: V1Pod[] }>("get", "pods", "-l", `app=${app}`);
    return items.length === replicas && items.every(isReady) && items;
  });
  const addresses = ready.map(({ status }) => status?.podIP ?? "");
  for (const address of addresses) {
    if (servers.has(address)) continue;
    const server = createServer((request, response) => response.end(request.url === "/large" ? large : address));
    servers.set(address, server);
    await new Promise<void>((resolve) => server.listen(8080, address, resolve));
  }
  return addresses;
}

test("a Service's connections go to its ready pods in turn, on the named port of each", async () => {
  await service("turns", { selector: { app: "turns" }, ports: [{ port: 80, targetPort: "web" }] });
  const addresses = await pods("turns", 3);
  const url = `http://${await clusterIP("turns")}/`;
  await until(
    "all three pods answer",
    async () => new Set([await get(url), await get(url), await get(url)]).size === 3,
  );
  const answers = [await get(url), await get(url), await get(url)];
  expect([...answers].sort()).toEqual([...addresses].sort());
});

test("what a pod sends arrives whole, also when it closes at once", async () => {
  const url = `http://${await clusterIP("turns")}/large`;
  const bodies = await Promise.all(
    [1, 2, 3].map(async () =>
      Buffer.from(await (await fetch(url, { headers: { connection: "close" } })).arrayBuffer()),
    ),
  );
  for (const body of bodies) expect(body.equals(large)).toBe(true);
});

test("a Service refuses connections until it has a ready pod, and after its last one", async () => {
  await service("empty", { selector: { app: "empty" }, ports: [{ port: 8000, targetPort: 8080 }] });
  const url = `http://${await clusterIP("empty")}:8000/`;
  const refused = () =>
    get(url).then(
      () => false,
      (error) => error.cause?.code === "ECONNREFUSED",
    );
  await until("its EndpointSlice", () => slice("empty").catch(() => undefined));
  expect(await refused()).toBe(true);
  const [address] = await pods("empty", 1);
  await until("an answer", async () => (await get(url).catch(() => undefined)) === address);
  await controlPlane.kubectl(["scale", "deployment/empty", "--replicas=0"]);
  await until("a refused connection", refused);
  await until("no endpoints", async () => !(await slice("empty")).endpoints?.length);
});

test("the EndpointSlice and the Endpoints tell the truth about pods and ports and name addresses that nobody dials", async () => {
  await service("slices", {
    selector: { app: "turns" },
    ports: [
      { name: "web", port: 80, targetPort: "web" },
      { name: "other", port: 81, targetPort: "nobody-has-it" },
    ],
  });
  const made = await until("three ready endpoints", async () => {
    const found = await slice("slices").catch(() => undefined);
    return found?.endpoints?.length === 3 && found.endpoints.every(({ conditions }) => conditions?.ready) && found;
  });
  expect(made.metadata?.labels).toMatchObject({ "kubernetes.io/service-name": "slices" });
  expect(made.ports?.map(({ name, port }) => [name, port]).sort()).toEqual([
    ["other", 81],
    ["web", 80],
  ]);
  expect(made.endpoints?.map(({ addresses }) => addresses[0])).toEqual(["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
  expect(made.endpoints?.every(({ targetRef }) => targetRef?.name?.startsWith("turns-"))).toBe(true);
  await until("the same addresses in v1 Endpoints", async () => {
    const { subsets = [] } = await read<V1Endpoints>("get", "endpoints", "slices");
    return subsets.flatMap(({ addresses = [] }) => addresses.map(({ ip }) => ip)).length === 3;
  });
  await expect(get(`http://${await clusterIP("slices")}:81/`)).rejects.toThrow();
});

test("another selector leads to other pods, and a deleted Service is gone with its listener and slice", async () => {
  const [address] = await pods("moved", 1);
  await service("slices", { selector: { app: "moved" }, ports: [{ name: "web", port: 80, targetPort: "web" }] });
  const url = `http://${await clusterIP("slices")}/`;
  await until("the other pod's answer", async () => (await get(url).catch(() => undefined)) === address);
  await controlPlane.kubectl(["delete", "service", "slices"]);
  await until("a refused connection", () =>
    get(url).then(
      () => false,
      () => true,
    ),
  );
  for (const kind of ["endpoints/slices", "endpointslice/slices-process"]) {
    await until(`no ${kind}`, () =>
      read("get", kind).then(
        () => false,
        (error) => String(error).includes("not found"),
      ),
    );
  }
});
