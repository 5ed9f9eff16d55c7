import { parseQuantity } from "@asm-autoscaler/hpa-metrics";
import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { hpaOf, podinfo } from "../../testing/recordAutoscaler";
import { ScalingPace, type TrafficAutoscalerBehaviorArgs } from ".";
import { hpaBehavior } from "./behavior";

const behaviorOf = async (behavior?: TrafficAutoscalerBehaviorArgs) =>
  (await hpaOf({ ...podinfo, ...(behavior ? { behavior } : {}) })).spec.behavior;

test("nothing is written where nothing is asked", async () => {
  expect(await behaviorOf()).toBeUndefined();
});

test("fast up and slow down, each rule whole", async () => {
  expect(await behaviorOf({ scaleUp: { pace: ScalingPace.Fast }, scaleDown: { pace: ScalingPace.Slow } })).toEqual({
    scaleUp: {
      stabilizationWindowSeconds: 0,
      selectPolicy: "Max",
      policies: [
        { type: "Pods", value: 10, periodSeconds: 15 },
        { type: "Percent", value: 900, periodSeconds: 15 },
      ],
    },
    scaleDown: {
      stabilizationWindowSeconds: 600,
      selectPolicy: "Max",
      policies: [
        { type: "Pods", value: 1, periodSeconds: 60 },
        { type: "Percent", value: 10, periodSeconds: 60 },
      ],
    },
  });
});

test("never down", async () => {
  expect(await behaviorOf({ scaleDown: { pace: ScalingPace.Never } })).toMatchObject({
    scaleDown: { selectPolicy: "Disabled" },
  });
});

test("numbers take the place of the pace's own", async () => {
  const scaleUp = {
    stabilizationWindowSeconds: pulumi.output(0),
    podsPerMinute: 8,
    percentPerMinute: 50,
    tolerance: 0.05,
  };
  expect(await behaviorOf({ scaleUp: { pace: ScalingPace.Slow, ...scaleUp } })).toEqual({
    scaleUp: {
      stabilizationWindowSeconds: 0,
      selectPolicy: "Max",
      policies: [
        { type: "Pods", value: 8, periodSeconds: 60 },
        { type: "Percent", value: 50, periodSeconds: 60 },
      ],
      tolerance: "50m",
    },
  });
});

test("no tolerance is a tolerance of 0", () => {
  expect(hpaBehavior({ scaleUp: { tolerance: 0 } }).scaleUp).toMatchObject({ tolerance: "0" });
});

// ValidateHorizontalPodAutoscaler of Kubernetes 1.37.
test.each(Object.values(ScalingPace))("the API server takes the pace %s in both directions", (pace) => {
  const { scaleUp, scaleDown } = JSON.parse(JSON.stringify(hpaBehavior({ scaleUp: { pace }, scaleDown: { pace } })));
  for (const rules of [scaleUp, scaleDown]) {
    expect(rules.stabilizationWindowSeconds).toBeLessThanOrEqual(3600);
    expect(rules.policies.length).toBeGreaterThan(0);
    for (const { value, periodSeconds } of rules.policies) {
      expect(value).toBeGreaterThan(0);
      expect(periodSeconds).toBeLessThanOrEqual(1800);
    }
  }
});

test("each tolerance reads back as it is written", () => {
  for (let milli = 0; milli <= 1000; milli += 1) {
    const { tolerance } = JSON.parse(JSON.stringify(hpaBehavior({ scaleUp: { tolerance: milli / 1000 } }).scaleUp));
    expect(parseQuantity(tolerance)).toMatchObject({ milli: BigInt(milli), canonical: tolerance });
  }
});
