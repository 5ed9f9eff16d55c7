import { expect, test } from "@jest/globals";
import { requestsPerSecondQuery } from "./istio";
import { parseQuery } from "./promql/query";

/** Copied from the ASM guide, step 4. */
const guide = `sum(
    rate(
      istio_requests_total{
        destination_workload="podinfo",
        destination_workload_namespace="test",
        reporter="destination"
      }[1m]
    )
)`;

test("the query is the guide's but for white space", () => {
  const query = requestsPerSecondQuery({ workload: "podinfo", namespace: "test" });
  expect(query.replace(/\s/g, "")).toBe(guide.replace(/\s/g, ""));
});

test("reporter and window are as asked", () => {
  const query = requestsPerSecondQuery({ workload: "w", namespace: "n", reporter: "waypoint", windowSeconds: 90 });
  expect(query).toContain('reporter="waypoint"}[1m30s]');
});

test("a name cannot break out of its matcher", () => {
  const workload = 'x"} or vector(1e9) or y{a="\n\\';
  const query = requestsPerSecondQuery({ workload, namespace: "n" });
  expect(query).toContain(String.raw`="x\"} or vector(1e9) or y{a=\"\n\\",`);
  expect(parseQuery(query).ok).toBe(true);
});

test("an empty workload or namespace and a window of nothing are refused", () => {
  expect(() => requestsPerSecondQuery({ workload: "", namespace: "n" })).toThrow("workload");
  expect(() => requestsPerSecondQuery({ workload: "w", namespace: "" })).toThrow("namespace");
  expect(() => requestsPerSecondQuery({ workload: "w", namespace: "n", windowSeconds: 0 })).toThrow(RangeError);
});
