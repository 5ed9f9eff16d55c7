import { behaviorOf, DEFAULT_TOLERANCE } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { loadOf } from "./load";
import { SHAPES, shapedTraffic } from "./shapes";
import { type Setting, simulate as simulateLoads } from "./simulate";
import type { RequestSource } from "./sources";
import { simulateStepwise } from "./stepwise.testing";
import { type Traffic, trafficThrough } from "./traffic";
import { judge as judgeAll } from "./verdict";

const simulate = (traffic: Traffic, one: Setting) => simulateLoads([loadOf(traffic)], one);
const judge = (run: ReturnType<typeof simulate>, requestsPerSecond: number) =>
  judgeAll(run, [{ load: 0, requestsPerSecond }]);

const SOURCE: RequestSource = {
  kind: "requests",
  ...{ load: 0, windowSeconds: 60, countedBy: "pods", evaluationSeconds: 3, isDirect: false },
};

function setting(more: Partial<Setting> = {}, source: Partial<RequestSource> = {}): Setting {
  return {
    sources: [{ ...SOURCE, ...source }],
    autoscaling: {
      minReplicas: 1,
      maxReplicas: 20,
      metrics: [{ type: "External", kind: "averageValue", goal: 10_000 }],
      behavior: undefined,
      tolerance: DEFAULT_TOLERANCE,
      downscaleStabilizationSeconds: 300,
    },
    scrapeIntervalSeconds: 15,
    readyAfterSeconds: 20,
    syncSeconds: 15,
    firstSync: 0,
    ...more,
  };
}

const steady = (rate: number, seconds = 600) =>
  trafficThrough([
    { second: 0, requestsPerSecond: rate },
    { second: seconds, requestsPerSecond: rate },
  ]);

describe("a simulated workload", () => {
  test("of steady traffic keeps the pods that it needs", () => {
    const run = simulate(steady(45), setting());
    expect(run.sizes).toEqual([{ second: 0, replicas: 5 }]);
    expect(judge(run, 11)).toMatchObject({ podHours: 5 / 6, secondsAboveCapacity: 0, worstLoad: 9, scaleUps: 0 });
  });

  test("after a step reaches the pods that it needs, and gives them back after the stabilization window", () => {
    const run = simulate(shapedTraffic("step", 5, 75, 3_600), setting());
    const [first, ...more] = run.sizes;
    expect(first?.replicas).toBe(1);
    expect(Math.max(...more.map(({ replicas }) => replicas))).toBe(8);
    const lastUp = more.findLast(({ replicas }, index) => replicas > (more[index - 1]?.replicas ?? 1));
    expect(lastUp?.second).toBeLessThan(900 + 120);
    const firstDown = more.find(({ replicas }, index) => replicas < (more[index - 1]?.replicas ?? 0));
    expect(firstDown?.second).toBeGreaterThanOrEqual(2_700 + 285);
    expect(run.sizes.at(-1)?.replicas).toBe(1);
  });

  test("has its overload for as long as new pods are not ready", () => {
    const slow = simulate(shapedTraffic("spike", 5, 75, 3_600), setting({ readyAfterSeconds: 120 }));
    const quick = simulate(shapedTraffic("spike", 5, 75, 3_600), setting({ readyAfterSeconds: 5 }));
    expect(judge(slow, 11).secondsAboveCapacity).toBeGreaterThan(judge(quick, 11).secondsAboveCapacity + 60);
  });

  test("keeps to its maximum, and to the pace of its behavior", () => {
    const behavior = behaviorOf({ scaleUp: { policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] } });
    const run = simulate(
      shapedTraffic("step", 5, 200, 3_600),
      setting({ autoscaling: { ...setting().autoscaling, maxReplicas: 6, behavior } }),
    );
    const sizes = run.sizes.map(({ replicas }) => replicas);
    expect(Math.max(...sizes)).toBe(6);
    expect(sizes.every((size, index) => index === 0 || size <= (sizes[index - 1] ?? 0) + 1)).toBe(true);
  });

  test.each([
    ["a long window", {}, { windowSeconds: 1_800 }, {}],
    ["slow pods", { readyAfterSeconds: 1_200 }, {}, {}],
    [
      "a slow pace",
      {},
      { windowSeconds: 900 },
      { scaleUp: { policies: [{ type: "Pods", value: 1, periodSeconds: 300 }] } },
    ],
  ])("of steady traffic has no overload at its start, whatever it begins with: %s", (_, more, source, behavior) => {
    const autoscaling = { ...setting().autoscaling, maxReplicas: 100, behavior: behaviorOf(behavior) };
    const run = simulate(steady(200), setting({ ...more, autoscaling }, source));
    expect(run.sizes).toEqual([{ second: 0, replicas: 20 }]);
    expect(judge(run, 11).secondsAboveCapacity).toBe(0);
  });

  test("at exactly the limit is not overloaded", () => {
    const metrics = [{ type: "External", kind: "averageValue", goal: 1_000 }] as const;
    const autoscaling = { ...setting().autoscaling, maxReplicas: 1, metrics };
    const run = simulate(steady(1.1), setting({ autoscaling }));
    expect(judge(run, 1.1).secondsAboveCapacity).toBe(0);
  });

  test("without a pod wakes where its clients count, and cannot where only its own pods would", () => {
    const autoscaling = { ...setting().autoscaling, minReplicas: 0 };
    const woken = (countedBy: "pods" | "clients") =>
      simulate(shapedTraffic("step", 0, 50, 3_600), setting({ autoscaling }, { countedBy })).sizes;
    expect(Math.max(...woken("clients").map(({ replicas }) => replicas))).toBe(5);
    expect(woken("clients").at(-1)?.replicas).toBe(0);
    expect(woken("pods")).toEqual([{ second: 0, replicas: 0 }]);
  });

  test.each([60, 300])(
    "of steady traffic keeps its pods also where it is looked at every %d s",
    (evaluationSeconds) => {
      const behavior = behaviorOf({ scaleDown: { stabilizationWindowSeconds: 0 } });
      const autoscaling = { ...setting().autoscaling, behavior };
      expect(simulate(steady(95, 1_200), setting({ autoscaling }, { evaluationSeconds })).sizes).toEqual([
        { second: 0, replicas: 10 },
      ]);
    },
  );

  test("whose HPA has a long interval is seen later", () => {
    const grown = (evaluationSeconds: number) =>
      simulate(shapedTraffic("step", 5, 75, 3_600), setting({}, { evaluationSeconds })).sizes.find(
        ({ replicas }) => replicas === 8,
      )?.second ?? 0;
    expect(grown(300)).toBeGreaterThan(grown(3) + 60);
  });

  test("without traffic goes to its minimum", () => {
    expect(simulate(steady(0, 60), setting()).sizes).toEqual([{ second: 0, replicas: 1 }]);
  });
});

test("the sizes are those of a simulation that takes every second and every sample", () => {
  const anyBehavior = fc.constantFrom(
    undefined,
    {},
    { scaleDown: { stabilizationWindowSeconds: 30, policies: [{ type: "Pods", value: 1, periodSeconds: 15 }] } },
    { scaleUp: { policies: [{ type: "Percent", value: 50, periodSeconds: 60 }], stabilizationWindowSeconds: 30 } },
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...SHAPES),
      fc.record({
        low: fc.double({ min: 0.01, max: 20, noNaN: true }),
        more: fc.double({ min: 1, max: 300, noNaN: true }),
      }),
      fc.record({
        windowSeconds: fc.integer({ min: 6, max: 120 }),
        countedBy: fc.constantFrom("pods" as const, "clients" as const),
        evaluationSeconds: fc.constantFrom(3, 15, 60),
      }),
      fc.record({
        scrapeIntervalSeconds: fc.constantFrom(1, 2, 3, 5, 10, 15, 30),
        readyAfterSeconds: fc.integer({ min: 0, max: 120 }),
        syncSeconds: fc.constantFrom(5, 15, 15.5, 30),
        minReplicas: fc.constantFrom(0, 1, 3),
      }),
      anyBehavior,
      (shape, { low, more }, source, { minReplicas, ...cluster }, behavior) => {
        const traffic = shapedTraffic(shape, low, low + more, 1_800);
        const autoscaling = { ...setting().autoscaling, minReplicas, behavior: behaviorOf(behavior) };
        const fast = simulate(traffic, setting({ ...cluster, autoscaling }, source));
        const slow = simulateStepwise(traffic, { ...cluster, ...source, autoscaling, target: 10, firstSync: 0 });
        expect(fast.sizes).toEqual(slow.sizes);
        expect(fast.ready).toEqual(slow.ready);
      },
    ),
    { numRuns: 150 },
  );
});
