import { createController, readHpa } from "@asm-autoscaler/hpa-metrics";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { hpaOf, KEY, podinfo, warningsOf } from "../../testing/recordAutoscaler";
import {
  Reaction,
  ScalingPace,
  ScalingPolicySelect,
  ScalingPolicyType,
  TrafficAutoscaler,
  type TrafficAutoscalerArgs,
} from ".";

const refused = (args: TrafficAutoscalerArgs) => inputErrorsOf(() => new TrafficAutoscaler("web", args));
const refusedJson = (args: object) => refused({ ...podinfo, ...JSON.parse(JSON.stringify(args)) });
const QUERY = `${KEY}podinfo-requests-per-second`;

describe("the object's own fields", () => {
  test("name, labels and annotations are the user's, and the queries stay", async () => {
    for (const wrap of [<T>(value: T) => value, pulumi.output]) {
      const { metadata, spec } = await hpaOf({
        ...podinfo,
        name: wrap("podinfo-traffic"),
        labels: wrap({ team: "shop" }),
        annotations: wrap({ "pulumi.com/patchForce": "true" }),
      });
      expect(metadata).toEqual({
        name: "podinfo-traffic",
        namespace: "test",
        labels: { team: "shop" },
        annotations: { "pulumi.com/patchForce": "true", [QUERY]: expect.any(String) },
      });
      expect(spec.scaleTargetRef).toMatchObject({ name: "podinfo" });
    }
  });

  test("an annotation of a query, of one's own or of another metric, is refused", () => {
    const keys = [QUERY, "metric-config.pods.x.json-path/port"];
    const annotations = Object.fromEntries(keys.map((key) => [key, "x"]));
    expect(refused({ ...podinfo, annotations })).toEqual(
      keys.map((key) => [`annotations[${JSON.stringify(key)}]`, "ASM_KEY_RESERVED"]),
    );
  });
});

describe("scaling rules as Kubernetes has them", () => {
  const policies = [
    { type: ScalingPolicyType.Pods, value: 3, periodSeconds: 45 },
    { type: ScalingPolicyType.Percent, value: 20, periodSeconds: 1800 },
  ];

  test("take the place of those of the pace, and of the reaction Direct", async () => {
    for (const own of [{}, { reaction: Reaction.Direct }]) {
      const scaleUp = { policies, selectPolicy: ScalingPolicySelect.Min };
      const { behavior } = (await hpaOf({ ...podinfo, ...own, behavior: { scaleUp } })).spec;
      expect(behavior).toEqual({ scaleUp: { stabilizationWindowSeconds: 0, policies, selectPolicy: "Min" } });
    }
  });

  test("are refused where the API server refuses them, or where they contradict other rules", () => {
    const behavior = {
      scaleUp: { policies: [{ type: "Pods", value: 0, periodSeconds: 1801 }, { type: "Pod" }], podsPerMinute: 4 },
      scaleDown: { pace: ScalingPace.Never, selectPolicy: "Min", policies: [] },
    };
    expect(refusedJson({ behavior })).toEqual([
      ["behavior.scaleUp.policies[1].type", "ASM_CHOICE_UNKNOWN"],
      ["behavior.scaleUp.policies[0].value", "ASM_COUNT_INVALID"],
      ["behavior.scaleUp.policies[0].periodSeconds", "ASM_COUNT_INVALID"],
      ["behavior.scaleUp.policies[1].value", "ASM_ARGUMENT_MISSING"],
      ["behavior.scaleUp.policies[1].periodSeconds", "ASM_ARGUMENT_MISSING"],
      ["behavior.scaleUp.podsPerMinute", "ASM_ARGUMENT_MISPLACED"],
      ["behavior.scaleDown.policies", "ASM_ARGUMENT_MISPLACED"],
      ["behavior.scaleDown.selectPolicy", "ASM_ARGUMENT_MISPLACED"],
      ["behavior.scaleDown.policies", "ASM_ARGUMENT_MISSING"],
    ]);
  });
});

describe("paused", () => {
  // The warning has a test of its own.
  beforeEach(() => void jest.spyOn(pulumi.log, "warn").mockResolvedValue(undefined));
  afterEach(() => void jest.restoreAllMocks());

  /** The size that the HPA controller gives to a number of pods, for a load that needs `wanted`. */
  async function sizeOf(current: number, wanted: number): Promise<number> {
    const { status } = readHpa(await hpaOf({ ...podinfo, minReplicas: 2, paused: true }));
    const metrics = [{ type: "External" as const, kind: "averageValue" as const, goal: 1 }];
    const controller = createController({ ...status, metrics, downscaleStabilizationSeconds: 0 });
    controller.sync(0, current, [wanted]);
    return controller.sync(4000, current, [wanted]);
  }

  test("keeps every size that minReplicas and maxReplicas allow, and mends any other", async () => {
    for (const current of [2, 4, 10]) for (const wanted of [1, 9]) expect(await sizeOf(current, wanted)).toBe(current);
    expect([await sizeOf(1, 9), await sizeOf(20, 9)]).toEqual([2, 10]);
  });

  const paused = async (args: Partial<TrafficAutoscalerArgs>) => {
    return (await hpaOf({ ...podinfo, paused: true, ...args })).spec.behavior;
  };

  test("allows no change in either direction, and keeps all other rules for afterwards", async () => {
    for (const args of [{}, { reaction: Reaction.Direct }, { behavior: { scaleUp: { podsPerMinute: 3 } } }]) {
      const before = (await hpaOf({ ...podinfo, ...args })).spec.behavior as Record<string, object> | undefined;
      const during = (await paused(args)) as Record<string, object>;
      for (const direction of ["scaleUp", "scaleDown"]) {
        expect(during[direction]).toMatchObject({ ...before?.[direction], selectPolicy: "Disabled" });
        expect(during[direction]).toHaveProperty("policies");
      }
    }
  });

  test("of false is the same as none", async () => {
    expect((await hpaOf({ ...podinfo, paused: false })).spec).toEqual((await hpaOf(podinfo)).spec);
  });

  test("is a warning in each preview and update", async () => {
    jest.restoreAllMocks();
    const warnings = (args: object) => warningsOf(() => void new TrafficAutoscaler("web", { ...podinfo, ...args }));
    expect(await warnings({ paused: true })).toEqual(["paused: ASM_AUTOSCALER_PAUSED"]);
    expect(await warnings({ paused: pulumi.output(true) })).toEqual(["paused: ASM_AUTOSCALER_PAUSED"]);
  });
});

describe("metrics from other sources", () => {
  const container = {
    type: "ContainerResource",
    containerResource: { name: "cpu", container: "app", target: { type: "Utilization", averageUtilization: 70 } },
  };
  const queue = {
    type: "Object",
    object: {
      describedObject: { apiVersion: "v1", kind: "Service", name: "queue" },
      metric: { name: "depth" },
      target: { type: "Value", value: "0.5" },
    },
  };
  const pods = {
    type: "Pods",
    pods: { metric: { name: "jobs" }, target: { type: "AverageValue", averageValue: "1000" } },
  };
  const sls = {
    type: "External",
    external: { metric: { name: "sls_ingress_qps" }, target: { type: "AverageValue", averageValue: "10" } },
  };

  test("are the last metrics, with quantities as the API server prints them", async () => {
    const schedules = [{ from: "08:00", to: "20:00", replicas: 2 }];
    for (const additionalMetrics of [[container, queue, pods, sls], pulumi.output([container, queue, pods, sls])]) {
      const { metrics } = (await hpaOf({ ...podinfo, schedules, additionalMetrics })).spec;
      expect(metrics.slice(0, 2).map(({ type }) => type)).toEqual(["External", "External"]);
      expect(metrics.slice(2)).toEqual([
        container,
        { ...queue, object: { ...queue.object, target: { type: "Value", value: "500m" } } },
        { ...pods, pods: { ...pods.pods, target: { type: "AverageValue", averageValue: "1k" } } },
        sls,
      ]);
    }
  });

  test("let a workload scale from zero if they have a value without pods", async () => {
    const idle = { ...podinfo, minReplicas: 0 };
    expect((await hpaOf({ ...idle, additionalMetrics: [sls] })).spec).toMatchObject({ minReplicas: 0 });
    expect(refused({ ...idle, additionalMetrics: [container] })).toEqual([["minReplicas", "ASM_ZERO_UNSEEN"]]);
  });

  test("are refused without what the API server requires of their type", () => {
    const additionalMetrics = [
      { type: "Resource", resource: { target: { type: "Utilization" } } },
      { type: "ContainerResource", containerResource: { name: "cpu", target: { type: "AverageValue" } } },
      { type: "Pods", pods: { metric: {}, target: { type: "Value", value: "1" } } },
      { type: "Object", object: { describedObject: { kind: "Service" }, target: { type: "Value" } } },
      { type: "External", external: { metric: { name: "a" }, target: { value: "1" } } },
      { type: "External", external: { target: { type: "AverageValue", value: "1" } } },
    ];
    expect(refusedJson({ additionalMetrics })).toEqual([
      ["additionalMetrics[0].resource.name", "ASM_ARGUMENT_MISSING"],
      ["additionalMetrics[0].resource.target.averageUtilization", "ASM_ARGUMENT_MISSING"],
      ["additionalMetrics[1].containerResource.container", "ASM_ARGUMENT_MISSING"],
      ["additionalMetrics[1].containerResource.target.averageValue", "ASM_ARGUMENT_MISSING"],
      ["additionalMetrics[2].pods.metric.name", "ASM_ARGUMENT_MISSING"],
      ["additionalMetrics[2].pods.target.type", "ASM_CHOICE_UNKNOWN"],
      ["additionalMetrics[3].object.describedObject.name", "ASM_ARGUMENT_MISSING"],
      ["additionalMetrics[3].object.metric", "ASM_ARGUMENT_MISSING"],
      ["additionalMetrics[3].object.target.value", "ASM_ARGUMENT_MISSING"],
      ["additionalMetrics[4].external.target.type", "ASM_ARGUMENT_MISSING"],
      ["additionalMetrics[5].external.metric", "ASM_ARGUMENT_MISSING"],
      ["additionalMetrics[5].external.target.averageValue", "ASM_ARGUMENT_MISSING"],
    ]);
  });

  test("are refused with their paths", () => {
    const served = { ...sls, external: { ...sls.external, metric: { name: "prometheus-query" } } };
    const additionalMetrics = [
      { type: "Gauge" },
      { ...container, type: "Pods" },
      { type: "Resource", resource: { name: "cpu" } },
      { ...pods, pods: { ...pods.pods, target: { type: "AverageValue", averageValue: "many" } } },
      served,
    ];
    expect(refusedJson({ additionalMetrics })).toEqual([
      ["additionalMetrics[0].type", "ASM_CHOICE_UNKNOWN"],
      ["additionalMetrics[1].pods", "ASM_ARGUMENT_MISSING"],
      ["additionalMetrics[1].containerResource", "ASM_ARGUMENT_MISPLACED"],
      ["additionalMetrics[2].resource.target", "ASM_ARGUMENT_MISSING"],
      ["additionalMetrics[3].pods.target.averageValue", "ASM_TARGET_INVALID"],
      ["additionalMetrics[4].external.metric", "ASM_ARGUMENT_MISPLACED"],
    ]);
  });
});
