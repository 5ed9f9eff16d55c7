import {
  bytesPerSecondQuery,
  demandPerSecondQuery,
  errorRatioQuery,
  inFlightRequestsQuery,
  latencyQuery,
  openConnectionsQuery,
  parseQuery,
  requestsPerSecondQuery,
} from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { unitOf } from "./unit.ts";

function unitOfText(text: string) {
  const parsed = parseQuery(text);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return unitOf(parsed.query);
}

const traffic = { workload: "a-b", namespace: "c-d" };

describe("the unit of a query", () => {
  test.each([
    [requestsPerSecondQuery(traffic), "requests per second"],
    [demandPerSecondQuery({ service: "a-b", namespace: "c-d" }), "requests per second"],
    ['sum(\n rate( istio_requests_total{destination_workload="a-b"}[1m] )\n)', "requests per second"],
    [inFlightRequestsQuery(traffic), "requests in flight"],
    [openConnectionsQuery(traffic), "open connections"],
    [bytesPerSecondQuery(traffic), "bytes per second"],
    [latencyQuery(traffic, 0.99), "ms"],
  ])("%s", (query, words) => {
    expect(unitOfText(query)?.words).toBe(words);
  });

  test.each([
    errorRatioQuery(traffic),
    "sum(istio_requests_total)",
    "sum(rate(istio_requests_total[1m])) * 60",
    'sum(rate(x{a="istio_requests_total{{{{"}[1m]))',
    "sum(rate(orders_total[1m]))",
    "sum(rate(istio_requests_total[1m])) + 100",
    "sum(rate(istio_requests_total[1m])) > bool 5",
    "count(rate(istio_requests_total[1m]))",
    `${latencyQuery(traffic, 0.99).split(" >=")[0]} / 1000`,
    'up{istio_requests_total="rate(x)"}',
  ])("%s has none that is known", (query) => {
    expect(unitOfText(query)).toBeUndefined();
  });
});
