import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseHpaStatus } from "./hpaStatus.ts";

const HPA = {
  spec: {
    minReplicas: 2,
    maxReplicas: 10,
    scaleTargetRef: { kind: "Deployment", name: "podinfo" },
    metrics: [
      { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } },
      { type: "External", external: { metric: { name: "rps" }, target: { type: "AverageValue", averageValue: "10" } } },
      { type: "External", external: { metric: { name: "p99" }, target: { type: "Value", value: "250m" } } },
    ],
  },
  status: {
    currentReplicas: 3,
    desiredReplicas: 4,
    currentMetrics: [
      { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 35, averageValue: "350m" } } },
      { type: "External", external: { metric: { name: "rps" }, current: { averageValue: "12500m" } } },
      { type: "" },
    ],
    conditions: [
      { type: "AbleToScale", status: "True", reason: "ReadyForNewScale", message: "recommended size matches" },
      { type: "ScalingActive", status: "False", reason: "FailedGetExternalMetric", message: "ASM_NO_SERIES: none" },
      { type: "ScalingLimited", status: "True", reason: "ScaleUpLimit", message: "increasing faster" },
      { type: "ScaledToZero", status: "False", reason: "NotScaledToZero", message: "did not scale to zero" },
    ],
  },
};

describe("how an HPA stands", () => {
  test("is its target, bounds, sizes, and each metric with its usage in the unit of its goal", () => {
    expect(parseHpaStatus(HPA)).toMatchObject({
      target: "Deployment/podinfo",
      minReplicas: 2,
      maxReplicas: 10,
      currentReplicas: 3,
      desiredReplicas: 4,
      tolerance: undefined,
      metrics: [
        { type: "Resource", name: "cpu", kind: "utilization", goal: 70, usage: 35 },
        { type: "External", name: "rps", kind: "averageValue", goal: 10_000, usage: 12_500 },
        { type: "External", name: "p99", kind: "value", goal: 250, usage: undefined },
      ],
    });
  });

  test("keeps of its conditions what hinders it, and the words of those that are failures", () => {
    expect(parseHpaStatus(HPA).conditions).toEqual([
      { reason: "FailedGetExternalMetric", message: "ASM_NO_SERIES: none" },
      { reason: "ScaleUpLimit", message: undefined },
    ]);
  });

  test("a tolerance that is given for one direction leaves the other as it is", () => {
    const behavior = { scaleUp: { tolerance: "5m" } };
    expect(parseHpaStatus({ spec: { behavior } }).tolerance).toEqual({ up: 0.005, down: 0.1 });
  });

  test("anything at all is read without a throw", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (spec, status) => {
        expect(parseHpaStatus({ spec, status }).minReplicas).toBeDefined();
      }),
    );
  });
});
