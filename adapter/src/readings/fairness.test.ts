import { type MetricSpec, parseQuery } from "@asm-autoscaler/hpa-metrics";
import { afterEach, expect, test } from "@jest/globals";
import { tryFirstReadings } from "../firstReadings.ts";
import { pause } from "../kubernetes/pause.ts";
import { createPrometheus } from "../prometheus/prometheus.ts";
import { type BusyPrometheus, startBusyPrometheus } from "./busyPrometheus.testing.ts";
import { READ_DEADLINE_MS } from "./readDeadline.ts";
import { createReadings, type Readings } from "./readings.ts";

/** Queries of namespace a take as long as a query may; those of b 5 ms. */
const SLOW_MS = 10_000;
const QUICK_MS = 5;
/** The HPA controller's workers, and how often it comes for each HPA here: five times as often as by default. */
const WORKERS = 5;
const SYNC_MS = 3_000;
/**
 * A read that waits for a slow query waits for its whole deadline. Whatever takes less than half of it is the machine,
 * which other tests may keep busy, and is not compared.
 */
const NOISE_MS = READ_DEADLINE_MS / 2;

interface Hpa {
  namespace: string;
  spec: MetricSpec;
}

interface Watched {
  /** From when the controller sends a read to its answer, and from when it should have sent it, ms, sorted. */
  reads: number[];
  syncs: number[];
  failed: string[];
}

const open: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const hpa = (namespace: string, query: string): Hpa => {
  const parsed = parseQuery(query);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  const spec: MetricSpec = {
    metricName: "m",
    labels: {},
    query: parsed.query,
    queryKey: "k",
    server: { kind: "default" },
  };
  return { namespace, spec };
};

/** Readings over a Prometheus of their own, for the given HPAs. */
async function adapterFor(hpas: readonly Hpa[]): Promise<{ readings: Readings; server: BusyPrometheus }> {
  const server = await startBusyPrometheus(
    (query) => (/ns=~?"(a|[^"]*\ba\|[^"]*|[^"]*\|a)"/.test(query) ? SLOW_MS : QUICK_MS),
    (ns, w) => w.startsWith(ns),
  );
  const prometheus = createPrometheus({
    defaultUrl: server.url,
    defaultConfig: { headers: [] },
    aliases: new Map(),
    allowedUrls: new Set(),
  });
  open.push(prometheus, server);
  const readings = createReadings({
    prometheus,
    ttlMs: 30_000,
    defaultIntervalMs: 0,
    clock: { monotonic: () => performance.now(), wall: () => Date.now() },
    onProblem: () => undefined,
    onRecovery: () => undefined,
  });
  for (const { spec, namespace } of hpas) readings.acquire(spec, namespace);
  return { readings, server };
}

/** What the HPA controller sees of namespace b. */
async function watch(hpas: readonly Hpa[], readings: Readings, ms: number): Promise<Watched> {
  const watched: Watched = { reads: [], syncs: [], failed: [] };
  const due: { hpa: Hpa; at: number }[] = hpas.map((one, index) => ({
    hpa: one,
    at: performance.now() + (((index * 7919) % hpas.length) / hpas.length) * SYNC_MS,
  }));
  due.sort((one, other) => one.at - other.at);
  const until = performance.now() + ms;
  const stop = new AbortController();
  const work = async () => {
    for (let next = due.shift(); next && performance.now() < until; next = due.shift()) {
      await pause(Math.max(0, next.at - performance.now()), stop.signal);
      const began = performance.now();
      const outcome = await readings.read(next.hpa.spec, next.hpa.namespace);
      const now = performance.now();
      due.push({ hpa: next.hpa, at: now + SYNC_MS });
      if (next.hpa.namespace !== "b") continue;
      watched.reads.push(now - began);
      watched.syncs.push(now - next.at);
      if (!outcome.ok) watched.failed.push(outcome.problem.message);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  for (const list of [watched.reads, watched.syncs]) list.sort((one, other) => one - other);
  return watched;
}

const p99 = (sorted: readonly number[]) => sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));
const template = (namespace: string) => (index: number) =>
  hpa(namespace, `sum(rate(x{ns="${namespace}",w="${namespace}${index}"}[1m]))`);
/** A query that nothing is grouped with. */
const lone = (namespace: string) => (index: number) =>
  hpa(namespace, `topk(1, x{ns="${namespace}",w="${namespace}${index}"})`);

test("200 queries of 10 s in one namespace never make 50 quick ones of another wait for them or fail, from a cold start on", async () => {
  const fleets = [
    { slow: times(200, lone("a")), quick: times(50, lone("b")) },
    // In one request with others of its template a slow query would make all of them slow.
    { slow: times(200, template("a")), quick: times(50, template("b")) },
    // Few enough to be let into that request.
    { slow: times(20, template("a")), quick: times(50, template("b")) },
  ];
  // Caches are to be cold and not the process: its first requests take most of a second on a busy machine.
  for (const { quick } of fleets)
    await tryFirstReadings(quick, (await adapterFor(quick)).readings, new AbortController().signal);
  // The others alone are watched at the same time, so that whatever else the machine does falls on both.
  const ms = SLOW_MS + SYNC_MS;
  const watched = await Promise.all(
    fleets.map(async ({ slow, quick }) => {
      const [alone, beside] = [await adapterFor(quick), await adapterFor([...slow, ...quick])];
      const { signal } = new AbortController();
      // Cold, and all at once: the slow ones are asked first.
      const cold = [...slow, ...quick].map(async ({ spec, namespace }) => ({
        namespace,
        outcome: await beside.readings.read(spec, namespace),
      }));
      const first = (await Promise.all(cold)).filter(({ namespace }) => namespace === "b");
      await Promise.all([
        tryFirstReadings(quick, alone.readings, signal),
        tryFirstReadings([...slow, ...quick], beside.readings, signal),
      ]);
      const [before, after] = await Promise.all([
        watch(quick, alone.readings, ms),
        watch([...slow, ...quick], beside.readings, ms),
      ]);
      return { first, before, after, mostSlow: beside.server.mostSlow };
    }),
  );
  for (const { first, before, after, mostSlow } of watched) {
    // Behind slow queries, all of them would reach their deadline; on a busy machine a few do.
    expect(first.filter(({ outcome }) => outcome.ok).length).toBeGreaterThan(40);
    expect(after.failed.length).toBeLessThanOrEqual(before.failed.length + after.reads.length / 50);
    expect(mostSlow).toBeLessThanOrEqual(6);
    expect(p99(after.reads)).toBeLessThan(2 * p99(before.reads) + NOISE_MS);
    expect(p99(after.syncs)).toBeLessThan(2 * p99(before.syncs) + NOISE_MS);
  }
}, 90_000);
