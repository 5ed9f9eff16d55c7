import { describe, expect, test } from "@jest/globals";
import { parseHpaStatus } from "../hpas/hpaStatus.ts";
import { desiredSizeOf } from "./desiredSize.ts";

/** An HPA with external metrics of 10 for each pod, from 2 to 8 replicas. */
function hpaStatus(current: number | undefined, metrics = 1, more: object = {}, isDisabled = false) {
  const conditions = isDisabled
    ? [{ type: "ScalingActive", status: "False", reason: "ScalingDisabled", message: "zero" }]
    : [{ type: "AbleToScale", status: "True", reason: "SucceededGetScale" }];
  const metric = {
    type: "External",
    external: { metric: { name: "rps" }, target: { type: "AverageValue", averageValue: "10" } },
  };
  return parseHpaStatus({
    spec: { minReplicas: 2, maxReplicas: 8, metrics: Array.from({ length: metrics }, () => metric), ...more },
    status: current === undefined ? {} : { ...(current > 0 ? { currentReplicas: current } : {}), conditions },
  });
}

describe("what the HPA controller will make of the readings", () => {
  test.each([
    ["nothing is known before its first round", undefined, [50_000], undefined, "unknown"],
    ["the metric decides within the bounds", 3, [50_000], 5, "metric"],
    ["near the target nothing changes", 5, [54_000], 5, "metric"],
    ["more than the maximum is the maximum", 5, [100_000], 8, "maximum"],
    ["less than the minimum is the minimum", 5, [1_000], 2, "minimum"],
    ["outside its bounds the metrics do not count", 12, [100_000], 8, "bounds"],
    ["below its bounds the metrics do not count", 1, [50_000], 2, "bounds"],
    ["without a reading it keeps its size", 5, [undefined], 5, "nothing"],
    ["of two metrics the greater decides", 3, [50_000, 60_000], 6, "metric"],
    ["with one reading missing it may grow", 3, [undefined, 60_000], 6, "metric"],
    ["with one reading missing it does not shrink", 6, [undefined, 30_000], 6, "missing"],
  ] as const)("%s", (_, current, usages, replicas, because) => {
    expect(desiredSizeOf(hpaStatus(current, usages.length), usages)).toMatchObject({ replicas, because });
  });

  test("an HPA's own tolerance is kept to", () => {
    const strict = hpaStatus(5, 1, { behavior: { scaleUp: { tolerance: "0" } } });
    expect(desiredSizeOf(strict, [50_001]).replicas).toBe(6);
  });

  test.each([
    ["scaleUp", 3, [50_000], 3, "barred"],
    ["scaleUp", 5, [100_000], 5, "barred"],
    ["scaleUp", 5, [30_000], 3, "metric"],
    ["scaleDown", 5, [30_000], 5, "barred"],
    ["scaleDown", 5, [1_000], 5, "barred"],
    ["scaleDown", 2, [1_000], 2, "minimum"],
  ] as const)("with %s disabled %d pods that ask for %j are %d", (direction, current, usages, replicas, because) => {
    const blocked = hpaStatus(current, 1, { behavior: { [direction]: { selectPolicy: "Disabled" } } });
    expect(desiredSizeOf(blocked, usages)).toMatchObject({ replicas, because });
  });

  test("a target that somebody set to zero stays there, whatever its minimum", () => {
    for (const minReplicas of [0, 2])
      expect(desiredSizeOf(hpaStatus(0, 1, { minReplicas }, true), [50_000])).toMatchObject({
        replicas: 0,
        because: "disabled",
      });
  });

  test("one that the controller took to zero goes to a minimum that was raised since", () => {
    expect(desiredSizeOf(hpaStatus(0), [0])).toMatchObject({ replicas: 2, because: "minimum" });
  });

  test("from zero an HPA that may go there grows by its metric", () => {
    expect(desiredSizeOf(hpaStatus(0, 1, { minReplicas: 0 }), [12_000])).toMatchObject({
      replicas: 2,
      because: "metric",
    });
  });
});
