import { describe, expect, test } from "@jest/globals";
import { parsePolicy, safestPolicy } from "./noDataPolicy";
import { readMetricSpecs } from "./read";

const ingress = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "web" };
const metrics = {
  external: [{ name: "jobs" }],
  objects: [{ name: "hits", object: ingress, isPerPod: false }],
  pods: [{ name: "rps" }],
};

/** Reads an HPA with a metric of each type. Annotations are written as `pods.rps/on-no-data`. */
function read(short: Record<string, string>, { pods, ...more }: Partial<typeof metrics> = metrics) {
  const entries = Object.entries(short).map(([key, value]) => [
    `metric-config.${key.replace("/", ".prometheus/")}`,
    value,
  ]);
  const { external, objects } = { ...metrics, ...more };
  const options = { objects, pods, isServedElsewhere: () => true };
  const { ruleMetrics, specs, problems } = readMetricSpecs(Object.fromEntries(entries), external, options);
  return {
    specs: specs.map(({ metricName }) => metricName),
    problems: problems.map(({ code, key = "" }) => `${code} ${key}`.trim()),
    rules: ruleMetrics.map(({ type, metric: { name }, onNoData, onError }) => {
      return { [`${type} ${name}`]: [onNoData, onError] };
    }),
  };
}

const ZERO = { kind: "value", quantity: "0" };

describe("policies of metrics that rules serve", () => {
  test.each([
    ["pods.rps", "Pods rps"],
    ["object.hits", "Object hits"],
    ["external.jobs", "External jobs"],
  ])("%s has those of its annotations, and needs no query", (key, name) => {
    const { rules, problems } = read({ [`${key}/on-no-data`]: "zero", [`${key}/on-error`]: "last-for 10m" });
    expect(problems).toEqual([]);
    expect(rules).toContainEqual({ [name]: [ZERO, { kind: "last-for", seconds: 600 }] });
    expect(rules).toHaveLength(3);
  });

  test("is hold for a metric without annotations", () => {
    expect(read({}).rules).toEqual([
      { "Pods rps": [undefined, undefined] },
      { "Object hits": [undefined, undefined] },
      { "External jobs": [undefined, undefined] },
    ]);
  });

  test.each(["pods.rps", "object.hits", "external.jobs"])("%s reports a policy that is not valid", (key) => {
    const { rules, problems } = read({ [`${key}/on-no-data`]: "nil", [`${key}/on-error`]: "direct" });
    expect(problems).toEqual([
      `ASM_POLICY_INVALID metric-config.${key}.prometheus/on-no-data`,
      `ASM_POLICY_INVALID metric-config.${key}.prometheus/on-error`,
    ]);
    expect(rules.flatMap((one) => Object.values(one).flat())).toEqual(Array(6).fill(undefined));
  });

  test("are in keys with hyphens for characters that Kubernetes does not accept in them", () => {
    const named = (name: string) => ({ name });
    const all = {
      external: [named("Queue_Length")],
      objects: [{ ...named("a_b"), object: ingress, isPerPod: false }],
      pods: [named("_http:requests.rate_")],
    };
    const keys = ["external.queue-length", "object.a-b", "pods.http-requests-rate"];
    const { rules, problems } = read(Object.fromEntries(keys.map((key) => [`${key}/on-no-data`, "zero"])), all);
    expect(problems).toEqual([]);
    expect(rules.flatMap(Object.values)).toEqual(Array(3).fill([ZERO, undefined]));
  });

  test("an Object metric with a query is read from its annotations, and one whose query is missing is reported", () => {
    const own = read({ "object.hits/query": "vector(1)", "object.hits/on-no-data": "zero" });
    expect(own).toMatchObject({ specs: ["hits"], problems: [] });
    expect(own.rules.flatMap(Object.keys)).toEqual(["Pods rps", "External jobs"]);
    const missing = read({ "object.hits/query-name": "a", "object.hits/on-no-data": "zero" });
    expect(missing.problems).toEqual(["ASM_QUERY_MISSING metric-config.object.hits.prometheus/a"]);
  });

  test("names settings that no rule uses, and metrics that the HPA does not have", () => {
    const keys = ["pods.rps/interval", "pods.rps/query", "pods.rsp/on-error", "object.hits/per-replica"];
    expect(read(Object.fromEntries(keys.map((key) => [key, "zero"]))).problems).toEqual([
      "ASM_COLLECTOR_NOT_SERVED metric-config.pods.rps.prometheus/query",
      "ASM_KEY_WITHOUT_EFFECT metric-config.pods.rps.prometheus/interval",
      "ASM_KEY_WITHOUT_EFFECT metric-config.object.hits.prometheus/per-replica",
      "ASM_KEY_UNUSED metric-config.pods.rsp.prometheus/on-error",
    ]);
  });

  test("without rules, annotations without a query are a mistake", () => {
    const { rules, problems } = read({ "pods.rps/on-no-data": "zero", "object.hits/on-no-data": "zero" }, {});
    expect(rules).toEqual([]);
    expect(problems).toEqual([
      "ASM_COLLECTOR_NOT_SERVED metric-config.pods.rps.prometheus/on-no-data",
      "ASM_QUERY_MISSING",
    ]);
  });
});

test.each([
  [["zero", "zero"], "zero"],
  [["zero", "hold"], "hold"],
  [["value 5", "zero"], "hold"],
  [["last-for 10m", "last-for 5m"], "last-for 5m"],
  [["last-for 10m", "value 5"], "last-for 10m"],
  [["last-for 10m", "hold", "zero"], "hold"],
  [[], "hold"],
])("the safest of %j is %s", (all, safest) => {
  const policyOf = (text: string) => {
    const parsed = parsePolicy("on-error", text);
    if (!("policy" in parsed)) throw new Error(parsed.message);
    return parsed.policy;
  };
  expect(safestPolicy(all.map(policyOf))).toEqual(policyOf(safest));
});
