import {
  directPlanOf,
  type MetricSpec,
  parseQuery,
  problem,
  requestsPerSecondQuery,
} from "@asm-autoscaler/hpa-metrics";
import { expect, test } from "@jest/globals";
import type { Direct } from "./direct/direct.ts";
import type { DirectReading } from "./direct/reading.ts";
import { joinDirect, withoutServer } from "./directReadings.ts";
import type { Readings } from "./readings/readings.ts";
import type { ReadOutcome } from "./readings/staleness.ts";

let now = 0;
const clock = { monotonic: () => now, wall: () => 1_000_000 };
const outcome = (value: number): ReadOutcome & { ok: true } => ({
  ok: true,
  reading: { milli: BigInt(value * 1000), quantity: `${value}`, evaluatedAt: 0 },
});
const down = problem("ASM_PROMETHEUS_UNREACHABLE", "down");
const failed = (cause: "no-answer" | "mistake" = "no-answer"): ReadOutcome => ({
  ok: false,
  problem: down,
  trouble: { problem: down, cause, sinceMs: 0, since: 0 },
});
const counted = (value: number, noise = 1): DirectReading & { ok: true } => ({
  ok: true,
  value,
  noise,
  ageMs: 2_000,
  pods: 3,
  sampled: 3,
  read: 2,
});
const closed: DirectReading = { ok: false, problem: problem("ASM_DIRECT_CLOSED", "3 of 3 pods cannot be read") };

/** A metric with these readings of Prometheus and of the proxies. */
function metric(prometheus: ReadOutcome, own: DirectReading | "off", mode: "always" | "fallback") {
  const parsed = parseQuery(requestsPerSecondQuery({ workload: "web", namespace: "shop" }));
  if (!parsed.ok) throw new Error("the test's query is wrong");
  const planned = directPlanOf(parsed.query);
  if (!planned.ok) throw new Error(planned.reason);
  const target = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
  const spec: MetricSpec = {
    ...{ metricName: "m", labels: {}, query: parsed.query, queryKey: "k", server: { kind: "default" } },
    direct: { mode, target, plan: planned.plan },
  };
  let reads = 0;
  const direct = {
    read() {
      reads++;
      return own;
    },
  };
  const readings = { counts: { direct: new Map() }, read: async () => prometheus } as unknown as Readings;
  const joined = joinDirect(readings, own === "off" ? undefined : (direct as unknown as Direct), clock);
  return async () => {
    const result = await joined.read(spec, "shop");
    const said = result.ok ? result.reading.quantity : result.problem.message;
    const source = result.ok ? result.reading.source : undefined;
    return { said, trouble: result.trouble?.problem.code, reads, source, counts: [...joined.counts.direct] };
  };
}

/** What is served when Prometheus and the proxies say this. */
async function served(prometheus: ReadOutcome, own: DirectReading | "off", mode: "always" | "fallback" = "always") {
  return metric(prometheus, own, mode)();
}

test("the larger reading is served, and that of Prometheus within the noise", async () => {
  expect(await served(outcome(10), counted(50))).toMatchObject({ said: "50", trouble: undefined });
  expect(await served(outcome(10), counted(10.9))).toMatchObject({ said: "10" });
  expect(await served(outcome(10), counted(2))).toMatchObject({ said: "10" });
});

test("the proxies alone are served while Prometheus does not answer, also for a fallback", async () => {
  expect(await served(failed(), counted(5))).toMatchObject({ said: "5", trouble: undefined });
  expect(await served(failed(), counted(5), "fallback")).toMatchObject({ said: "5" });
});

test("any traffic wakes a workload that Prometheus says has none", async () => {
  expect(await served(outcome(0), counted(0.3))).toMatchObject({ said: "300m" });
  expect(await served(outcome(0.1), counted(0.4))).toMatchObject({ said: "0.1" });
});

test("a value that may be too low makes a workload larger, and never smaller", async () => {
  const unread = problem("ASM_DIRECT_PODS", "1 of 2 callers are not read");
  const low = { ...counted(20), tooLow: unread };
  expect(await served(outcome(10), low)).toMatchObject({ said: "20" });
  expect(await served(outcome(40), low)).toMatchObject({ said: "40", trouble: "ASM_DIRECT_PODS" });
  expect((await served(failed(), low)).said).toMatch(/down.*1 of 2 callers/);
  const stale: ReadOutcome = { ...outcome(10), trouble: { problem: down, cause: "no-answer", sinceMs: 0, since: 0 } };
  const kept = { trouble: "ASM_PROMETHEUS_UNREACHABLE", source: { problem: { code: "ASM_PROMETHEUS_UNREACHABLE" } } };
  expect(await served(stale, low)).toMatchObject({ said: "20", ...kept });
  expect(await served(stale, { ...low, value: 2 })).toMatchObject({ said: "10", ...kept });
  for (const prometheus of [outcome(10), outcome(40), stale])
    expect((await served(prometheus, low)).source).toMatchObject({ tooLow: { code: "ASM_DIRECT_PODS" } });
  expect((await served(outcome(10), counted(20))).source).not.toHaveProperty("tooLow");
});

test("callers of other namespaces are no trouble while Prometheus counts them", async () => {
  const low = { ...counted(2), tooLow: problem("ASM_DIRECT_REPORTER", "receives more") };
  expect(await served(outcome(10), low)).toMatchObject({ said: "10", trouble: undefined });
});

test("a fallback does not read the proxies while Prometheus answers", async () => {
  expect(await served(outcome(10), counted(50), "fallback")).toEqual({
    ...{ said: "10", trouble: undefined, reads: 0, source: undefined, counts: [] },
  });
});

test("a reading of Prometheus that waits for its evaluation is not taken for an answer", async () => {
  const stale = (value: number): ReadOutcome => ({ ...outcome(value), isStale: true });
  for (const mode of ["always", "fallback"] as const) {
    expect(await served(stale(10), counted(50), mode)).toMatchObject({ said: "50" });
    expect(await served(stale(10), counted(10.5), mode)).toMatchObject({ said: "10500m" });
    // Prometheus may still answer, so the size is not made smaller.
    expect(await served(stale(10), counted(2), mode)).toMatchObject({ said: "10" });
  }
  expect(await served(stale(10), closed)).toMatchObject({ said: "10", trouble: "ASM_DIRECT_CLOSED" });
  expect(await served(stale(10), closed, "fallback")).toMatchObject({ said: "10", trouble: undefined });
});

test("an idle workload is no trouble, and requests that only Prometheus counts are one after two minutes", async () => {
  const idle: DirectReading = { ok: false, problem: problem("ASM_DIRECT_IDLE", "no request") };
  expect(await served(outcome(3), idle)).toMatchObject({ said: "3", trouble: undefined });
  const uncounted: DirectReading = { ok: false, problem: problem("ASM_DIRECT_NO_SERIES", "none") };
  const [without, withRequests] = [metric(outcome(0), uncounted, "always"), metric(outcome(3), uncounted, "always")];
  for (now = 0; now < 120_000; now += 15_000)
    for (const read of [without, withRequests]) expect((await read()).trouble).toBeUndefined();
  expect((await without()).trouble).toBeUndefined();
  expect((await withRequests()).trouble).toBe("ASM_DIRECT_NO_SERIES");
});

test("Prometheus alone is served while the proxies cannot be read, and the reason is told", async () => {
  expect(await served(outcome(10), closed)).toMatchObject({ said: "10", trouble: "ASM_DIRECT_CLOSED" });
  expect(await served(outcome(10), "off")).toMatchObject({ said: "10", trouble: "ASM_DIRECT_OFF" });
  const starting: DirectReading = { ok: false, problem: problem("ASM_DIRECT_STARTING", "soon") };
  expect(await served(outcome(10), starting)).toMatchObject({ said: "10", trouble: undefined });
});

test("without either there is no reading, and both reasons are told", async () => {
  const { said } = await served(failed(), closed);
  expect(said).toMatch(/down.*ASM_DIRECT_CLOSED, 3 of 3 pods/);
});

test("an impossible value and a query that is refused stay errors", async () => {
  expect((await served(failed("mistake"), counted(5))).said).toBe("down");
  expect((await served(failed(), counted(-5))).said).toMatch(/ASM_NEGATIVE/);
});

test("a reading names its sources: whose value is served, what each gave, and why one gave none", async () => {
  const pods = { value: 50, evaluatedAt: 998_000, noise: 1, pods: 3, sampled: 3, read: 2 };
  const prometheus = { value: 10, evaluatedAt: 0 };
  const counts = (result: string) => [[result, 1]];
  expect(await served(outcome(10), counted(50))).toMatchObject({
    source: { from: "pods", pods, prometheus },
    counts: counts("pods"),
  });
  expect(await served(outcome(10), counted(10.9))).toMatchObject({
    source: { from: "prometheus", pods: { ...pods, value: 10.9 }, prometheus },
    counts: counts("prometheus"),
  });
  expect(await served(failed(), counted(50))).toMatchObject({
    source: { from: "pods", pods, problem: { code: "ASM_PROMETHEUS_UNREACHABLE" } },
    counts: counts("pods"),
  });
  expect(await served(outcome(10), closed)).toMatchObject({
    source: { from: "prometheus", prometheus, problem: { code: "ASM_DIRECT_CLOSED" } },
    counts: counts("ASM_DIRECT_CLOSED"),
  });
});

test("without any Prometheus, the proxies serve what asks for them, and the problem names the flag that is missing", () => {
  const missing = problem("ASM_SERVER_MISSING", "no default server");
  const other = problem("ASM_SERVER_ALIAS", "no such alias");
  const asking = { direct: { mode: "always" } } as MetricSpec;
  const fallback = { direct: { mode: "fallback" } } as MetricSpec;
  expect(withoutServer(asking, missing, true)).toBeUndefined();
  expect(withoutServer(asking, missing, false)).toMatchObject({ code: "ASM_DIRECT_OFF", severity: "error" });
  expect(withoutServer(asking, undefined, false)).toBeUndefined();
  expect(withoutServer(asking, other, true)).toBe(other);
  expect(withoutServer(fallback, missing, true)).toBe(missing);
  expect(withoutServer({} as MetricSpec, missing, true)).toBe(missing);
});
