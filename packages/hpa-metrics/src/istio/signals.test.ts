import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseQuery } from "../promql/query";
import { templateInstanceOf } from "../promql/queryTemplate";
import { selectorsOf } from "../promql/selectors";
import {
  bytesPerSecondQuery,
  demandPerSecondQuery,
  errorRatioQuery,
  inFlightRequestsQuery,
  latencyQuery,
  openConnectionsQuery,
  requestsPerSecondQuery,
} from "./signals";
import type { WorkloadTraffic } from "./workload";

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

const podinfo = { workload: "podinfo", namespace: "test" };
const WHO = 'destination_workload="podinfo",destination_workload_namespace="test",reporter="destination"';

const OPENED = `(istio_tcp_connections_opened_total{${WHO}})`;
const CLOSED = `(istio_tcp_connections_closed_total{${WHO}})`;

const signals: Record<string, (traffic: WorkloadTraffic) => string> = {
  requestsPerSecond: requestsPerSecondQuery,
  inFlightRequests: inFlightRequestsQuery,
  openConnections: openConnectionsQuery,
  latency: (traffic) => latencyQuery(traffic, 0.95),
  errorRatio: errorRatioQuery,
  bytesPerSecond: bytesPerSecondQuery,
};

test("the demand for a Service is what its clients count, whatever workload they reach", () => {
  expect(demandPerSecondQuery({ service: "web", namespace: "test", matchers: { job: "mesh" } })).toBe(
    'sum(rate(istio_requests_total{destination_service="web.test.svc.cluster.local",reporter="source",job="mesh"}[1m]))',
  );
  expect(demandPerSecondQuery({ service: "web.shop.svc.example.org", namespace: "test" })).toContain(
    '{destination_service="web.shop.svc.example.org",reporter="source"}',
  );
  expect(() => demandPerSecondQuery({ service: "", namespace: "test" })).toThrow(RangeError);
  expect(() => demandPerSecondQuery({ service: "web", namespace: "" })).toThrow(RangeError);
});

test("the requests query is the guide's but for white space", () => {
  expect(requestsPerSecondQuery(podinfo)).toBe(guide.replace(/\s/g, ""));
});

// Golden texts: a change of one is another reading for everyone who upgrades.
test.each([
  [
    "requests in flight are the milliseconds of work that end per second",
    inFlightRequestsQuery(podinfo),
    `sum(rate(istio_request_duration_milliseconds_sum{${WHO}}[1m])) / 1000`,
  ],
  [
    "open connections are those opened less those closed, and negative if one proxy closed more than it opened",
    openConnectionsQuery(podinfo),
    `-count(sum by (instance) ${CLOSED} > (sum by (instance) ${OPENED} or 0 * sum by (instance) ${CLOSED})) or sum${OPENED} - (sum${CLOSED} or 0 * sum${OPENED})`,
  ],
  [
    "latency is a quantile over the buckets of all pods, and 0 while nothing is requested",
    latencyQuery(podinfo, 0.99),
    `histogram_quantile(0.99, sum by (le) (rate(istio_request_duration_milliseconds_bucket{${WHO}}[1m]))) >= 0 or sum(rate(istio_request_duration_milliseconds_count{${WHO}}[1m])) == 0`,
  ],
  [
    "the error ratio is the share of 5xx, and 0 while there is none or nothing is requested",
    errorRatioQuery(podinfo),
    `sum(rate(istio_requests_total{${WHO},response_code=~"5.."}[1m])) / (sum(rate(istio_requests_total{${WHO}}[1m])) > 0) or 0 * sum(rate(istio_requests_total{${WHO}}[1m]))`,
  ],
  [
    "bytes are those of both directions, of HTTP and of TCP",
    bytesPerSecondQuery(podinfo),
    `sum(${[
      "istio_request_bytes_sum istio_response_bytes_sum",
      "istio_tcp_received_bytes_total istio_tcp_sent_bytes_total",
    ]
      .map((pair) => pair.split(" ").map((metric) => `rate(${metric}{${WHO}}[1m])`))
      .map(([one, other]) => `(${one} + ${other} or ${one} or ${other})`)
      .join(" or ")})`,
  ],
])("%s", (_sentence, query, golden) => {
  expect(query).toBe(golden);
});

test("reporter, window and extra matchers are as asked, the matchers in the order of their labels", () => {
  const query = requestsPerSecondQuery({
    ...podinfo,
    reporter: "waypoint",
    windowSeconds: 90,
    matchers: { job: "envoy-stats", destination_version: "v2" },
  });
  expect(query).toContain('reporter="waypoint",destination_version="v2",job="envoy-stats"}[1m30s]');
});

const text = fc.string({
  minLength: 1,
  unit: fc.oneof(fc.string({ minLength: 1, maxLength: 1 }), fc.constantFrom('"', "\\", "\n", "}")),
});

describe.each(Object.entries(signals))("%s", (_name, signal) => {
  test("whatever the names and matchers, the query parses and has just those matchers", () => {
    const label = fc.stringMatching(/^x[a-z0-9_]{0,8}$/);
    fc.assert(
      fc.property(text, text, fc.dictionary(label, text), (workload, namespace, matchers) => {
        const parsed = parseQuery(signal({ workload, namespace, matchers }));
        if (!parsed.ok) throw new Error(parsed.problem.caret);
        const written = selectorsOf(parsed.query).map(({ matchers }) =>
          Object.fromEntries(matchers.map(({ label, value }) => [label, value])),
        );
        const expected = { destination_workload: workload, destination_workload_namespace: namespace, ...matchers };
        for (const selector of written) expect(selector).toMatchObject(expected);
        const counts = written.map((selector) => Object.keys(selector).filter((key) => key !== "response_code").length);
        expect(new Set(counts)).toEqual(new Set([3 + Object.keys(matchers).length]));
      }),
    );
  });

  test("no reading is clamped: what is impossible is not made 0", () => {
    expect(signal(podinfo)).not.toMatch(/clamp|abs|bool/);
  });

  test("workloads share one grouped query", () => {
    const instances = ["web", "api"].map((workload) => {
      const parsed = parseQuery(signal({ workload, namespace: "test" }));
      if (!parsed.ok) throw new Error(parsed.problem.caret);
      return templateInstanceOf(parsed.query);
    });
    expect(instances[0]?.template.key).toBeDefined();
    expect(instances[1]?.template.key).toBe(instances[0]?.template.key);
  });

  test("an empty workload or namespace and a label that is not free are refused", () => {
    expect(() => signal({ workload: "", namespace: "n" })).toThrow("workload");
    expect(() => signal({ workload: "w", namespace: "" })).toThrow("namespace");
    for (const label of ["reporter", "destination_workload", "le"]) {
      expect(() => signal({ ...podinfo, matchers: { [label]: "x" } })).toThrow(label);
    }
    expect(() => signal({ ...podinfo, matchers: { "a-b": "x" } })).toThrow("label name");
  });
});

test("a window of nothing and a quantile outside 0 and 1 are refused", () => {
  expect(() => requestsPerSecondQuery({ ...podinfo, windowSeconds: 0 })).toThrow(RangeError);
  for (const quantile of [0, 1, 95, Number.NaN]) expect(() => latencyQuery(podinfo, quantile)).toThrow("quantile");
});

test("the codes are not free where the signal sets them", () => {
  const traffic = { ...podinfo, matchers: { response_code: "200" } };
  expect(requestsPerSecondQuery(traffic)).toContain(',response_code="200"}');
  expect(() => errorRatioQuery(traffic)).toThrow("response_code");
});
