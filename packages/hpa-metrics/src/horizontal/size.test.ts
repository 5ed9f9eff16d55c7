import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type HpaStatus, readHpa } from "./hpa";
import { explainSize, reportedUsages } from "./size";

/** An HPA with external metrics of 10 for each pod, from 2 to 8 replicas. */
function hpaStatus(
  current: number | undefined,
  metrics = 1,
  more: object = {},
  conditions: object[] = [ABLE],
): HpaStatus {
  const metric = {
    type: "External",
    external: { metric: { name: "rps" }, target: { type: "AverageValue", averageValue: "10" } },
  };
  return readHpa({
    spec: { minReplicas: 2, maxReplicas: 8, metrics: Array.from({ length: metrics }, () => metric), ...more },
    status: current === undefined ? {} : { ...(current > 0 ? { currentReplicas: current } : {}), conditions },
  }).status;
}

const ABLE = { type: "AbleToScale", status: "True", reason: "SucceededGetScale" };
const DISABLED = { type: "ScalingActive", status: "False", reason: "ScalingDisabled", message: "zero" };
const NO_WINDOW = { behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } };

describe("the size that readings lead to", () => {
  test.each([
    ["nothing is known before the first sync", undefined, [50_000], undefined, "not-synced"],
    ["a change up that nothing delays", 3, [50_000], 5, "scales"],
    ["the size that the metric asks for", 5, [50_000], 5, "settled"],
    ["above the target, within the tolerance", 5, [54_000], 5, "within-tolerance"],
    ["below the target, within the tolerance", 5, [46_000], 5, "settled"],
    ["more than the maximum is the maximum", 5, [100_000], 8, "at-maximum"],
    ["less than the minimum is the minimum", 2, [1_000], 2, "at-minimum"],
    ["a change down waits for the window", 5, [1_000], 2, "stabilized"],
    ["above its bounds the metrics do not count", 12, [100_000], 8, "out-of-bounds"],
    ["below its bounds the metrics do not count", 1, [50_000], 2, "out-of-bounds"],
    ["without a reading it keeps its size", 5, [undefined], 5, "no-reading"],
    ["of two metrics the greater decides", 3, [50_000, 60_000], 6, "scales"],
    ["with one reading missing it may grow", 3, [undefined, 60_000], 6, "scales"],
    ["with one reading missing it does not shrink", 6, [undefined, 30_000], 6, "missing-reading"],
  ] as const)("%s", (_, current, usages, replicas, reason) => {
    expect(explainSize(hpaStatus(current, usages.length), usages)).toMatchObject({ replicas, reason });
  });

  test("follows the HPA's own tolerance", () => {
    const strict = hpaStatus(5, 1, { behavior: { scaleUp: { tolerance: "0" } } });
    expect(explainSize(strict, [50_001]).replicas).toBe(6);
  });

  test.each([
    ["scaleUp", 3, [50_000], 3, "direction-disabled"],
    ["scaleUp", 5, [100_000], 5, "direction-disabled"],
    ["scaleUp", 5, [30_000], 3, "stabilized"],
    ["scaleDown", 5, [30_000], 5, "direction-disabled"],
    ["scaleDown", 5, [1_000], 5, "direction-disabled"],
    ["scaleDown", 2, [1_000], 2, "at-minimum"],
  ] as const)("with %s disabled, %d pods that ask for %j are %d", (direction, current, usages, replicas, reason) => {
    const blocked = hpaStatus(current, 1, { behavior: { [direction]: { selectPolicy: "Disabled" } } });
    expect(explainSize(blocked, usages)).toMatchObject({ replicas, reason });
  });

  test.each([
    ["ScaleDownStabilized", 5, 30_000, "stabilized"],
    ["ScaleDownLimit", 5, 30_000, "rate-limited"],
    ["ScaleUpStabilized", 3, 50_000, "stabilized"],
    ["ScaleUpLimit", 3, 50_000, "rate-limited"],
    // The condition is of the last sync; the readings ask for the other direction now.
    ["ScaleDownStabilized", 3, 50_000, "scales"],
    ["ScaleUpLimit", 5, 30_000, "scales"],
  ])("after %s, %d pods and a reading of %d are %s", (condition, current, usage, reason) => {
    const conditions = [ABLE, { type: "ScalingLimited", status: "True", reason: condition }];
    expect(explainSize(hpaStatus(current, 1, NO_WINDOW, conditions), [usage]).reason).toBe(reason);
  });

  test("does not wait for the window once the controller has begun to scale down", () => {
    expect(explainSize({ ...hpaStatus(5), desiredReplicas: 3 }, [30_000]).reason).toBe("scales");
    // The API server's value before the controller has computed a size.
    expect(explainSize({ ...hpaStatus(5), desiredReplicas: 0 }, [30_000]).reason).toBe("stabilized");
  });

  test("is zero for a target that somebody set to zero, whatever its minimum", () => {
    for (const minReplicas of [0, 2])
      expect(explainSize(hpaStatus(0, 1, { minReplicas }, [DISABLED]), [50_000])).toMatchObject({
        replicas: 0,
        reason: "scaling-disabled",
      });
  });

  test("is the minimum for one that the controller took to zero, if the minimum was raised since", () => {
    expect(explainSize(hpaStatus(0), [0])).toMatchObject({ replicas: 2, reason: "out-of-bounds" });
  });

  test("is that of the metric, from zero, for an HPA that may go there", () => {
    expect(explainSize(hpaStatus(0, 1, { minReplicas: 0 }), [12_000])).toMatchObject({ replicas: 2, reason: "scales" });
  });

  test("is within the bounds whatever the readings, and one of the reasons always applies", () => {
    const usages = fc.array(fc.option(fc.integer({ min: -1_000, max: 1_000_000 }), { nil: undefined }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(fc.nat(12), usages, (current, values) => {
        const { replicas = -1 } = explainSize(hpaStatus(current, values.length), values);
        expect(replicas).toBeGreaterThanOrEqual(2);
        expect(replicas).toBeLessThanOrEqual(8);
      }),
    );
  });
});

test.each([
  ["External", "external"],
  ["Object", "object"],
])("the values that the controller reported for %s metrics are totals, and unknown for zero pods", (type, field) => {
  const seen = { type, [field]: { metric: { name: "rps" }, current: { averageValue: "12" } } };
  const metrics = [{ type, [field]: { metric: { name: "rps" }, target: { averageValue: "10" } } }];
  const of = (currentReplicas: number) =>
    reportedUsages(readHpa({ spec: { metrics }, status: { currentReplicas, currentMetrics: [seen] } }).status);
  expect([of(3), of(0)]).toEqual([[36_000], [undefined]]);
});
