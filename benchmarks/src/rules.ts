import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type LonePrometheus, startControlPlane, startLonePrometheus } from "control-plane";
import { figuresOf } from "./adapterProcess.ts";
import { readMetrics } from "./reading.ts";
import { ADAPTERS, type RuleAdapter, untilServed } from "./rules/adapters.ts";
import { createFleet, fleetSeries, podsMetricPaths } from "./rules/fleet.ts";
import { store } from "./store.ts";

/**
 * Rules of prometheus-adapter: what HPAs on Pods metrics cost with the real prometheus-adapter and with ours, one after the
 * other, beside one real Prometheus and one real API server with their pods. Each HPA is read every 15 s, as the HPA
 * controller does. `npm run rules -w benchmarks -- [HPAs] [pods per HPA] [seconds]`, 1,000, 20 and 120 by default.
 */
const [hpas = 1_000, pods = 20, seconds = 120] = process.argv.slice(2).map(Number);
const SYNC_SECONDS = 15;
/** Connections of the HPA controller's five workers. */
const WORKERS = 5;
/** Three syncs, in which ours learns when it is read. */
const LEARN_SECONDS = 45;
const SETTLE_MS = 10_000;

type Arm = keyof typeof ADAPTERS;
const arms: readonly Arm[] = ["original", "ours"];
const fleet = { hpas, pods };
const paths = podsMetricPaths(fleet);
const say = (line: string) => process.stdout.write(`${line}\n`);

const prometheus = await startLonePrometheus({
  ...fleetSeries(fleet),
  scrapeIntervalSeconds: SYNC_SECONDS,
  honorLabels: true,
});
const controlPlane = await startControlPlane();
try {
  const { certPem: cert, keyPem: key } = await frontProxy(controlPlane.directory);
  await allow();
  // Rates need two scrapes.
  await delay(40_000);

  const emptyMegabytes = new Map<Arm, number>();
  for (const arm of arms) {
    const adapter = await start(arm);
    await untilServed(adapter, "/apis/custom.metrics.k8s.io/v1beta2", { cert, key });
    await delay(SETTLE_MS);
    emptyMegabytes.set(arm, adapter.residentMegabytes());
    await adapter.stop();
  }

  const begun = performance.now();
  await createFleet(controlPlane, fleet);
  say(`${hpas} HPAs and ${hpas * pods} pods after ${((performance.now() - begun) / 1000).toFixed(0)} s`);

  const results: Record<string, Awaited<ReturnType<typeof measure>>> = {};
  for (const arm of arms) {
    const adapter = await start(arm);
    await untilServed(adapter, paths[0] ?? "", { cert, key });
    results[arm] = await measure(adapter, emptyMegabytes.get(arm) ?? 0, { certPem: cert, keyPem: key });
    await adapter.stop();
    say(`${arm}: ${JSON.stringify(results[arm])}`);
  }
  const { original, ours } = results;
  if (!original || !ours) throw new Error("an arm is missing");
  const ratios = {
    queries: ours.queriesPerMinute / original.queriesPerMinute,
    prometheusCpu: ours.prometheusCpuSecondsPerMinute / original.prometheusCpuSecondsPerMinute,
    cpu: ours.cpuSecondsPerMinute / original.cpuSecondsPerMinute,
    growth: ours.growthMegabytes / original.growthMegabytes,
    p99: ours.read.p99 / original.read.p99,
  };
  say(JSON.stringify(ratios));
  store("rules", { hpas, pods, seconds, syncSeconds: SYNC_SECONDS, original, ours, ratios });
} finally {
  await controlPlane.stop();
  await prometheus.stop();
}

function start(arm: Arm): Promise<RuleAdapter> {
  return ADAPTERS[arm]({ controlPlane, prometheusUrl: prometheus.url });
}

/** Reads all HPAs every 15 s, and gives what that cost per minute. */
async function measure(adapter: RuleAdapter, emptyMegabytes: number, pair: { certPem: string; keyPem: string }) {
  const job = { port: adapter.port, ...pair, connections: WORKERS, hpas, paths, rate: hpas / SYNC_SECONDS };
  const reading = readMetrics({ ...job, learnSeconds: LEARN_SECONDS, seconds });
  await delay(LEARN_SECONDS * 1000);
  const server = figuresOf(prometheus.pid);
  const before = { cpuMs: adapter.cpuMs(), server: server.cpuMs(), counts: await ownCounts(prometheus) };
  let mostMegabytes = 0;
  const watch = setInterval(() => {
    mostMegabytes = Math.max(mostMegabytes, adapter.residentMegabytes());
  }, 500);
  const began = performance.now();
  const read = await reading;
  const minutes = (performance.now() - began) / 60_000;
  clearInterval(watch);
  const counts = await ownCounts(prometheus);
  return {
    read,
    readsPerMinute: read.perSecond * 60,
    queriesPerMinute: (counts.query - before.counts.query) / minutes,
    seriesRequestsPerMinute: (counts.series - before.counts.series) / minutes,
    prometheusCpuSecondsPerMinute: (server.cpuMs() - before.server) / 1_000 / minutes,
    cpuSecondsPerMinute: (adapter.cpuMs() - before.cpuMs) / 1_000 / minutes,
    emptyMegabytes,
    mostMegabytes,
    growthMegabytes: mostMegabytes - emptyMegabytes,
  };
}

/** Requests that Prometheus has answered. */
async function ownCounts({ url }: LonePrometheus): Promise<{ query: number; series: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const count = (handler: string) =>
    [...text.matchAll(/^prometheus_http_requests_total\{([^}]*)\} (\S+)$/gm)]
      .filter(([, labels]) => labels?.includes(`handler="/api/v1/${handler}"`))
      .reduce((sum, [, , value]) => sum + Number(value), 0);
  return { query: count("query"), series: count("series") };
}

/** The certificate with which the API server proves itself to the adapters. */
async function frontProxy(directory: string): Promise<{ certPem: string; keyPem: string }> {
  const read = (ending: string) => readFile(join(directory, `front-proxy-client.${ending}`), "utf8");
  return { certPem: await read("crt"), keyPem: await read("key") };
}

/** Lets the HPA controller read all custom metrics. */
async function allow(): Promise<void> {
  const binding = ["--clusterrole=cluster-admin", "--serviceaccount=kube-system:horizontal-pod-autoscaler"];
  await controlPlane.kubectl(["create", "clusterrolebinding", "reads-metrics", ...binding]);
}
