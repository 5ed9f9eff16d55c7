import { describe, expect, test } from "@jest/globals";
import type { Facts, MetricFacts } from "./facts.ts";
import { parseHpaState } from "./hpaState.ts";
import { asText } from "./print.ts";
import { reasonsOf } from "./reasons.ts";

const NUMBER = { kind: "number", quantity: "38", milli: 38_000n, at: "2026-11-25T12:00:00Z" } as const;
const NONE = {
  kind: "problem",
  noData: true,
  problem: { code: "ASM_NO_SERIES", severity: "error", message: "the query finds no series", remedy: "Look" },
} as const;

function metric(more: Partial<MetricFacts> = {}): MetricFacts {
  return {
    name: "prometheus-query",
    labels: { "query-name": "rps" },
    queryKey: "metric-config.external.prometheus-query.prometheus/rps",
    query: "sum(rate(istio_requests_total[1m]))",
    server: "the default one",
    target: { type: "AverageValue", quantity: "10", milli: 10_000n },
    reading: NUMBER,
    served: NUMBER,
    wanted: { replicas: 4, ratio: 0.95, isTolerated: true },
    ...more,
  };
}

function facts(conditions: object[] = [], more: Partial<Facts> = {}): Facts {
  const hpa = parseHpaState({
    metadata: { namespace: "test", name: "podinfo" },
    spec: { maxReplicas: 10, scaleTargetRef: { kind: "Deployment", name: "podinfo" } },
    status: { currentReplicas: 4, desiredReplicas: 4, conditions },
  });
  return { hpa, api: { kind: "available", service: "kube-system/a" }, problems: [], metrics: [metric()], ...more };
}

/** The HPA has CPU as well, and traffic asks for so many. */
function withCpu(conditions: object[], replicas: number): Facts {
  const { hpa } = facts(conditions);
  const metrics = [metric({ wanted: { replicas, ratio: replicas / 4, isTolerated: false } })];
  return facts(conditions, { hpa: { ...hpa, otherMetrics: ["Resource cpu"] }, metrics });
}

const ABLE = { type: "AbleToScale", status: "True", reason: "ReadyForNewScale" };
const BLIND = { type: "ScalingActive", status: "False", reason: "FailedGetExternalMetric", message: "none" };
const first = (given: Facts) => reasonsOf(given)[0]?.id;

describe("of several reasons the likeliest", () => {
  test("is that nobody serves the API, whatever else", () => {
    expect(first(facts([BLIND], { api: { kind: "absent" }, metrics: [metric({ served: NONE, reading: NONE })] }))).toBe(
      "api-absent",
    );
  });

  test("is the query without a reading, and not what follows from it", () => {
    const given = facts([ABLE, BLIND], { metrics: [metric(), metric({ reading: NONE, served: NONE })] });
    expect(
      reasonsOf(given)
        .filter(({ wrong }) => wrong)
        .map(({ id }) => id),
    ).toEqual(["ASM_NO_SERIES", "was-failing"]);
  });

  test("is never missing: an HPA with nothing wrong scales, or has what it asks for", () => {
    expect(first(facts([ABLE]))).toBe("within-tolerance");
    expect(first(facts([ABLE], { metrics: [metric({ wanted: { replicas: 4, ratio: 1, isTolerated: true } })] }))).toBe(
      "settled",
    );
    expect(
      first(facts([ABLE], { metrics: [metric({ wanted: { replicas: 6, ratio: 1.5, isTolerated: false } })] })),
    ).toBe("scales");
  });

  test.each([
    ["AmbiguousSelector", "shared-pods"],
    ["InvalidSelector", "no-selector"],
  ])("is the pods, where the HPA controller says %s, and no metric", (reason, id) => {
    const condition = { ...BLIND, reason, message: "pods by selector are controlled by multiple HPAs" };
    expect(first(withCpu([ABLE, condition], 4))).toBe(id);
    expect(first(facts([ABLE, condition]))).toBe(id);
  });

  test("is what refuses the change, and not the reference to what is scaled", () => {
    expect(
      first(facts([{ type: "AbleToScale", status: "False", reason: "FailedUpdateScale", message: "denied" }])),
    ).toBe("scale-refused");
  });

  test("is another metric that asks for more than traffic does", () => {
    expect(first(withCpu([ABLE], 2))).toBe("other-metric-decides");
    expect(first(withCpu([ABLE], 6))).toBe("scales");
  });

  test("is what the HPA controller could not read before, where there is a reading now", () => {
    expect(first(facts([ABLE, BLIND]))).toBe("was-failing");
  });
});

test("the longest facts fit on a screen of 80 columns and 40 lines", () => {
  const long = "a".repeat(400);
  const metrics = Array.from({ length: 9 }, () =>
    metric({ query: `sum(${long})`, reading: NONE, served: NONE, queryKey: `k/${long}` }),
  );
  const conditions = [
    ABLE,
    { ...BLIND, message: long },
    { type: "ScalingLimited", status: "True", reason: long, message: long },
  ];
  const given = facts(conditions, {
    metrics,
    problems: [{ code: "ASM_QUERY_INVALID", severity: "error", message: long, remedy: long }],
    api: { kind: "unavailable", service: long, why: long },
  });
  const lines = asText(given, reasonsOf(given)).split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines.length).toBeLessThanOrEqual(41);
});
