import { requestsPerSecondQuery } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { simulatedHpa } from "../backtest/autoscaler";
import { bind } from "../backtest/binding";
import { trafficThrough } from "../backtest/traffic";
import { type Candidate, withCandidate } from "./setting";

const PREFIX = "metric-config.external.prometheus-query.prometheus/";
const query = requestsPerSecondQuery({ workload: "web", namespace: "test" });
const traffic = trafficThrough([
  { second: 0, requestsPerSecond: 5 },
  { second: 60, requestsPerSecond: 5 },
]);

function changed(candidate: Partial<Candidate>, text = query, behavior?: object) {
  const metric = { name: "prometheus-query", selector: { matchLabels: { "query-name": "rps" } } };
  const object = {
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", namespace: "test", annotations: { [`${PREFIX}rps`]: text } },
    spec: {
      ...{
        minReplicas: 2,
        maxReplicas: 30,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      },
      metrics: [{ type: "External", external: { metric, target: { type: "AverageValue", averageValue: "10" } } }],
      ...(behavior ? { behavior } : {}),
    },
  };
  const manifest = { id: "test/web", object };
  const bound = bind(simulatedHpa(manifest, 300), [{ traffic }], false);
  const next = withCandidate(manifest, bound, { target: 10, minReplicas: 2, ...candidate }, 15);
  const { metadata, spec } = next.object as typeof object & {
    spec: { behavior?: { scaleUp?: object; scaleDown?: object } };
  };
  return { manifest, metadata, spec, again: simulatedHpa(next, 300) };
}

describe("a setting", () => {
  test("that changes nothing leaves the HPA as it is", () => {
    const { manifest, metadata, spec } = changed({});
    expect({ ...manifest.object, metadata, spec }).toEqual(manifest.object);
  });

  test.each([
    [query, "45s"],
    [`${query} # one [5m] minute`, "45s"],
    [`\n  ${query}\n`, "45s"],
  ])("with the reaction Fast has its window: %j", (text) => {
    const { again } = changed({ reaction: "Fast" }, text);
    expect(again.metrics.map(({ reads }) => reads)).toMatchObject([{ kind: "requests", windowSeconds: 45 }]);
  });

  test("with the reaction Direct has its rates, and without it again not", () => {
    const { metadata, spec, again } = changed({ reaction: "Direct" });
    expect(metadata.annotations).toMatchObject({ [`${PREFIX}reaction.rps`]: "direct" });
    expect(spec.behavior?.scaleUp).toMatchObject({
      policies: [
        { type: "Pods", value: 15 },
        { type: "Percent", value: 900 },
      ],
    });
    expect(again.metrics[0]?.reads).toMatchObject({ isDirect: true });
    expect(changed({ reaction: "Steady" }, query, spec.behavior).spec.behavior).toEqual({});
  });

  test("with a pace keeps the tolerance of today", () => {
    const { spec } = changed({ scaleDown: "Fast" }, query, { scaleDown: { tolerance: "50m" } });
    expect(spec.behavior?.scaleDown).toMatchObject({ stabilizationWindowSeconds: 60, tolerance: "50m" });
  });

  test("that anticipates has the same target for what is anticipated", () => {
    const anticipate = { periodSeconds: 86_400, leadSeconds: 600, periods: 3, growth: true };
    const { again } = changed({ target: 8, anticipate, schedule: [{ replicas: 5, from: 0, to: 60 }] });
    expect(again.metrics.map(({ name, target, reads }) => [name, target, reads.kind])).toEqual([
      ["rps", 8, "requests"],
      ["rps-ahead", 8, "anticipated"],
      ["web-schedule-floor", 1, "clock"],
    ]);
  });
});
