import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readHpa } from "./hpa";

const external = (name: string, target: object) => ({ type: "External", external: { metric: { name }, target } });

const HPA = {
  metadata: { namespace: "test", name: "podinfo", uid: "u", annotations: { note: "x" } },
  spec: {
    minReplicas: 2,
    maxReplicas: 10,
    scaleTargetRef: { kind: "Deployment", name: "podinfo" },
    metrics: [
      { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } },
      external("rps", { type: "AverageValue", averageValue: "10" }),
      external("p99", { type: "Value", value: "250m" }),
    ],
    behavior: { scaleUp: { tolerance: "5m" } },
  },
  status: {
    currentReplicas: 3,
    desiredReplicas: 4,
    lastScaleTime: "2026-11-25T12:00:00Z",
    currentMetrics: [
      { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 35, averageValue: "350m" } } },
      { type: "External", external: { metric: { name: "rps" }, current: { averageValue: "12500m" } } },
      { type: "" },
    ],
    conditions: [{ type: "ScalingActive", status: "False", reason: "FailedGetExternalMetric", message: "none" }],
  },
};

/** The HPA with another value at a path such as `spec.minReplicas`. */
function withValue(path: string, value: unknown): unknown {
  const copy = structuredClone(HPA) as unknown;
  const keys = path.split(/[.[\]]+/).filter((key) => key !== "");
  const last = keys.pop() ?? "";
  const parent = keys.reduce(
    (object: Record<string, unknown>, key) => object[key] as Record<string, unknown>,
    copy as Record<string, unknown>,
  );
  parent[last] = value;
  return copy;
}

test("the scale target is read whole, and an incomplete one is none", () => {
  const targetOf = (scaleTargetRef: unknown) => readHpa({ spec: { maxReplicas: 1, scaleTargetRef } }).scaleTarget;
  const target = { apiVersion: "apps.kruise.io/v1alpha1", kind: "CloneSet", name: "w".repeat(300) };
  expect(targetOf(target)).toEqual(target);
  expect(targetOf({ kind: "Deployment", name: "web" })).toEqual({ apiVersion: "", kind: "Deployment", name: "web" });
  for (const incomplete of [undefined, {}, { kind: "Deployment" }, { name: "web" }, []])
    expect(targetOf(incomplete)).toBeUndefined();
});

describe("an HPA that is read", () => {
  test("has its limits, its behavior, and each metric with its usage in the unit of its goal", () => {
    expect(readHpa(HPA)).toMatchObject({
      namespace: "test",
      name: "podinfo",
      uid: "u",
      annotations: { note: "x" },
      externalMetrics: [{ name: "rps" }, { name: "p99" }],
      unreadable: [],
      status: {
        target: "Deployment/podinfo",
        minReplicas: 2,
        maxReplicas: 10,
        currentReplicas: 3,
        desiredReplicas: 4,
        tolerance: { up: 0.005, down: 0.1 },
        behavior: { scaleUp: { stabilizationSeconds: 0 }, scaleDown: { stabilizationSeconds: 300 } },
        metrics: [
          { type: "Resource", name: "cpu", kind: "utilization", goal: 70, usage: 35 },
          { type: "External", name: "rps", kind: "averageValue", goal: 10_000, usage: 12_500 },
          { type: "External", name: "p99", kind: "value", goal: 250, usage: undefined },
        ],
        conditions: [{ reason: "FailedGetExternalMetric", message: "none" }],
      },
    });
  });

  test("has the defaults of Kubernetes for what it leaves out", () => {
    const { status, unreadable } = readHpa({ spec: { maxReplicas: 5 } });
    expect(status).toMatchObject({ minReplicas: 1, behavior: undefined, tolerance: { up: 0.1, down: 0.1 } });
    expect([status.currentReplicas, unreadable]).toEqual([undefined, []]);
  });

  test("has 0 replicas if the API server left them out after the first sync", () => {
    const { status } = readHpa({ status: { conditions: [{ type: "AbleToScale", status: "True" }] } });
    expect(status.currentReplicas).toBe(0);
  });

  test("has no usage of zero pods, which the controller reports as the largest number", () => {
    const path = "status.currentMetrics[1].external.current.averageValue";
    expect(readHpa(withValue(path, "9223372036854775807m")).status.metrics[1]?.usage).toBeUndefined();
  });

  test.each([
    ["spec.minReplicas", "2"],
    ["spec.minReplicas", -1],
    ["spec.maxReplicas", 1.5],
    ["spec.maxReplicas", undefined],
    ["spec.scaleTargetRef", "podinfo"],
    ["spec.metrics", {}],
    ["spec.metrics[1].type", "Extrenal"],
    ["spec.metrics[1].external.metric.name", undefined],
    ["spec.metrics[1].external.target.averageValue", "ten"],
    ["spec.metrics[1].external.target.averageValue", "0"],
    ["spec.metrics[1].external.target", {}],
    ["spec.metrics[0].resource.target.averageUtilization", "70%"],
    ["spec.behavior.scaleUp.tolerance", "much"],
    ["spec.behavior.scaleUp.selectPolicy", "Most"],
    ["spec.behavior.scaleUp.policies", [{ type: "Pods", value: 0, periodSeconds: 15 }]],
    ["spec.behavior.scaleDown", "never"],
    ["metadata.annotations.note", 1],
    ["status.currentReplicas", "3"],
  ])("names %s as unreadable if it is %j", (path, value) => {
    expect(readHpa(withValue(path, value)).unreadable).not.toEqual([]);
  });

  test.each([
    ["metrics", "spec.metrics", Array.from({ length: 5_000 }, () => HPA.spec.metrics[1])],
    ["conditions", "status.conditions", Array.from({ length: 5_000 }, () => ({ message: "x".repeat(5_000) }))],
    [
      "selector terms",
      "spec.metrics[1].external.metric.selector",
      { matchLabels: Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`l${i}`, "v"])) },
    ],
    ["reports", "spec.metrics", Array.from({ length: 500 }, () => "x".repeat(10_000))],
  ])("is bounded, whatever the number of %s", (_, path, value) => {
    const { annotations: _annotations, ...read } = readHpa(withValue(path, value));
    expect(JSON.stringify(read).length).toBeLessThan(300_000);
    expect(read.unreadable.length).toBeLessThanOrEqual(20);
  });

  test("can be anything at all", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.anything(), (metadata, spec, status) => {
        expect(readHpa({ metadata, spec, status }).status.minReplicas).toBeGreaterThanOrEqual(0);
      }),
    );
    for (const nothing of [undefined, null, 1, "x", []]) expect(readHpa(nothing).name).toBe("");
  });
});
