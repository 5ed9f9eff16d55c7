import { setTimeout as pause } from "node:timers/promises";
import { MetricsAdapter } from "@asm-autoscaler/asm-autoscaler/adapter";
import {
  type Anticipate,
  anticipateQuery,
  requestsPerSecondQuery,
  writeAnnotations,
} from "@asm-autoscaler/hpa-metrics";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { V1Deployment, V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import { type LocalCluster, startLocalCluster } from "../../src/localCluster.ts";
import { byName, deployment, hpa } from "../conformance/hpa.ts";
import { remoteWrite, type WrittenSeries } from "../remoteWrite.ts";
import { until } from "../until.ts";
import { apart, type Size } from "./trace.ts";

/**
 * The third rise of a load that rises every 20 minutes, on the real HPA controller with pods that need a minute to start.
 * The two rises before are written into Prometheus as samples of the past, with other pods, so that the test does not
 * take an hour. The adapter, the queries, the controller and the third rise are real.
 */

const NAMESPACE = "default";
const TARGET = 10;
/** What a pod can carry: the target and the tolerance of the HPA controller. */
const CAPACITY = 11;
const [LOW, HIGH] = [10, 60];
const START_SECONDS = 60;
const PERIOD = 1_200;
/** The window of the rate, the time between evaluations, a sync, the start of a pod, and half a minute. */
const anticipate: Anticipate = { periodSeconds: PERIOD, leadSeconds: 240, periods: 2, growth: true };
/** Seconds from the start of the cluster's traffic to the rise, and from the rise to the end. */
const [BEFORE, AFTER] = [420, 180];

/** How high each workload rose in the periods before, as a share of the third rise. Undefined: it did not exist. */
const HISTORY: Readonly<Record<string, ((period: number) => number) | undefined>> = {
  reactive: () => 1,
  ahead: () => 1,
  attacked: (period) => (period === 1 ? 20 : 1),
  missing: undefined,
};
const NAMES = Object.keys(HISTORY);
const isAhead = (name: string) => name !== "reactive";

let cluster: LocalCluster;
/** Unix seconds of the rise, a whole minute. */
let riseAt = 0;
/** Ready pods and wanted pods over time, in seconds after the rise. */
const ready = new Map<string, Size[]>();
const wanted = new Map<string, Size[]>();

beforeAll(async () => {
  cluster = await startLocalCluster({ acceptsWrites: true });
  const { controlPlane, engine, traffic } = cluster;
  const program = async () =>
    void new MetricsAdapter("adapter", { prometheus: { url: controlPlane.prometheusUrl }, replicas: 1 });
  await (await engine.stack({ project: "anticipate", stack: "adapter", program })).up();
  await controlPlane.kubectl(["label", "namespace", NAMESPACE, "istio-injection=enabled"]);
  riseAt = Math.ceil((Date.now() / 1000 + BEFORE) / 60) * 60;
  await remoteWrite(controlPlane.prometheusUrl, NAMES.flatMap(seriesOf));
  const items = NAMES.flatMap((name) => [slowDeployment(name), service(name), autoscaler(name)]);
  await controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  const watch = controlPlane.kubernetes.watchObjects<V1Deployment>(
    `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
    {
      onEvent({ object: { metadata, spec, status } }) {
        const name = metadata?.name ?? "";
        note(ready, name, status?.readyReplicas ?? 0);
        note(wanted, name, spec?.replicas ?? 0);
      },
    },
  );
  const offer = (rate: number) => {
    for (const name of NAMES) traffic.offer({ namespace: NAMESPACE, workload: name, service: name }, rate);
  };
  offer(LOW);
  await until("active HPAs", async () => (await hpas()).every(isActive), 240);
  await pause(Math.max(0, riseAt * 1000 - Date.now()));
  offer(HIGH);
  await pause(AFTER * 1000);
  watch.stop();
}, 1_200_000);

afterAll(() => cluster?.stop(), 60_000);

function note(sizes: Map<string, Size[]>, name: string, replicas: number): void {
  const own = sizes.get(name) ?? [];
  if (own.at(-1)?.replicas !== replicas) own.push({ second: Date.now() / 1000 - riseAt, replicas });
  sizes.set(name, own);
}

/** The counter of the two periods before, with a pod of its own for each. */
function seriesOf(name: string): WrittenSeries[] {
  const share = HISTORY[name];
  if (share === undefined) return [];
  return [2, 1].map((period) => {
    const rise = riseAt - period * PERIOD;
    const samples: [number, number][] = [];
    let count = 0;
    for (let time = rise - 480; time <= rise + 300; time += 15) {
      count += (time > rise ? HIGH * share(period) : LOW) * 15;
      samples.push([time * 1000, count]);
    }
    const labels = { destination_workload: name, destination_workload_namespace: NAMESPACE, reporter: "destination" };
    return { labels: { __name__: "istio_requests_total", pod: `${name}-${period}`, ...labels }, samples };
  });
}

function slowDeployment(name: string): object {
  const made = deployment(name, 1) as { spec: { template: { spec: { containers: object[] } } } };
  const [container] = made.spec.template.spec.containers;
  const readinessProbe = { tcpSocket: { port: 80 }, initialDelaySeconds: START_SECONDS };
  made.spec.template.spec.containers = [{ ...container, readinessProbe }];
  return made;
}

const service = (name: string) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: NAMESPACE },
  spec: { selector: { app: name }, ports: [{ name: "http", port: 80 }] },
});

function autoscaler(name: string): object {
  const query = requestsPerSecondQuery({ workload: name, namespace: NAMESPACE });
  const ahead = { queryName: `${name}-ahead`, query: anticipateQuery(query, anticipate), anticipates: name };
  const { annotations } = writeAnnotations([
    { queryName: name, query },
    ...(isAhead(name) ? [{ ...ahead, intervalSeconds: 60 }] : []),
  ]);
  const metrics = [byName(name, String(TARGET)), ...(isAhead(name) ? [byName(ahead.queryName, String(TARGET))] : [])];
  return hpa(name, metrics, { maxReplicas: 20, annotations });
}

async function hpas(): Promise<V2HorizontalPodAutoscaler[]> {
  const text = await cluster.controlPlane.kubectl(["-n", NAMESPACE, "get", "hpa", "-o", "json"]);
  return (JSON.parse(text) as { items: V2HorizontalPodAutoscaler[] }).items;
}

function isActive({ status }: V2HorizontalPodAutoscaler): boolean {
  return status?.conditions?.find(({ type }) => type === "ScalingActive")?.status === "True";
}

/** Requests above what the ready pods could carry, from the rise to the end. */
function requestsAbove(name: string): number {
  const sizes = ready.get(name) ?? [];
  const sizeAt = (second: number) => sizes.findLast((size) => size.second <= second)?.replicas ?? 0;
  return Array.from({ length: AFTER }, (_, second) => Math.max(0, HIGH - CAPACITY * sizeAt(second))).reduce(
    (sum, above) => sum + above,
    0,
  );
}

test("with what is anticipated, no request is above capacity in the third period, and without it some are", () => {
  const above = Object.fromEntries(NAMES.map((name) => [name, requestsAbove(name)]));
  const shown = (all: readonly Size[] = []) => all.map(({ second, replicas }) => `${second.toFixed(0)}s:${replicas}`);
  for (const name of NAMES) console.log(name, above[name], "ready", ...shown(ready.get(name)));
  expect(above["ahead"]).toBe(0);
  expect(above["reactive"]).toBeGreaterThan(1_000);
});

test("an attack in one of two periods comes back neither as a minimum nor at its time", () => {
  const most = Math.max(...(wanted.get("attacked") ?? []).map(({ replicas }) => replicas));
  expect(most).toBeLessThanOrEqual(7);
  expect(requestsAbove("attacked")).toBe(0);
});

test("without history it is exactly reactive, within two syncs of the controller", () => {
  const shifted = (name: string) => (wanted.get(name) ?? []).map((size) => ({ ...size, second: size.second + BEFORE }));
  const [one, other] = [shifted("missing"), shifted("reactive")];
  expect(apart(one, other, BEFORE + AFTER, 31)).toEqual([]);
  expect(requestsAbove("missing")).toBeGreaterThan(1_000);
});
