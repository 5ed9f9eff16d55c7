import { createController, parseQuantity, readHpa } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { hpaOf, podinfo } from "../../testing/recordAutoscaler";
import {
  Reaction,
  ScalingPace,
  type TrafficAutoscalerArgs,
  type TrafficAutoscalerBehaviorArgs,
  type TrafficAutoscalerScalingArgs,
} from ".";
import { hpaBehavior } from "./behavior";

const behaviorOf = async (behavior?: TrafficAutoscalerBehaviorArgs) =>
  (await hpaOf({ ...podinfo, ...(behavior ? { behavior } : {}) })).spec.behavior;

const scaleUpOf = (scaleUp: pulumi.Unwrap<TrafficAutoscalerScalingArgs>) =>
  hpaBehavior({ maxReplicas: 1, behavior: { scaleUp } })?.scaleUp;

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
  expect(scaleUpOf({ tolerance: 0 })).toMatchObject({ tolerance: "0" });
});

// ValidateHorizontalPodAutoscaler of Kubernetes 1.37.
test.each(Object.values(ScalingPace))("the API server takes the pace %s in both directions", (pace) => {
  const { scaleUp, scaleDown } = JSON.parse(
    JSON.stringify(hpaBehavior({ maxReplicas: 1, behavior: { scaleUp: { pace }, scaleDown: { pace } } })),
  );
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
    const { tolerance } = JSON.parse(JSON.stringify(scaleUpOf({ tolerance: milli / 1000 })));
    expect(parseQuantity(tolerance)).toMatchObject({ milli: BigInt(milli), canonical: tolerance });
  }
});

describe("the reaction Direct", () => {
  const directOf = async (args: Partial<TrafficAutoscalerArgs> = {}) =>
    (await hpaOf({ ...podinfo, reaction: Reaction.Direct, ...args })).spec.behavior;
  const direct = (most: number) => ({
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [
      { type: "Pods", value: Math.ceil(most / 2), periodSeconds: 10 },
      { type: "Percent", value: 900, periodSeconds: 10 },
    ],
  });

  test("scales up by its own rates, and down by those of Kubernetes", async () => {
    expect(await directOf({ maxReplicas: 41 })).toEqual({ scaleUp: direct(41) });
    expect(await directOf({ maxReplicas: pulumi.output(1) })).toEqual({ scaleUp: direct(1) });
  });

  test("is the same when it is known only later, and another reaction then sets no rates", async () => {
    expect(await directOf({ reaction: pulumi.output(Reaction.Direct) })).toEqual({ scaleUp: direct(10) });
    expect(await directOf({ reaction: pulumi.output(Reaction.Steady) })).toBeUndefined();
  });

  test("gives way to a pace and to rates, and keeps its rates beside other settings", async () => {
    expect(await directOf({ behavior: { scaleUp: { pace: ScalingPace.Slow } } })).toMatchObject({
      scaleUp: { stabilizationWindowSeconds: 60 },
    });
    expect(await directOf({ behavior: { scaleUp: { podsPerMinute: 3 } } })).toMatchObject({
      scaleUp: { policies: [{ type: "Pods", value: 3, periodSeconds: 60 }] },
    });
    expect(
      await directOf({ behavior: { scaleUp: { tolerance: 0.05 }, scaleDown: { pace: ScalingPace.Never } } }),
    ).toEqual({
      scaleUp: { ...direct(10), tolerance: "50m" },
      scaleDown: expect.objectContaining({ selectPolicy: "Disabled" }),
    });
  });

  test.each([1, 2, 5, 20, 97, 1_000])(
    "reaches %d pods from one in two syncs, also when they come early",
    async (most) => {
      const { status } = readHpa(await hpaOf({ ...podinfo, reaction: Reaction.Direct, maxReplicas: most }));
      const metrics = [{ type: "External" as const, kind: "averageValue" as const, goal: 1 }];
      const controller = createController({ ...status, metrics, downscaleStabilizationSeconds: 300 });
      const first = controller.sync(0, 1, [most]);
      expect(controller.sync(14.9, first, [most])).toBe(most);
    },
  );
});
