import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import { type ControlPlane, startControlPlane } from "../src/index.ts";

/** `check`: kubectl reads what it prints as it was meant, and the API server accepts it. */

const LAUNCHER = join(process.cwd(), "adapter/bin/asm-metrics-adapter.mjs");

let controlPlane: ControlPlane;
beforeAll(async () => {
  controlPlane = await startControlPlane();
}, 300_000);
afterAll(() => controlPlane?.stop(), 60_000);

const external = (matchLabels: object, target: object) => ({
  type: "External",
  external: { metric: { name: "q", selector: { matchLabels } }, target },
});
const target = { type: "AverageValue", averageValue: "1" };
const hpa = (metadata: object, spec: object = {}) => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "web", namespace: "default", ...metadata },
  spec: {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
    maxReplicas: 3,
    metrics: [external({ type: "prometheus" }, target)],
    ...spec,
  },
});
const QUERY = "metric-config.external.q.prometheus/query";

/** Texts that YAML 1.1 reads as something else without quotes. The first are valid as labels. */
const LABELS = ["NO", "yes", "y", "on", "Off", "null", "08", "0x1F", "1e3", "1_000", "2026-01-01", "1.0", "true"];
const TEXTS = [
  ...LABELS,
  "~",
  "22:22",
  "+1",
  ".5",
  "=",
  "<<",
  "",
  " a",
  "a: b",
  "#",
  "{a}",
  "a\nb\n",
  "a\u2028b",
  "a\u0085",
  "é😀",
];
const listed = (texts: readonly string[]) => Object.fromEntries(texts.map((text, index) => [`t${index}`, text]));

const scaledObject = (spec: object, metadata: object = {}) => ({
  apiVersion: "keda.sh/v1alpha1",
  kind: "ScaledObject",
  metadata: { name: "web", namespace: "default", ...metadata },
  spec: { scaleTargetRef: { name: "web" }, ...spec },
});
const prometheus = {
  type: "prometheus",
  metadata: { serverAddress: "http://p", query: "rate(a[1m])", threshold: "2.5" },
};
const cron = {
  type: "cron",
  metadata: { timezone: "Asia/Shanghai", start: "0 8 * * 1-5", end: "0 20 * * 1-5", desiredReplicas: "6" },
};
const cpu = { type: "cpu", metricType: "Utilization", metadata: { value: "60" } };

const INPUTS: Readonly<Record<string, object>> = {
  "strings that YAML 1.1 takes for something else": hpa({
    name: "null",
    labels: listed(LABELS),
    annotations: { ...listed(TEXTS), off: "on", [QUERY]: "up" },
  }),
  "a query of several lines": hpa({ annotations: { [QUERY]: "# all\nsum by (a) (\n  up\n)\n" } }),
  "an HPA of v2beta1": {
    ...hpa({ annotations: { [QUERY]: "up" } }),
    apiVersion: "autoscaling/v2beta1",
    spec: {
      ...hpa({}).spec,
      metrics: [
        { type: "Resource", resource: { name: "cpu", targetAverageUtilization: 60 } },
        {
          type: "External",
          external: {
            metricName: "q",
            metricSelector: { matchLabels: { type: "prometheus" } },
            targetAverageValue: 10,
          },
        },
      ],
    },
  },
  "an HPA of v1": {
    ...hpa({
      annotations: {
        [QUERY]: "up",
        "autoscaling.alpha.kubernetes.io/metrics": JSON.stringify([
          {
            type: "External",
            external: { metricName: "q", metricSelector: { matchLabels: { type: "prometheus" } }, targetValue: "1" },
          },
        ]),
      },
    }),
    apiVersion: "autoscaling/v1",
    spec: { ...hpa({}).spec, metrics: undefined, targetCPUUtilizationPercentage: 60 },
  },
  "an Object metric on Prometheus": hpa(
    {
      annotations: {
        "metric-config.object.rps.prometheus/query": "sum(a)",
        "metric-config.object.rps.prometheus/per-replica": "true",
      },
    },
    {
      metrics: [
        {
          type: "Object",
          object: {
            describedObject: { apiVersion: "v1", kind: "Pod", name: "x" },
            metric: { name: "rps" },
            target: { type: "Value", value: "10" },
          },
        },
      ],
    },
  ),
  "a ScaledObject of all triggers": scaledObject(
    {
      minReplicaCount: 2,
      fallback: { failureThreshold: 3, replicas: 4 },
      triggers: [{ ...prometheus, name: "Requests_Per.Second" }, prometheus, cron, cpu],
      advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleUp: { tolerance: "0.05" } } } },
    },
    { annotations: { "autoscaling.keda.sh/paused-scale-in": "true" } },
  ),
  "a ScaledObject with the longest name": scaledObject(
    { triggers: [prometheus, prometheus] },
    { name: "a".repeat(200) },
  ),
  "a ScaledObject on a server with credentials": scaledObject({
    triggers: [{ ...prometheus, authenticationRef: { name: "creds" } }],
  }),
};

function check(object: object, ...flags: string[]): string {
  const args = [LAUNCHER, "check", ...flags, "-"];
  const { stdout, stderr } = spawnSync(process.execPath, args, { input: JSON.stringify(object), encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout;
}

const create = async (text: string): Promise<V2HorizontalPodAutoscaler> =>
  JSON.parse(await controlPlane.kubectl(["create", "--dry-run=server", "-o", "json", "-f", "-"], text));

test.each(Object.entries(INPUTS))(
  "kubectl creates what is printed for %s",
  async (_, object) => {
    const [{ manifest }] = JSON.parse(check(object, "--output=json"));
    const { metadata, spec } = await create(check(object));
    expect(manifest).toBeDefined();
    expect(metadata).toMatchObject(manifest.metadata);
    expect(spec?.metrics).toEqual(manifest.spec.metrics);
    // The API server adds its defaults to a behavior.
    const { behavior: _behavior, ...rest } = manifest.spec;
    expect(spec).toMatchObject(rest);
  },
  30_000,
);

const behavior = (rules: object) => ({ behavior: { scaleUp: rules } });
describe("check names what the API server refuses", () => {
  test.each<[string, object]>([
    ["a name", hpa({ name: "Web" })],
    ["a label", hpa({ labels: { a: "22:22" } })],
    ["a label's key", hpa({ labels: { "a b": "c" } })],
    ["an annotation's key", hpa({ annotations: { "a/b/c": "d" } })],
    ["no maximum", hpa({}, { maxReplicas: 0 })],
    ["a minimum above the maximum", hpa({}, { minReplicas: 4 })],
    ["a negative minimum", hpa({}, { minReplicas: -1 })],
    ["a target's name", hpa({}, { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a/b" } })],
    ["a metric of an unknown type", hpa({}, { metrics: [{ ...external({ a: "b" }, target), type: "Extern" }] })],
    ["a metric without its source", hpa({}, { metrics: [{ type: "External" }] })],
    [
      "a metric with two sources",
      hpa({}, { metrics: [{ ...external({ a: "b" }, target), resource: { name: "cpu", target } }] }),
    ],
    ["no target", hpa({}, { metrics: [external({ a: "b" }, { type: "Value" })] })],
    ["two targets", hpa({}, { metrics: [external({ a: "b" }, { type: "Value", value: "1", averageValue: "1" })] })],
    ["a target of 0", hpa({}, { metrics: [external({ a: "b" }, { type: "Value", value: "0" })] })],
    ["a window", hpa({}, behavior({ stabilizationWindowSeconds: 3601 }))],
    ["a policy that is chosen", hpa({}, behavior({ selectPolicy: "Most" }))],
    ["no policies", hpa({}, behavior({ policies: [] }))],
    ["a policy's period", hpa({}, behavior({ policies: [{ type: "Pods", value: 1, periodSeconds: 1801 }] }))],
    ["a policy's value", hpa({}, behavior({ policies: [{ type: "Pods", value: 0, periodSeconds: 1 }] }))],
    ["an unknown field", hpa({}, { unheardOf: 1 })],
    ["text for a number", hpa({}, { maxReplicas: "3" })],
    ["a number for text", hpa({ labels: { a: 1 } })],
  ])(
    "%s",
    async (_, object) => {
      const findings: { id: string; differs: boolean }[] = JSON.parse(check(object, "--output=json"))[0].findings;
      expect(findings).toContainEqual(expect.objectContaining({ id: "ASM_CHECK_UNKNOWN", differs: true }));
      await expect(create(JSON.stringify(object))).rejects.toThrow(/ASM_KUBECTL_FAILED/);
    },
    30_000,
  );
});
