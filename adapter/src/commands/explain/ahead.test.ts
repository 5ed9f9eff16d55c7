import { anticipateQuery, PERIOD_SECONDS, requestsPerSecondQuery, writeAnnotations } from "@asm-autoscaler/hpa-metrics";
import { expect, test } from "@jest/globals";
import { factsOf } from "./fakes.testing.ts";
import { asText } from "./print.ts";
import { reasonsOf } from "./reasons.ts";

const load = requestsPerSecondQuery({ workload: "web", namespace: "shop" });
const anticipate = { periodSeconds: PERIOD_SECONDS.Day, leadSeconds: 600, periods: 3, growth: true };
const { annotations, metrics } = writeAnnotations([
  { queryName: "rps", query: load },
  { queryName: "rps-ahead", query: anticipateQuery(load, anticipate), anticipates: "rps" },
]);

/** What explain says of an HPA whose load is 30, and for which 130 are anticipated, with ten per pod. */
async function explained(count: 1 | 2, isReachable = true) {
  const external = metrics.slice(0, count).map(({ name, matchLabels }) => ({
    type: "External",
    external: { metric: { name, selector: { matchLabels } }, target: { type: "AverageValue", averageValue: "10" } },
  }));
  const hpa = {
    metadata: { name: "web", namespace: "shop", annotations },
    spec: { maxReplicas: 10, scaleTargetRef: { kind: "Deployment", name: "web" }, metrics: external },
    status: { currentReplicas: 3, desiredReplicas: 3 },
  };
  const facts = await factsOf(hpa, {
    served: (name) => (name === "rps" ? "30" : "130"),
    ...(isReachable
      ? { samples: (query: string) => [{ labels: {}, value: query.startsWith("quantile") ? 130 : 30, at: 0 }] }
      : {}),
  });
  return { facts, text: asText(facts, reasonsOf(facts)).replace(/\s+/g, " ") };
}

test("what is only observed is said, in pods, and is nothing that prevents scaling", async () => {
  const { facts, text } = await explained(1);
  expect(facts.anticipated).toMatchObject([
    { name: "rps-ahead", load: "rps", mode: "observe", pods: 13, isBeyondMaximum: true, leadSeconds: 600 },
  ]);
  expect(text).toMatch(
    /Ahead 130 at \S+ for the next 10m: 13 pods, more than maxReplicas \(observed: it does not scale\)/,
  );
  expect(reasonsOf(facts).filter(({ wrong }) => wrong)).toEqual([]);
  expect(facts.metrics).toHaveLength(1);
});

test("what acts is one of the metrics as well", async () => {
  const { facts, text } = await explained(2);
  expect(facts.metrics).toHaveLength(2);
  expect(facts.anticipated).toMatchObject([{ mode: "act", pods: 13 }]);
  expect(text).not.toContain("observed");
});

test("without Prometheus it is not known", async () => {
  const { facts, text } = await explained(1, false);
  expect(facts.anticipated).toMatchObject([{ reading: { kind: "unknown" } }]);
  expect(text).toContain("Ahead not known:");
});
