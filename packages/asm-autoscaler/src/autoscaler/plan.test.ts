import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { parseQuantity, readMetricSpecs } from "hpa-metrics";
import type { TrafficMetricArgs } from "./args";
import { checkAutoscaler } from "./check";
import { planMetrics } from "./plan";

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

const rate = fc.record(
  {
    requestsPerSecond: requests,
    queryName,
    windowSeconds: fc.integer({ min: 0, max: 2 ** 31 }),
  },
  { requiredKeys: ["requestsPerSecond"] },
);

const anyQuery = fc.record({
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
});

function accepted(metrics: TrafficMetricArgs[]): boolean {
  try {
    checkAutoscaler("web", { namespace: "test", target: "web", maxReplicas: 2, metrics });
    return true;
  } catch (error) {
    if (pulumi.InputPropertiesError.isInstance(error)) return false;
    throw error;
  }
}

test("whatever passes the check is read back by the adapter whole and without a word", () => {
  let passed = 0;
  fc.assert(
    fc.property(fc.array(fc.oneof(rate, anyQuery), { minLength: 1, maxLength: 3 }), (metrics) => {
      if (!accepted(metrics)) return;
      passed += 1;
      const plan = planMetrics("test", "web", metrics);
      const external = metrics.map((_, index) => JSON.parse(JSON.stringify(plan.metrics[index])).external);
      const { specs, faults } = readMetricSpecs(
        plan.annotations,
        external.map(({ metric }) => ({ name: metric.name, ...metric.selector })),
      );
      expect(faults).toEqual([]);
      expect(specs).toHaveLength(metrics.length);
      for (const { target } of external) {
        expect(parseQuantity(target.averageValue)).toMatchObject({ canonical: target.averageValue });
        expect(parseQuantity(target.averageValue).milli).toBeGreaterThan(0n);
      }
    }),
    { numRuns: 1000 },
  );
  // A check that refused everything would pass the test without saying anything.
  expect(passed).toBeGreaterThan(50);
});
