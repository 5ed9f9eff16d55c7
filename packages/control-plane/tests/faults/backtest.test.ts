import { setTimeout as pause } from "node:timers/promises";
import { MetricsAdapter } from "@asm-autoscaler/asm-autoscaler/adapter";
import { anticipateQuery, requestsPerSecondQuery } from "@asm-autoscaler/hpa-metrics";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import { type LocalCluster, startLocalCluster } from "../../src/localCluster.ts";
import {
  CASES,
  type Case,
  DOWNSCALE_SECONDS,
  offeredOf,
  SCRAPE_SECONDS,
  SECONDS,
  SYNC_SECONDS,
  simulated,
  TARGET,
  WINDOW_SECONDS,
} from "../backtestCases.ts";
import { byName, deployment, hpa, queryKey } from "../conformance/hpa.ts";
import { until } from "../until.ts";
import { apart, type Size } from "./trace.ts";

/**
 * A backtest against the real HPA controller: five shapes of traffic and two HPAs with two metrics at once, each on a workload of its own, and each
 * simulated from what was offered alone. Known of the real run are only the moments at which the controller looks.
 */

const NAMESPACE = "default";
const MINUTE_MS = 60_000;

let cluster: LocalCluster;
const real = new Map<string, Size[]>();
let startedAt = 0;

beforeAll(async () => {
  cluster = await startLocalCluster({
    downscaleStabilizationSeconds: DOWNSCALE_SECONDS,
    scrapeIntervalSeconds: SCRAPE_SECONDS,
  });
  const { controlPlane, engine, traffic } = cluster;
  const program = async () =>
    void new MetricsAdapter("adapter", { prometheus: { url: controlPlane.prometheusUrl }, replicas: 1 });
  await (await engine.stack({ project: "backtest", stack: "adapter", program })).up();
  await controlPlane.kubectl(["label", "namespace", NAMESPACE, "istio-injection=enabled"]);
  const items = CASES.flatMap((one) => {
    const { name, behavior } = one;
    const queries = queriesOf(one);
    return [
      ...workloadsOf(one).flatMap((workload) => [deployment(workload, 1), service(workload)]),
      hpa(
        name,
        Object.keys(queries).map((query) => byName(query, String(TARGET))),
        {
          maxReplicas: 10,
          annotations: Object.fromEntries(Object.entries(queries).map(([query, text]) => [queryKey(query), text])),
          ...(behavior === undefined ? {} : { behavior }),
        },
      ),
    ];
  });
  await controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  const offer = (name: string, rate: number) =>
    traffic.offer({ namespace: NAMESPACE, workload: name, service: name }, rate);
  for (const workload of CASES.flatMap(workloadsOf)) offer(workload, 5);
  await until(
    "active HPAs",
    async () => (await hpas()).every((one) => condition(one, "ScalingActive") === "True"),
    120,
  );
  // A full window, after which no earlier recommendation counts.
  await pause(1_000 * (WINDOW_SECONDS + DOWNSCALE_SECONDS + 15));

  const watch = controlPlane.kubernetes.watchObjects<{ metadata?: { name?: string }; spec?: { replicas?: number } }>(
    `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
    {
      onEvent({ object: { metadata, spec } }) {
        const sizes = real.get(metadata?.name ?? "") ?? [];
        const replicas = spec?.replicas ?? 0;
        if (sizes.at(-1)?.replicas !== replicas) sizes.push({ second: (Date.now() - startedAt) / 1000, replicas });
        real.set(metadata?.name ?? "", sizes);
      },
    },
  );
  // The grids of evaluations and of subqueries begin together with those of the simulation.
  await pause(MINUTE_MS - (Date.now() % MINUTE_MS));
  startedAt = Date.now();
  const offered = CASES.flatMap((one) => [
    { name: one.name, traffic: offeredOf(one) },
    ...(one.second?.kind === "other" ? [{ name: otherOf(one), traffic: offeredOf(one.second) }] : []),
  ]);
  for (let second = 0; second < SECONDS; second++) {
    await pause(Math.max(0, startedAt + second * 1000 - Date.now()));
    for (const { name, traffic: one } of offered) offer(name, one.at(second + 0.5));
  }
  watch.stop();
}, 1_500_000);

afterAll(() => cluster?.stop(), 60_000);

const otherOf = ({ name }: Case) => `${name}-other`;

/** The workload that is scaled, and the one whose requests are the second metric. */
function workloadsOf(one: Case): string[] {
  return [one.name, ...(one.second?.kind === "other" ? [otherOf(one)] : [])];
}

/** The queries of an HPA by their names. */
function queriesOf(one: Case): Record<string, string> {
  const { name, second } = one;
  const requests = (workload: string) =>
    requestsPerSecondQuery({ workload, namespace: NAMESPACE, windowSeconds: WINDOW_SECONDS });
  return {
    [name]: requests(name),
    ...(second?.kind === "other" ? { [otherOf(one)]: requests(otherOf(one)) } : {}),
    ...(second?.kind === "ahead" ? { [`${name}-ahead`]: anticipateQuery(requests(name), second.anticipate) } : {}),
  };
}

const service = (name: string) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: NAMESPACE },
  spec: { selector: { app: name }, ports: [{ name: "http", port: 80 }] },
});

async function hpas(): Promise<V2HorizontalPodAutoscaler[]> {
  const text = await cluster.controlPlane.kubectl(["-n", NAMESPACE, "get", "hpa", "-o", "json"]);
  return (JSON.parse(text) as { items: V2HorizontalPodAutoscaler[] }).items;
}

function condition({ status }: V2HorizontalPodAutoscaler, type: string): string | undefined {
  return status?.conditions?.find((one) => one.type === type)?.status;
}

test.each(CASES)("$name: the sizes are those of the real controller, within one sync period", async (one) => {
  const { name } = one;
  const [first, ...more] = real.get(name) ?? [];
  const sizes = [{ second: 0, replicas: first?.replicas ?? 0 }, ...more];
  const run = simulated(one, sizes);
  const shown = (all: readonly Size[]) =>
    all.map(({ second, replicas }) => `${second.toFixed(0)}s:${replicas}`).join(" ");
  console.log(`${name}\n  real      ${shown(sizes)}\n  simulated ${shown(run.sizes)}`);
  const changes = (sign: number) =>
    sizes.filter(({ replicas }, index) => index > 0 && sign * (replicas - (sizes[index - 1]?.replicas ?? 0)) > 0);
  expect([changes(1).length, changes(-1).length].every((count) => count >= 4)).toBe(true);
  // In whole seconds, and a change is seen a little after the look that made it.
  expect(apart(sizes, run.sizes, SECONDS, SYNC_SECONDS + 1)).toEqual([]);
});
