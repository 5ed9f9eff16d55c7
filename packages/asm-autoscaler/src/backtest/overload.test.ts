import { behaviorOf, DEFAULT_TOLERANCE } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import type { Simulated } from "./autoscaler";
import { overloadLimit } from "./overload";
import { SHAPES, shapedTraffic } from "./shapes";
import { simulate } from "./simulate";
import { judge } from "./verdict";

function hpa(target: number, tolerance = DEFAULT_TOLERANCE): Simulated {
  return {
    id: "test/web",
    autoscaling: {
      ...{
        minReplicas: 1,
        maxReplicas: 50,
        metrics: [{ type: "External", kind: "averageValue", goal: target * 1000 }],
        tolerance,
      },
      ...{ behavior: behaviorOf(undefined), downscaleStabilizationSeconds: 300 },
    },
    ...{ target, windowSeconds: 60, countedBy: "pods", evaluationSeconds: 3, ignored: [] },
  };
}

const cluster = { scrapeIntervalSeconds: 15, readyAfterSeconds: 20, syncSeconds: 15, firstSync: 0 };

describe("the limit of a comparison", () => {
  test("is the target of the current HPA plus its tolerance, whatever the new one has", () => {
    expect(overloadLimit(undefined, hpa(10), false)).toEqual({
      requestsPerSecond: 11,
      source: "the current target of 10 plus its tolerance of 10 %",
    });
    expect(overloadLimit(undefined, hpa(20, { up: 0.5, down: 0 }), false).requestsPerSecond).toBe(30);
  });

  test("is the HPA's own where there is no other, and that of --overload where it is given", () => {
    expect(overloadLimit(undefined, hpa(0.3), true)).toEqual({
      requestsPerSecond: 0.33,
      source: "the target of 0.3 plus its tolerance of 10 %",
    });
    expect(overloadLimit(15, hpa(10), false)).toEqual({ requestsPerSecond: 15, source: "set by --overload" });
  });

  test.each(SHAPES)("shows a lower target as no worse than a higher one: %s", (shape) => {
    const traffic = shapedTraffic(shape, 10, 100, 7_200);
    const { requestsPerSecond } = overloadLimit(undefined, hpa(10), false);
    const verdicts = [12, 10, 8, 6].map((target) =>
      judge(simulate(traffic, { ...hpa(target), ...cluster }), requestsPerSecond),
    );
    const overloaded = verdicts.map(({ overloadedSeconds }) => overloadedSeconds);
    expect(overloaded).toEqual(overloaded.toSorted((a, b) => b - a));
    expect(verdicts.at(-1)?.podHours).toBeGreaterThan(verdicts[0]?.podHours ?? 0);
  });

  test("does not change what an HPA does", () => {
    const run = simulate(shapedTraffic("step", 5, 75, 3_600), { ...hpa(10), ...cluster });
    const [low, high] = [judge(run, 1), judge(run, 100)];
    expect({ ...low, overloadedSeconds: high.overloadedSeconds }).toEqual(high);
    expect(low.overloadedSeconds).toBeGreaterThan(high.overloadedSeconds);
  });
});
