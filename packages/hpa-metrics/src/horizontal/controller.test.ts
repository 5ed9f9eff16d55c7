import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type BehaviorSpec, behaviorOf, toleranceOf } from "./behavior";
import { type Autoscaling, createController } from "./controller";

function hpa(behavior?: BehaviorSpec, more: Partial<Autoscaling> = {}): Autoscaling {
  return {
    minReplicas: 1,
    maxReplicas: 100,
    metrics: [{ type: "External", kind: "averageValue", goal: 10_000 }],
    behavior: behaviorOf(behavior),
    tolerance: toleranceOf(behavior),
    downscaleStabilizationSeconds: 300,
    ...more,
  };
}

/** Syncs every 15 s on these usages (requests per second), and the sizes that follow. */
function sizes(autoscaling: Autoscaling, usages: readonly (number | undefined)[], replicas = 1): number[] {
  const controller = createController(autoscaling);
  let size = replicas;
  return usages.map((usage, index) => {
    size = controller.sync(index * 15, size, [usage === undefined ? undefined : usage * 1000]);
    return size;
  });
}

const repeat = (usage: number, times: number) => Array.from({ length: times }, () => usage);

describe("the HPA controller without a behavior", () => {
  test("grows to four or to double at each sync", () => {
    expect(sizes(hpa(), repeat(300, 5))).toEqual([4, 8, 16, 30, 30]);
  });

  test("shrinks only when all desired sizes in the stabilization window are lower", () => {
    const fallen = sizes(hpa(), [...repeat(50, 2), ...repeat(0, 25)], 5);
    // The metrics at 15 s no longer counts at 315 s.
    expect(fallen.lastIndexOf(5) * 15).toBe(300);
    expect(fallen.at(-1)).toBe(1);
  });

  test("a desired size that rises within the window limits the decrease", () => {
    expect(sizes(hpa(undefined, { downscaleStabilizationSeconds: 30 }), [80, 60, 40, 40, 40, 40], 8)).toEqual([
      8, 8, 6, 4, 4, 4,
    ]);
  });
});

describe("the HPA controller with a behavior", () => {
  test("grows by the larger of two policies within their periods", () => {
    const behavior = {
      scaleUp: { policies: [{ type: "Pods", value: 2, periodSeconds: 60 }] },
    };
    // Two in each 60 s: a change counts for less than 60 s.
    expect(sizes(hpa(behavior), repeat(300, 9))).toEqual([3, 3, 3, 3, 5, 5, 5, 5, 7]);
  });

  test("selects the smaller change where it is told to", () => {
    const policies = [
      { type: "Pods", value: 1, periodSeconds: 15 },
      { type: "Percent", value: 100, periodSeconds: 15 },
    ];
    expect(sizes(hpa({ scaleUp: { policies, selectPolicy: "Min" } }), repeat(300, 3), 4)).toEqual([5, 6, 7]);
    expect(sizes(hpa({ scaleUp: { policies, selectPolicy: "Max" } }), repeat(300, 3), 4)).toEqual([8, 16, 30]);
    expect(sizes(hpa({ scaleUp: { policies, selectPolicy: "Disabled" } }), repeat(300, 3), 4)).toEqual([4, 4, 4]);
  });

  test("an empty behavior is one: the API server fills in both directions", () => {
    expect(sizes(hpa({}), [100])).toEqual([5]);
    expect(sizes(hpa(), [100])).toEqual([4]);
  });

  // Kubernetes 1.37, storeScaleEvent: of the ups at 16, 32 and 48 s one has given its place to that at 200 s.
  test("remembers changes of one direction for the longer periods of the other", () => {
    const up = [
      { type: "Pods", value: 1, periodSeconds: 15 },
      { type: "Pods", value: 1, periodSeconds: 60 },
    ];
    const down = [{ type: "Pods", value: 1, periodSeconds: 600 }];
    const behavior = {
      scaleUp: { policies: up, stabilizationWindowSeconds: 0 },
      scaleDown: { policies: down, stabilizationWindowSeconds: 0 },
    };
    const controller = createController(hpa(behavior));
    let size = 10;
    for (const [at, wanted] of [
      [16, 11],
      [32, 12],
      [48, 13],
      [200, 14],
      [300, 1],
    ] as const)
      size = controller.sync(at, size, [wanted * 10_000 * 1.2]);
    expect(size).toBe(10);
  });

  // Kubernetes 1.37, storeScaleEvent: a sync comes a little later than its period, so each change takes the place of the last.
  test("of a policy's period that is one sync only the last change is remembered", () => {
    const policies = [{ type: "Pods", value: 1, periodSeconds: 600 }];
    const behavior = { scaleDown: { stabilizationWindowSeconds: 0, policies } };
    expect(sizes(hpa(behavior), [...repeat(400, 5), 10], 5)).toEqual([10, 20, 40, 40, 40, 19]);
  });

  test("with as many pods as an int32 can hold allowed at once it never grows, since Kubernetes' sum wraps", () => {
    const policies = [{ type: "Pods", value: 2 ** 31 - 1, periodSeconds: 15 }];
    expect(sizes(hpa({ scaleUp: { policies } }), repeat(300, 2), 5)).toEqual([5, 5]);
  });

  test("a null counts as nothing said", () => {
    expect(sizes(hpa({ scaleUp: { policies: null, tolerance: null }, scaleDown: null }), [100])).toEqual([5]);
  });

  test.each([
    ["33300u", 100, 1_033.6, 11], // not rounded to thousandths: 3.36 % is beyond 3.33 %
    ["0.118", 1, 11.18, 10], // 1 + 118 * 0.001 is a little more than 1.118
  ])("a tolerance of %s is the number that Go makes of it", (tolerance, goal, usage, size) => {
    const metrics = [{ type: "External", kind: "averageValue" as const, goal: goal * 1_000 }];
    expect(sizes(hpa({ scaleUp: { tolerance } }, { metrics }), [usage], 10)).toEqual([size]);
  });

  test("shrinks by a percentage that is rounded towards fewer pods left", () => {
    const behavior = {
      scaleDown: { stabilizationWindowSeconds: 0, policies: [{ type: "Percent", value: 50, periodSeconds: 15 }] },
    };
    expect(sizes(hpa(behavior), repeat(0, 4), 9)).toEqual([4, 2, 1, 1]);
  });

  test("waits with growing for a stabilization window of its own", () => {
    const behavior = { scaleUp: { stabilizationWindowSeconds: 30 } };
    expect(sizes(hpa(behavior), [10, 10, 50, 50, 50])).toEqual([1, 1, 1, 5, 5]);
  });
});

test("without a reading it keeps its size, and outside its bounds it returns whatever the reading", () => {
  expect(sizes(hpa(), [undefined, undefined], 7)).toEqual([7, 7]);
  expect(sizes(hpa(undefined, { minReplicas: 3, maxReplicas: 5 }), [0], 9)).toEqual([5]);
  expect(sizes(hpa(undefined, { minReplicas: 3 }), [1000], 1)).toEqual([3]);
  expect(sizes(hpa(), [1000], 0)).toEqual([0]);
});

test("with one of two metrics missing it grows and does not shrink", () => {
  const both = hpa(undefined, { metrics: [...hpa().metrics, { type: "External", kind: "value", goal: 250 }] });
  expect(createController(both).sync(0, 5, [80_000, undefined])).toBe(8);
  expect(createController(both).sync(0, 5, [20_000, undefined])).toBe(5);
});

test("whatever happens, the size stays within the bounds once it is there", () => {
  const rules = fc.option(
    fc.record({
      stabilizationWindowSeconds: fc.nat(600),
      selectPolicy: fc.constantFrom("Max", "Min", "Disabled"),
      policies: fc.array(
        fc.record({
          type: fc.constantFrom("Pods", "Percent"),
          value: fc.integer({ min: 1, max: 200 }),
          periodSeconds: fc.integer({ min: 1, max: 300 }),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    { nil: undefined },
  );
  fc.assert(
    fc.property(
      fc.record({ scaleUp: rules, scaleDown: rules }),
      fc.integer({ min: 1, max: 10 }),
      fc.nat(50),
      fc.array(fc.option(fc.nat(5_000), { nil: undefined }), { maxLength: 60 }),
      (behavior, minReplicas, more, usages) => {
        const bounds = { minReplicas, maxReplicas: minReplicas + more };
        for (const size of sizes(hpa(behavior, bounds), usages, minReplicas)) {
          expect(size).toBeGreaterThanOrEqual(bounds.minReplicas);
          expect(size).toBeLessThanOrEqual(bounds.maxReplicas);
        }
      },
    ),
  );
});
