import {
  directPlanOf,
  type MetricSpec,
  parseQuery,
  problem,
  requestsPerSecondQuery,
} from "@asm-autoscaler/hpa-metrics";
import { expect, test } from "@jest/globals";
import type { Direct, DirectReading } from "./direct/direct.ts";
import { joinDirect } from "./directReadings.ts";
import type { Readings } from "./readings/readings.ts";
import type { ReadOutcome } from "./readings/staleness.ts";

const clock = { monotonic: () => 0, wall: () => 1_000_000 };
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
  read: 3,
});
const closed: DirectReading = { ok: false, problem: problem("ASM_DIRECT_CLOSED", "3 of 3 pods cannot be read") };

/** What is served when Prometheus and the proxies say this. */
async function served(prometheus: ReadOutcome, own: DirectReading | "off", mode: "always" | "fallback" = "always") {
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
  const readings = { counts: {}, read: async () => prometheus } as unknown as Readings;
  const joined = joinDirect(readings, own === "off" ? undefined : (direct as unknown as Direct), clock);
  const result = await joined.read(spec, "shop");
  const said = result.ok ? result.reading.quantity : result.problem.message;
  return { said, trouble: result.trouble?.problem.code, reads };
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
  expect(await served(stale, low)).toMatchObject({ said: "20" });
  expect(await served(stale, { ...low, value: 2 })).toMatchObject({ said: "10" });
});

test("callers of other namespaces are no trouble while Prometheus counts them", async () => {
  const low = { ...counted(2), tooLow: problem("ASM_DIRECT_REPORTER", "receives more") };
  expect(await served(outcome(10), low)).toMatchObject({ said: "10", trouble: undefined });
});

test("a fallback does not read the proxies while Prometheus answers", async () => {
  expect(await served(outcome(10), counted(50), "fallback")).toEqual({ said: "10", trouble: undefined, reads: 0 });
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
