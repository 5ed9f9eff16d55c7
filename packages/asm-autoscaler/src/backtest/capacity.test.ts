import { behaviorOf, DEFAULT_TOLERANCE } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { peakSize, perfectForecast } from "./baselines";
import type { BoundHpa } from "./binding";
import { capacitiesOf } from "./capacity";
import { loadOf } from "./load";
import { SHAPES, shapedTraffic } from "./shapes";
import { type Setting, simulate } from "./simulate";
import type { RequestSource } from "./sources";
import { trafficThrough } from "./traffic";
import { judge } from "./verdict";

const source: RequestSource = {
  kind: "requests",
  ...{ load: 0, windowSeconds: 60, countedBy: "pods", evaluationSeconds: 3, isDirect: false },
};

function bounds(tolerance = DEFAULT_TOLERANCE) {
  return {
    ...{
      minReplicas: 1,
      maxReplicas: 100,
      tolerance,
      behavior: behaviorOf(undefined),
      downscaleStabilizationSeconds: 300,
    },
  };
}

function bound(target: number, tolerance = DEFAULT_TOLERANCE): BoundHpa {
  const metric = { name: "rps", target, source } as unknown as BoundHpa["metrics"][number];
  const hpa = { id: "test/web", bounds: bounds(tolerance), metrics: [], ignored: [] };
  return { hpa, metrics: [metric], scaled: [], first: 0, ignored: [] };
}

function settingFor(target: number): Setting {
  return {
    autoscaling: { ...bounds(), metrics: [{ type: "External", kind: "averageValue", goal: target * 1000 }] },
    sources: [source],
    ...{ scrapeIntervalSeconds: 15, readyAfterSeconds: 20, syncSeconds: 15, firstSync: 0 },
  };
}

describe("the capacity of a comparison", () => {
  test("is the target of the current HPA plus a tenth, whatever the new one and its tolerance have", () => {
    expect(capacitiesOf([], bound(10, { up: 0.5, down: 0 }), false)).toEqual([
      { name: "rps", load: 0, requestsPerSecond: 11, source: "the current target of 10 plus a tenth" },
    ]);
  });

  test("is the HPA's own where there is no other, and that of --capacity where it is given", () => {
    expect(capacitiesOf([], bound(0.3), true)).toMatchObject([
      { requestsPerSecond: 0.33, source: "the target of 0.3 plus a tenth" },
    ]);
    for (const name of [undefined, "rps"])
      expect(capacitiesOf([{ name, requestsPerSecond: 15 }], bound(10), false)).toMatchObject([
        { requestsPerSecond: 15, source: "set by --capacity" },
      ]);
  });

  test.each(SHAPES)("shows a lower target as no worse than a higher one, and never with fewer pods: %s", (shape) => {
    const loads = [loadOf(shapedTraffic(shape, 10, 100, 7_200))];
    const verdicts = [12, 10, 8, 6].map((target) =>
      judge(simulate(loads, settingFor(target)), [{ load: 0, requestsPerSecond: 11 }]),
    );
    const seconds = verdicts.map(({ secondsAboveCapacity }) => secondsAboveCapacity);
    expect(seconds).toEqual(seconds.toSorted((a, b) => b - a));
    const pods = verdicts.map(({ podHours }) => podHours);
    expect(pods).toEqual(pods.toSorted((a, b) => a - b));
  });

  test("does not change what an HPA does", () => {
    const run = simulate([loadOf(shapedTraffic("step", 5, 75, 3_600))], settingFor(10));
    const [low, high] = [1, 100].map((requestsPerSecond) => judge(run, [{ load: 0, requestsPerSecond }]));
    const { requestsAboveCapacity, secondsAboveCapacity, worstDay } = high ?? {};
    expect({ ...low, requestsAboveCapacity, secondsAboveCapacity, worstDay }).toEqual(high);
    expect(low?.secondsAboveCapacity).toBeGreaterThan(high?.secondsAboveCapacity ?? 0);
  });
});

const anyTraffic = fc
  .array(fc.double({ min: 0, max: 500, noNaN: true }), { minLength: 2, maxLength: 30 })
  .map((rates) => trafficThrough(rates.map((requestsPerSecond, index) => ({ second: index * 60, requestsPerSecond }))));
const anyCapacity = fc.double({ min: 1, max: 60, noNaN: true });

describe("on any traffic", () => {
  test("no autoscaling at the peak size has no request above capacity", () => {
    fc.assert(
      fc.property(anyTraffic, anyCapacity, (traffic, requestsPerSecond) => {
        const [loads, capacities] = [[loadOf(traffic)], [{ load: 0, requestsPerSecond }]];
        const run = peakSize(loads, capacities, { from: 0, to: traffic.seconds });
        expect(judge(run, capacities)).toMatchObject({ requestsAboveCapacity: 0, scaleUps: 0, scaleDowns: 0 });
      }),
    );
  });

  test("a perfect forecast has no request above capacity if maxReplicas allows it, and no more pods than the peak size", () => {
    fc.assert(
      fc.property(anyTraffic, anyCapacity, fc.nat(300), (traffic, requestsPerSecond, readyAfterSeconds) => {
        const [loads, capacities] = [[loadOf(traffic)], [{ load: 0, requestsPerSecond }]];
        const judged = { from: 0, to: traffic.seconds };
        const limits = { minReplicas: 1, maxReplicas: 1_000, readyAfterSeconds };
        const perfect = judge(perfectForecast(loads, capacities, judged, limits), capacities);
        expect(perfect.requestsAboveCapacity).toBe(0);
        const peak = judge(peakSize(loads, capacities, judged), capacities);
        expect(perfect.podHours).toBeLessThanOrEqual(peak.podHours);
        const short = judge(perfectForecast(loads, capacities, judged, { ...limits, maxReplicas: 1 }), capacities);
        expect(short.mostReplicas).toBe(1);
      }),
    );
  });

  test("what is above capacity on the worst day is a part of all of it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { minLength: 48, maxLength: 72 }),
        fc.nat(86_400),
        (rates, startsAt) => {
          const traffic = trafficThrough(
            rates.map((rate, hour) => ({ second: hour * 3_600, requestsPerSecond: rate })),
            1e9 + startsAt,
          );
          const run = simulate([loadOf(traffic)], settingFor(10));
          const { worstDay, requestsAboveCapacity } = judge(
            run,
            [{ load: 0, requestsPerSecond: 11 }],
            traffic.startsAt,
          );
          expect(worstDay?.requestsAboveCapacity ?? 0).toBeLessThanOrEqual(requestsAboveCapacity * (1 + 1e-9));
          expect(((worstDay?.second ?? 0) + startsAt + 1e9) % 86_400 === 0 || (worstDay?.second ?? 0) === 0).toBe(true);
        },
      ),
      { numRuns: 10 },
    );
  });
});
