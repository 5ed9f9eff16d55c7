import { describe, expect, test } from "@jest/globals";
import { checkAll } from "./check.ts";
import { readManifests } from "./manifests.ts";

/** Objects with every field that `check` understands. */
const selector = {
  matchLabels: { type: "prometheus" },
  matchExpressions: [{ key: "a", operator: "In", values: ["b"] }],
};
const target = { type: "AverageValue", averageValue: "1" };
const rules = {
  stabilizationWindowSeconds: 1,
  selectPolicy: "Max",
  policies: [{ type: "Pods", value: 1, periodSeconds: 1 }],
  tolerance: "1m",
};
const behavior = { scaleUp: rules, scaleDown: rules };
const reference = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
const metadata = { name: "web", namespace: "shop", labels: { a: "b" }, annotations: { c: "d" } };
const scaling = { scaleTargetRef: reference, minReplicas: 1, maxReplicas: 3 };

const OBJECTS: Readonly<Record<string, object>> = {
  "an HPA": {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata,
    spec: {
      ...scaling,
      behavior,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target } },
        { type: "ContainerResource", containerResource: { name: "cpu", container: "app", target } },
        { type: "Pods", pods: { metric: { name: "x", selector }, target } },
        { type: "Object", object: { describedObject: reference, metric: { name: "y", selector }, target } },
        { type: "External", external: { metric: { name: "z", selector }, target } },
      ],
    },
  },
  "an HPA of v2beta1": {
    apiVersion: "autoscaling/v2beta1",
    kind: "HorizontalPodAutoscaler",
    metadata,
    spec: {
      ...scaling,
      metrics: [
        { type: "Resource", resource: { name: "cpu", targetAverageUtilization: 1 } },
        { type: "Pods", pods: { metricName: "x", selector, targetAverageValue: "1" } },
        { type: "Object", object: { metricName: "y", target: reference, targetValue: "1", selector } },
        { type: "External", external: { metricName: "z", metricSelector: selector, targetValue: "1" } },
      ],
    },
  },
  "an HPA of v1": {
    apiVersion: "autoscaling/v1",
    kind: "HorizontalPodAutoscaler",
    metadata,
    spec: { ...scaling, targetCPUUtilizationPercentage: 50 },
  },
  "a ScaledObject": {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata,
    spec: {
      scaleTargetRef: reference,
      minReplicaCount: 1,
      maxReplicaCount: 3,
      fallback: { failureThreshold: 3, replicas: 2, behavior: "static" },
      advanced: { horizontalPodAutoscalerConfig: { behavior }, scalingModifiers: { formula: "a" } },
      triggers: [
        {
          type: "prometheus",
          metadata: { query: "sum(a)", threshold: "1" },
          authenticationRef: { name: "a", kind: "TriggerAuthentication" },
        },
        { type: "cpu", metricType: "Utilization", metadata: { value: "1" } },
        { type: "cron", metadata: { timezone: "UTC", start: "0 1 * * *", end: "0 2 * * *", desiredReplicas: "1" } },
      ],
    },
  },
  "a configuration of prometheus-adapter": {
    externalRules: [
      {
        seriesQuery: "a",
        seriesFilters: [{ is: "a" }],
        resources: { template: "<<.Resource>>", overrides: { a: { group: "", resource: "namespace" } } },
        name: { matches: "a", as: "b" },
        metricsQuery: "a",
      },
    ],
  },
  "values of prometheus-adapter's chart": {
    rules: { external: [{ seriesQuery: "a", resources: { namespaced: false }, metricsQuery: "a" }] },
  },
};

/** Fields whose keys are free, so that no key is unknown there. */
const FREE = /(?:\.|^)(?:labels|annotations|matchLabels|overrides)$/;

/** The paths of all mappings in a value. */
function mappingsIn(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, each]) =>
    mappingsIn(each, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return Array.isArray(value) || FREE.test(path.join(".")) ? inner : [path, ...inner];
}

function withField(object: object, path: readonly (string | number)[], key: string, value: unknown): object {
  const copy = structuredClone(object);
  const at = path.reduce<Record<string | number, unknown>>(
    (inner, step) => Object(inner[step]),
    copy as Record<string, unknown>,
  );
  at[key] = value;
  return copy;
}

function findings(object: object) {
  const { manifests, unread } = readManifests(JSON.stringify(object), "file");
  expect(unread).toEqual([]);
  return checkAll(manifests, "kube-metrics-adapter", undefined).flatMap((report) => report.findings);
}

describe.each(Object.entries(OBJECTS))("%s", (_, object) => {
  test("is understood as a whole", () => {
    expect(findings(object).filter(({ id }) => id === "ASM_CHECK_UNKNOWN")).toEqual([]);
  });

  test.each(mappingsIn(object).map((path) => [path.join("."), path] as const))(
    "has every unknown field named, in %s",
    (_path, path) => {
      const more = findings(withField(object, path, "unheardOf", { deep: 1 }));
      expect(more).toContainEqual(
        expect.objectContaining({ id: "ASM_CHECK_UNKNOWN", differs: true, key: expect.stringMatching(/\bunheardOf$/) }),
      );
    },
  );

  test.each(["constructor", "toString", "__proto__x"])("takes the field %s for unknown", (key) => {
    expect(findings(withField(object, [], key, 1))).toContainEqual(
      expect.objectContaining({ id: "ASM_CHECK_UNKNOWN", key }),
    );
  });
});

/** The paths of all texts and numbers with a meaning of their own. */
function leavesIn(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [path];
  if (FREE.test(path.join("."))) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    leavesIn(each, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

describe.each(["an HPA", "a ScaledObject"])("%s with a placeholder", (name) => {
  const object = OBJECTS[name] ?? {};
  const leaves = leavesIn(object).filter(
    (path) => !["apiVersion", "kind", "type", "formula"].includes(`${path.at(-1)}`),
  );
  test.each(leaves.map((path) => [path.join("."), path] as const))(
    "has it named, and nothing printed, in %s",
    (_path, path) => {
      for (const placeholder of ["$".concat("{MAX}"), "{{ .Values.max }}", "$(MAX)"]) {
        const { manifests } = readManifests(
          JSON.stringify(withField(object, path.slice(0, -1), String(path.at(-1)), placeholder)),
          "file",
        );
        const [report] = checkAll(manifests, "kube-metrics-adapter", undefined);
        expect(report?.manifest).toBeUndefined();
        expect(report?.findings).toContainEqual(
          expect.objectContaining({ differs: true, message: expect.stringContaining("placeholder") }),
        );
      }
    },
  );
});
