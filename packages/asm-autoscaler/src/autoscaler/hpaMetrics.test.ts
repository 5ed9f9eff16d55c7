import { parseQuantity, readMetricSpecs } from "@asm-autoscaler/hpa-metrics";
import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { planMetrics } from "./hpaMetrics";
import { type TrafficMetricPolicyArgs, TrafficReporter } from "./metricArgs";
import type { Metric } from "./signals";
import { validateAutoscaler } from "./validate";

const queryName = fc.oneof(
  { weight: 9, arbitrary: fc.stringMatching(/^[a-zA-Z][-a-zA-Z0-9_.]{0,20}[a-zA-Z]$/) },
  fc.string(),
  fc.constant("interval"),
);

/** Doubles alone would nearly all be under a milli. */
const requests = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 0, max: 1e9 }).map((milli) => milli / 1000) },
  fc.double({ min: 0, max: 1e16 }),
);

const policy = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.constantFrom<(TrafficMetricPolicyArgs | undefined)[]>(
      undefined,
      { policy: "Hold" },
      { policy: "Zero" },
      { lastFor: "10m" },
      { value: 5 },
      { value: 0.5 },
    ),
  },
  fc.string().map((lastFor) => ({ lastFor })),
  fc.double({ min: 0, max: 1e16 }).map((value) => ({ value: Math.round(value) })),
);
const policies = { onNoData: policy, onError: policy };

const own = {
  ...policies,
  queryName,
  windowSeconds: fc.integer({ min: 0, max: 2 ** 31 }),
  reporter: fc.constantFrom(...Object.values(TrafficReporter)),
  matchers: fc.dictionary(
    fc.oneof(fc.stringMatching(/^[a-z][a-z_]{0,5}$/), fc.constantFrom("reporter", "le", "a-b")),
    fc.string(),
    { maxKeys: 2 },
  ),
};
const kind = fc.constantFrom("requestsPerSecond", "inFlightRequests", "latencyMilliseconds", "errorRatio");
const signal = fc
  .tuple(kind, requests, fc.record(own, { requiredKeys: [] }))
  .map(([argument, target, more]) => given({ [argument]: target, ...more }));

const anyQuery = fc
  .record({
    query: fc.constantFrom(
      "sum(x)",
      "1",
      "x{",
      "x[1m]",
      "sum(rate(x[5m])) / 2 # share",
      "",
      "vector(2)",
      "min(y) or 3",
      'max(x{a="\\n"})',
    ),
    queryName,
    averageValue: fc.oneof(
      { weight: 9, arbitrary: fc.stringMatching(/^[1-9][0-9]{0,4}(\.[0-9]{1,2})?(m|k|M|Ki)?$/) },
      fc.string(),
    ),
    ...policies,
  })
  .map(given);

/** Without what was left undefined. */
function given(metric: object): Metric {
  return Object.fromEntries(Object.entries(metric).filter(([, value]) => value !== undefined));
}

function accepted(metrics: Metric[]): boolean {
  try {
    validateAutoscaler("web", { namespace: "test", target: "web", maxReplicas: 2, metrics });
    return true;
  } catch (error) {
    if (pulumi.InputPropertiesError.isInstance(error)) return false;
    throw error;
  }
}

test("whatever passes the check is read back by the adapter whole and without a word", () => {
  let passed = 0;
  fc.assert(
    fc.property(fc.array(fc.oneof(signal, anyQuery), { minLength: 1, maxLength: 3 }), (metrics) => {
      if (!accepted(metrics)) return;
      passed += 1;
      const plan = planMetrics({ namespace: "test", workload: "web", metrics });
      const external = metrics.map((_, index) => JSON.parse(JSON.stringify(plan.metrics[index])).external);
      const { specs, problems } = readMetricSpecs(
        plan.annotations ?? {},
        external.map(({ metric }) => ({ name: metric.name, ...metric.selector })),
      );
      expect(problems).toEqual([]);
      expect(specs).toHaveLength(metrics.length);
      for (const { target } of external) {
        const quantity = target.type === "Value" ? target.value : target.averageValue;
        expect(parseQuantity(quantity)).toMatchObject({ canonical: quantity });
        expect(parseQuantity(quantity).milli).toBeGreaterThan(0n);
      }
    }),
    { numRuns: 1000 },
  );
  // A check that refused everything would pass the test without saying anything.
  expect(passed).toBeGreaterThan(50);
});

test("all queries go to the server that an alias names, the floor of schedules too", () => {
  const { annotations = {} } = planMetrics({
    namespace: "shop",
    workload: "web",
    prometheusServerAlias: "eu",
    metrics: [{ requestsPerSecond: 5 }, { query: "sum(x)", queryName: "x", value: "3" }],
    schedules: [{ days: ["Monday"], from: "08:00", to: "09:00", replicas: 4 }],
  } as Parameters<typeof planMetrics>[0]);
  const named = { name: "prometheus-query" };
  const names = ["web-requests-per-second", "x", "web-schedule-floor"];
  const { specs } = readMetricSpecs(
    annotations,
    names.map((name) => ({ ...named, matchLabels: { "query-name": name } })),
  );
  expect(specs.map(({ server }) => server)).toEqual(names.map(() => ({ kind: "alias", alias: "eu" })));
});
