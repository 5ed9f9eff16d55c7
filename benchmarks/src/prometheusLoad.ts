import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import {
  errorRatioQuery,
  latencyQuery,
  type MetricSpec,
  parseQuery,
  requestsPerSecondQuery,
  type WorkloadTraffic,
} from "@asm-autoscaler/hpa-metrics";
import { createPrometheus, type Prometheus } from "asm-metrics-adapter/prometheus";
import { createReadings } from "asm-metrics-adapter/readings";
import { type LonePrometheus, startLonePrometheus } from "control-plane";
import { type FleetSize, fleetMetrics, fleetWorkloads } from "./fleet.ts";
import { store } from "./store.ts";

/**
 * Load on Prometheus: 1,000 metrics of 50 namespaces, each read every 15 s at a phase of its own as the HPA controller does,
 * through the adapter's own readings. `ours` lets the adapter plan, `single` sends each query alone; freshness is the same.
 * Both ask the same Prometheus, one after the other; what its scrapes cost is measured in between and taken off.
 * `npm run prometheus-load -w benchmarks [series per workload …]`, 1, 30 and 300 unless said otherwise.
 */
const SERIES = process.argv.slice(2).map(Number);
const SETTINGS = SERIES.length > 0 ? SERIES : [1, 30, 300];
const NAMESPACES = 50;
const WORKLOADS_PER_NAMESPACE = 20;
const SYNC_MS = 15_000;
/** Length of the measurement, and of the warm-up before it, in which the adapter learns the poll schedule. */
const MEASURE_MS = 60_000;
const LEARN_MS = 20_000;
const SCRAPE_SECONDS = 15;

const SHAPES: Record<string, (traffic: WorkloadTraffic) => string> = {
  requests: requestsPerSecondQuery,
  latency: (traffic) => latencyQuery(traffic, 0.99),
  errors: errorRatioQuery,
};
const ARMS: Record<string, (prometheus: Prometheus) => Prometheus> = {
  ours: (prometheus) => prometheus,
  single: (prometheus) => ({
    ...prometheus,
    evaluate: (questions, at) => questions.flatMap((question) => prometheus.evaluate([question], at)),
  }),
};

/** What one arm cost Prometheus per minute, and what it gave. */
interface Load {
  requests: number;
  cpuSeconds: number;
  megabytes: number;
  /** Oldest reading served, seconds, and how many reads were refused. */
  oldestSeconds: number;
  refused: number;
}

const say = (line: string) => process.stdout.write(`${line}\n`);
for (const series of SETTINGS) await measureFleet(series);

async function measureFleet(seriesPerWorkload: number): Promise<void> {
  const size = { namespaces: NAMESPACES, workloadsPerNamespace: WORKLOADS_PER_NAMESPACE, seriesPerWorkload };
  const server = await startLonePrometheus({ ...fleetMetrics(size), scrapeIntervalSeconds: SCRAPE_SECONDS });
  try {
    // A whole window of scrapes.
    await delay(90_000);
    const results: object[] = [];
    for (const [shape, queryOf] of Object.entries(SHAPES)) {
      const idle = await cpuPerMinute(server, MEASURE_MS);
      const ours = await measure("ours", server, size, queryOf, idle);
      const single = await measure("single", server, size, queryOf, idle);
      const cpuRatio = ours.cpuSeconds / single.cpuSeconds;
      results.push({ series: seriesPerWorkload, shape, ours, single, cpuRatio });
      store(`prometheus-load-${seriesPerWorkload}`, {
        metrics: NAMESPACES * WORKLOADS_PER_NAMESPACE,
        namespaces: NAMESPACES,
        syncSeconds: SYNC_MS / 1000,
        results,
      });
      say(`${seriesPerWorkload} series, ${shape}: ${JSON.stringify({ cpuRatio, ours, single })}`);
    }
  } finally {
    await server.stop();
  }
}

async function measure(
  arm: keyof typeof ARMS & string,
  server: LonePrometheus,
  size: FleetSize,
  queryOf: (traffic: WorkloadTraffic) => string,
  idleCpu: number,
): Promise<Load> {
  const prometheus = createPrometheus({
    defaultUrl: server.url,
    defaultConfig: { headers: [] },
    aliases: new Map(),
    allowedUrls: new Set(),
  });
  const readings = createReadings({
    prometheus: ARMS[arm]?.(prometheus) ?? prometheus,
    ttlMs: 30_000,
    defaultIntervalMs: 0,
    clock: { monotonic: () => performance.now(), wall: () => Date.now() },
    onProblem: (problem, { metricName }) => say(`${metricName}: ${problem.code}`),
    onRecovery: () => undefined,
  });
  const served = { oldestMs: 0, refused: 0 };
  const timers = fleetWorkloads(size).map((traffic) => {
    const spec = specOf(queryOf(traffic));
    readings.acquire(spec, traffic.namespace);
    const read = async () => {
      const outcome = await readings.read(spec, traffic.namespace);
      if (!outcome.ok) served.refused++;
      else served.oldestMs = Math.max(served.oldestMs, Date.now() - outcome.reading.evaluatedAt);
    };
    return setTimeout(() => {
      void read();
      every.push(setInterval(() => void read(), SYNC_MS));
    }, Math.random() * SYNC_MS);
  });
  const every: NodeJS.Timeout[] = [];
  try {
    await delay(LEARN_MS);
    Object.assign(served, { oldestMs: 0, refused: 0 });
    const before = await ownCounts(server.url);
    const cpuSeconds = (await cpuPerMinute(server, MEASURE_MS)) - idleCpu;
    const after = await ownCounts(server.url);
    return {
      requests: after.requests - before.requests,
      cpuSeconds,
      megabytes: (after.bytes - before.bytes) / 1e6,
      oldestSeconds: served.oldestMs / 1000,
      refused: served.refused,
    };
  } finally {
    for (const timer of timers) clearTimeout(timer);
    for (const timer of every) clearInterval(timer);
    await prometheus.close();
  }
}

function specOf(text: string): MetricSpec {
  const parsed = parseQuery(text);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  const { query } = parsed;
  return { metricName: "load", labels: {}, query, queryKey: "load", server: { kind: "default" } };
}

/** CPU seconds of a process in a minute, measured over `ms`. */
async function cpuPerMinute(server: LonePrometheus, ms: number): Promise<number> {
  const before = await cpuSeconds(server.pid);
  await delay(ms);
  return (((await cpuSeconds(server.pid)) - before) * 60_000) / ms;
}

/** User and system time of a process; a tick is 10 ms on Linux. proc_pid_stat(5) */
async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** What Prometheus counts of its own queries: requests, and bytes of its answers. */
async function ownCounts(url: string): Promise<{ requests: number; bytes: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}\\{[^}]*handler="/api/v1/query"[^}]*\\} (\\S+)$`, "gm"))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  return { requests: sum("prometheus_http_requests_total"), bytes: sum("prometheus_http_response_size_bytes_sum") };
}
