import { envoyStatsJob } from "@asm-autoscaler/asm-autoscaler/prometheus";
import { requestsPerSecondQuery } from "@asm-autoscaler/hpa-metrics";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { V1Pod } from "@kubernetes/client-node";
import { type ControlPlane, startControlPlane } from "../src/controlPlane.ts";
import { startKubelet } from "../src/kubelet/kubelet.ts";
import { isReady } from "../src/kubelet/podStatus.ts";
import { startSidecarInjector } from "../src/sidecars/sidecarInjector.ts";
import { type MeshTraffic, startMeshTraffic } from "../src/traffic/meshTraffic.ts";
import { until } from "./until.ts";

let controlPlane: ControlPlane;
let traffic: MeshTraffic;
const undo: (() => Promise<void>)[] = [];
const problems: Error[] = [];
const podinfo = { namespace: "test", workload: "podinfo", service: "podinfo" };

beforeAll(async () => {
  controlPlane = await startControlPlane({ scrapeConfigs: [envoyStatsJob({ scrapeIntervalSeconds: 1 })] });
  undo.push(controlPlane.stop);
  undo.push((await startKubelet(controlPlane)).stop);
  undo.push((await startSidecarInjector(controlPlane)).stop);
  traffic = await startMeshTraffic(controlPlane, { onProblem: (problem) => problems.push(problem) });
  undo.push(traffic.stop);
  await controlPlane.kubectl(["create", "namespace", "test"]);
  await controlPlane.kubectl(["label", "namespace", "test", "istio-injection=enabled"]);
}, 300_000);

afterAll(async () => {
  for (const stop of undo.reverse()) await stop();
}, 60_000);

const kubectl = (...args: string[]) => controlPlane.kubectl(["-n", "test", ...args]);
const pods = async (): Promise<V1Pod[]> => JSON.parse(await kubectl("get", "pods", "-o", "json")).items;
const readyPods = (count: number) =>
  until(`${count} ready pods and no other`, async () => {
    const all = await pods();
    return all.length === count && all.every(isReady) && all;
  });
const addressOf = ({ status }: V1Pod) => status?.podIP ?? "";
const counter = async (pod: V1Pod): Promise<number> => {
  const text = await (await fetch(`http://${addressOf(pod)}:15090/stats/prometheus`)).text();
  // A sidecar has no series before its first request has ended.
  return Number(/^istio_requests_total{.*} (\d+)$/m.exec(text)?.[1] ?? 0);
};
/** The value of a query's one sample; undefined when it has none. */
const query = async (text: string): Promise<number | undefined> => {
  const response = await fetch(`${controlPlane.prometheusUrl}/api/v1/query?query=${encodeURIComponent(text)}`);
  const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
  expect(data.result.length).toBeLessThanOrEqual(1);
  return data.result[0] && Number(data.result[0].value[1]);
};

test("Prometheus sees the offered rate by the library's own job, and pods are shown with their sidecar", async () => {
  traffic.offer(podinfo, 48);
  await kubectl("create", "deployment", "podinfo", "--image=stefanprodan/podinfo:6.5.4", "--replicas=2");
  await readyPods(2);
  expect(await kubectl("get", "pods")).toMatch(/podinfo-\S+ +2\/2 +Running +0/);
  await until(
    "a whole window of both pods",
    async () => {
      const windows = 'istio_requests_total{destination_workload="podinfo"}[20s]';
      const shortest = await query(`min(count_over_time(${windows}))`);
      const series = await query(`count(count_over_time(${windows}))`);
      return series === 2 && (shortest ?? 0) >= 20;
    },
    60,
  );
  const rate = await query(requestsPerSecondQuery({ workload: "podinfo", namespace: "test", windowSeconds: 20 }));
  // Prometheus dates a sample when it starts to scrape and the sidecar counts when it answers: on a busy machine they
  // lie apart.
  expect(rate).toBeGreaterThan(48 * 0.9);
  expect(rate).toBeLessThan(48 * 1.1);
  const p80 = "histogram_quantile(0.8, sum by (le) (rate(istio_request_duration_milliseconds_bucket[20s])))";
  // 60 % of the requests take at most 5 ms, 90 % at most 10 ms; Prometheus interpolates between.
  expect(await query(p80)).toBeCloseTo(8.33, 0);

  const { offeredPerSecond, endingPerSecond, served, ended } = traffic.truth(podinfo);
  expect([offeredPerSecond, endingPerSecond]).toEqual([48, 48]);
  expect(ended).toBe(served);
  const shown = (await Promise.all((await pods()).map(counter))).reduce((sum, count) => sum + count, 0);
  expect(shown).toBeGreaterThan(ended - 2); // less than a whole request of each pod is missing
  expect(shown).toBeLessThanOrEqual(traffic.truth(podinfo).ended);
  expect(
    traffic
      .sidecars(podinfo)
      .map(({ name }) => name)
      .sort(),
  ).toEqual((await pods()).map(({ metadata }) => metadata?.name).sort());
}, 120_000);

test("a new pod starts at zero and takes its part; a removed pod's endpoint vanishes and the rest take over", async () => {
  const before = await readyPods(2);
  await kubectl("scale", "deployment/podinfo", "--replicas=3");
  const after = await readyPods(3);
  const known = new Set(before.map(addressOf));
  const added = after.find((pod) => !known.has(addressOf(pod)));
  if (!added) throw new Error("no pod was added");
  const newest = await counter(added);
  const oldest = Math.max(...(await Promise.all(before.map(counter))));
  expect(newest).toBeLessThan(oldest / 2);

  await kubectl("scale", "deployment/podinfo", "--replicas=1");
  const [left] = await readyPods(1);
  if (!left) throw new Error("no pod is left");
  for (const gone of after.filter((pod) => addressOf(pod) !== addressOf(left))) {
    await until("a refused connection", () =>
      counter(gone).then(
        () => false,
        () => true,
      ),
    );
  }
  const [start, startedAt] = [await counter(left), performance.now()];
  await until("a second of traffic", () => performance.now() - startedAt > 1_000);
  const perSecond = ((await counter(left)) - start) / ((performance.now() - startedAt) / 1_000);
  expect(Math.abs(perSecond - 48)).toBeLessThan(5);

  traffic.offer(podinfo, 0);
  const ended = await counter(left);
  await until("two more scrapes", () => performance.now() - startedAt > 3_000);
  expect(await counter(left)).toBe(ended);
}, 60_000);

test("a namespace without the label gets no sidecar, a labelled pod there does, and a pod can refuse", async () => {
  const make = async (namespace: string, name: string, inject?: string) => {
    const labels = inject === undefined ? "" : `sidecar.istio.io/inject=${inject}`;
    await controlPlane.kubectl(
      ["-n", namespace, "run", name, "--image=busybox", ...(labels && [`--labels=${labels}`])].flat(),
    );
    const pod: V1Pod = JSON.parse(await controlPlane.kubectl(["-n", namespace, "get", "pod", name, "-o", "json"]));
    return pod.spec?.containers.map((container) => container.name);
  };
  expect(await make("default", "plain")).toEqual(["plain"]);
  expect(await make("default", "asks", "true")).toEqual(["asks", "istio-proxy"]);
  expect(await make("test", "refuses", "false")).toEqual(["refuses"]);
  expect(problems).toEqual([]);
});
