import { describe, expect, test } from "@jest/globals";
import { readMetricSpecs } from "hpa-metrics";
import { editHpa } from "../cleanHpa.ts";
import { readManifests } from "../manifests.ts";
import { translateScaledObject } from "./scaledObject.ts";

const OWN = "http://prometheus:9090";

function translate(trigger: object, spec: object = { minReplicaCount: 1 }, metadata: object = {}) {
  const [manifest] = readManifests(
    JSON.stringify({
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      metadata: { name: "web", namespace: "shop", ...metadata },
      spec: { scaleTargetRef: { name: "web" }, maxReplicaCount: 9, triggers: [trigger], ...spec },
    }),
    "file",
  ).manifests;
  if (!manifest) throw new Error("no manifest");
  const report = translateScaledObject(manifest, OWN);
  const { annotations, external } = editHpa(Object(report.manifest ?? {}));
  const { specs, problems } = readMetricSpecs(annotations, external);
  return { ...report, external, specs, problems, keys: report.findings.flatMap(({ key }) => key ?? []) };
}

const trigger = (metadata: object, more: object = {}) => ({
  type: "prometheus",
  metadata: { serverAddress: `${OWN}/`, query: "sum(rate(a[1m]))", threshold: "2.5", ...metadata },
  ...more,
});

describe("a ScaledObject", () => {
  test.each(["paused", "paused-replicas", "paused-anything"])(
    "that is %s gives no HPA that would end the pause",
    (key) => {
      const annotations = { [`autoscaling.keda.sh/${key}`]: "true" };
      const { manifest, keys } = translate(trigger({}), { minReplicaCount: 1 }, { annotations });
      expect([manifest, keys[0]]).toEqual([undefined, `autoscaling.keda.sh/${key}`]);
    },
  );

  test("with a long name and two triggers keeps both queries, each with its own policy", () => {
    const other = trigger({ query: "sum(rate(b[1m]))", ignoreNullValues: "false" });
    const spec = { minReplicaCount: 1, triggers: [trigger({}), other] };
    const { specs } = translate(trigger({}), spec, { name: "a".repeat(60) });
    expect(specs.map(({ query, onNoData }) => [query.text, onNoData !== undefined])).toEqual([
      ["sum(rate(a[1m]))", true],
      ["sum(rate(b[1m]))", false],
    ]);
  });
});

describe("a Prometheus trigger", () => {
  test("of several samples is summed, and that is said, since KEDA refuses it", () => {
    const { specs, keys } = translate(trigger({ query: "rate(a[1m])" }));
    expect([specs[0]?.query.text, keys]).toEqual(["sum(rate(a[1m]))", ["triggers[0].metadata.query"]]);
  });

  test("is an HPA that takes no data, NaN and infinity for 0, as KEDA does", () => {
    const { manifest, specs, problems, external, keys } = translate(trigger({}));
    expect(problems).toEqual([]);
    expect(specs).toEqual([
      expect.objectContaining({ server: { kind: "default" }, onNoData: { kind: "value", quantity: "0" } }),
    ]);
    expect(specs[0]?.query.text).toBe("sum(rate(a[1m]))");
    expect(specs[0]).not.toHaveProperty("onError");
    expect(external.map(({ target }) => target)).toEqual([{ type: "AverageValue", averageValue: "2500m" }]);
    expect(manifest).toMatchObject({
      metadata: { name: "web", namespace: "shop" },
      spec: {
        minReplicas: 1,
        maxReplicas: 9,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      },
    });
    expect(keys).toEqual([]);
  });

  test("with ignoreNullValues false holds instead", () => {
    expect(translate(trigger({ ignoreNullValues: "false" })).specs[0]).not.toHaveProperty("onNoData");
    expect(translate(trigger({ ignoreNullValues: "false", query: "a" })).specs[0]?.query.text).toBe("sum(a)");
  });

  test("with metricType Value has a Value target", () => {
    expect(translate(trigger({}, { metricType: "Value" })).external[0]?.target).toEqual({
      type: "Value",
      value: "2500m",
    });
  });

  test("of another server names it", () => {
    const { specs, keys } = translate(trigger({ serverAddress: "https://thanos.example" }));
    expect(specs[0]?.server).toEqual({ kind: "url", url: "https://thanos.example" });
    expect(keys).toEqual(["triggers[0].metadata.serverAddress"]);
  });

  test.each(["activationThreshold", "authModes", "customHeaders", "queryParameters", "namespace", "unsafeSsl"])(
    "tells that %s has no place in an HPA",
    (key) => {
      expect(translate(trigger({ [key]: "1" })).keys).toEqual([`triggers[0].metadata.${key}`]);
    },
  );

  test("with a query or a threshold that is none is left out with the reason", () => {
    const broken = translate(trigger({ query: "sum(" }));
    expect([broken.manifest, broken.keys]).toEqual([undefined, ["triggers[0].metadata.query"]]);
    expect(translate(trigger({ threshold: "0" })).keys).toEqual(["triggers[0].metadata.threshold"]);
  });

  test("with a comment, a scalar or an odd name is still one sample", () => {
    expect(translate(trigger({ query: "a # per pod" })).problems).toEqual([]);
    expect(translate(trigger({ query: "scalar(a)" })).specs[0]?.query.text).toBe("scalar(a)");
    expect(translate(trigger({}, { name: "Requests_Per.Second" })).external[0]?.name).toBe("web-requests-per-second");
  });
});

test("a static fallback becomes the reading that asks for as many replicas, and no other does", () => {
  const withFallback = (fallback: object, more: object = {}) =>
    translate(trigger({}, more), { minReplicaCount: 1, fallback }).specs[0];
  expect(withFallback({ failureThreshold: 3, replicas: 6 })?.onError).toEqual({ kind: "value", quantity: "15" });
  expect(withFallback({ replicas: 6 }, { metricType: "Value" })).not.toHaveProperty("onError");
  expect(withFallback({ replicas: 6, behavior: "currentReplicas" })).not.toHaveProperty("onError");
});

test("what an HPA has not is told: zero replicas, a fallback, a formula, another source", () => {
  const more = { fallback: { replicas: 3 }, advanced: { scalingModifiers: { formula: "a+b" } } };
  expect(translate({ type: "kafka" }, more).keys).toEqual([
    "minReplicaCount",
    "fallback",
    "advanced.scalingModifiers",
    "triggers[0]",
  ]);
});

test("CPU and memory triggers and the behavior are the HPA's own", () => {
  const behavior = { scaleDown: { stabilizationWindowSeconds: 60 } };
  const spec = { minReplicaCount: 2, advanced: { horizontalPodAutoscalerConfig: { behavior } } };
  const { manifest } = translate({ type: "cpu", metricType: "Utilization", metadata: { value: "60" } }, spec);
  expect(manifest).toMatchObject({
    spec: {
      minReplicas: 2,
      behavior,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } } },
      ],
    },
  });
});
