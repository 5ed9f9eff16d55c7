import { describe, expect, test } from "@jest/globals";
import { readMetricSpecs } from "hpa-metrics";
import { checkClashes } from "./clashes.ts";
import { editHpa } from "./cleanHpa.ts";
import { checkHpa, hpaReport } from "./hpaReport.ts";
import { readManifests } from "./manifests.ts";
import type { Reference } from "./report.ts";

const KEY = "metric-config.external.prometheus-query.prometheus/";

interface Metric {
  name?: string;
  selector?: object | null;
  target?: object;
}
function hpa(annotations: Record<string, string>, metric: Metric = {}, metadata: object = {}) {
  const { name = "prometheus-query", selector = { matchLabels: { "query-name": "rps" } }, target } = metric;
  const external = {
    metric: { name, ...(selector ? { selector } : {}) },
    target: target ?? { type: "AverageValue", averageValue: "10" },
  };
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", namespace: "shop", annotations, ...metadata },
    spec: { minReplicas: 1, maxReplicas: 3, metrics: [{ type: "External", external }] },
  };
}

function check(objects: object[], reference: Reference = "kube-metrics-adapter") {
  const manifests = objects.flatMap((object) => readManifests(JSON.stringify(object), "file"));
  const checked = manifests.map((manifest) => checkHpa(manifest, reference));
  checkClashes(checked, reference);
  return checked.map(hpaReport);
}

function only(object: object) {
  const [report] = check([object]);
  if (!report) throw new Error("no report");
  return report;
}

const ids = (report: { findings: readonly { id: string; differs: boolean }[] }) =>
  report.findings.filter(({ differs }) => differs).map(({ id }) => id);

/** What is served of a printed HPA. */
function served(manifest: object | undefined) {
  const { annotations, external } = editHpa(JSON.parse(JSON.stringify(manifest)));
  const { specs, problems } = readMetricSpecs(annotations, external);
  return {
    queries: specs.map(({ query }) => query.text),
    errors: problems.filter(({ severity }) => severity === "error"),
  };
}

describe("an HPA of the guide", () => {
  test("means the same and is not printed", () => {
    const report = only(hpa({ [`${KEY}rps`]: "sum(rate(a[1m]))" }));
    expect(report).toMatchObject({ subject: "HorizontalPodAutoscaler shop/web (file)", findings: [] });
    expect(report.manifest).toBeUndefined();
  });
});

// Each case with what is served of the HPA that is printed for it.
test.each<[string, object, string]>([
  ["pc-12", hpa({}, { selector: { matchLabels: { type: "prometheus", query: "up" } } }), "sum(up)"],
  ["pc-14", hpa({}, { selector: { matchLabels: { "query-name": "foo", foo: "up" } } }), "sum(up)"],
  ["pc-18", hpa({ "metric-config.external.prometheus-query.influxdb/rps": "vector(1)" }), "vector(1)"],
  ["pc-24", hpa({ [`${KEY}rps`]: "vector(1)", [`${KEY}interval`]: "-5s" }), "vector(1)"],
  ["pc-27", hpa({ [`${KEY}rps`]: "vector(1)", "metric-config.external.x.prometheus/interval": "30" }), "vector(1)"],
  [
    "pc-38",
    hpa({ [`${KEY}rps`]: "vector(1)", "metric-config.external.prometheus-query.influxdb/a": "b" }),
    "vector(1)",
  ],
  ["ASM_KEY_NOT_READ", hpa({ "metric-config.banana.prometheus-query.prometheus/rps": "vector(1)" }), "vector(1)"],
  ["ASM_SEVERAL_SERIES", hpa({ [`${KEY}rps`]: "rate(a[1m])" }), "sum(rate(a[1m]))"],
  ["ASM_SELECTOR_MISSING", hpa({ [`${KEY}query`]: "vector(1)" }, { selector: {} }), "vector(1)"],
  [
    "ASM_QUERY_NAME_RESERVED",
    hpa({ [`${KEY}aggregate`]: "vector(1)" }, { selector: { matchLabels: { "query-name": "aggregate" } } }),
    "vector(1)",
  ],
])("%s is told and repaired", (id, object, query) => {
  const report = only(object);
  expect(ids(report)).toContain(id);
  expect(served(report.manifest ?? object)).toEqual({ queries: [query], errors: [] });
});

test("an interval that nobody reads is judged at once, however it repeats itself", () => {
  const interval = `1.${"s000".repeat(50_000)}µ`;
  const began = performance.now();
  const report = only(hpa({ [`${KEY}rps`]: "vector(1)", "metric-config.external.x.prometheus/interval": interval }));
  expect(performance.now() - began).toBeLessThan(1_000);
  expect(ids(report)).toContain("pc-27");
});

test("with a Value target several samples become their maximum", () => {
  const object = hpa({ [`${KEY}rps`]: "latency" }, { target: { type: "Value", value: "1" } });
  expect(served(only(object).manifest).queries).toEqual(["max(latency)"]);
});

test("a comment at the end of a query does not swallow what is put around it", () => {
  expect(served(only(hpa({ [`${KEY}rps`]: "up # per pod" })).manifest).errors).toEqual([]);
});

test("a range vector is told, and left to its owner", () => {
  const report = only(hpa({ [`${KEY}rps`]: "up[5m]" }));
  expect(report.findings).toEqual([
    expect.objectContaining({
      id: "ASM_QUERY_INVALID",
      differs: true,
      reference: "serves 0, which scales to the minimum",
    }),
  ]);
  expect(report.manifest).toBeUndefined();
});

test("what neither adapter serves is told and is no difference", () => {
  const report = only(hpa({}));
  expect(report.findings).toEqual([expect.objectContaining({ id: "ASM_QUERY_MISSING", differs: false })]);
});

test("metrics of pods and objects are not served here", () => {
  const report = only(hpa({ [`${KEY}rps`]: "vector(1)", "metric-config.pods.rps.json-path/port": "9" }));
  expect(ids(report)).toEqual(["ASM_SOURCE_MISSING"]);
});

test("an HPA of v2beta1 is printed as v2, without what the API server and kubectl keep", () => {
  const object = {
    apiVersion: "autoscaling/v2beta1",
    kind: "HorizontalPodAutoscaler",
    metadata: {
      name: "web",
      uid: "u",
      managedFields: [],
      annotations: { [`${KEY}rps`]: "vector(1)", "kubectl.kubernetes.io/last-applied-configuration": "{}" },
    },
    spec: {
      maxReplicas: 3,
      metrics: [
        {
          type: "External",
          external: {
            metricName: "prometheus-query",
            metricSelector: { matchLabels: { "query-name": "rps" } },
            targetAverageValue: 10,
          },
        },
      ],
    },
    status: {},
  };
  expect(only(object).manifest).toEqual({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", annotations: { [`${KEY}rps`]: "vector(1)" } },
    spec: {
      maxReplicas: 3,
      metrics: [
        {
          type: "External",
          external: {
            metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": "rps" } } },
            target: { type: "AverageValue", averageValue: "10" },
          },
        },
      ],
    },
  });
});

test.each(["v1", "v2beta1"])("an HPA of %s with metrics that it writes otherwise is refused, not ruined", (version) => {
  const metrics = [{ type: "Resource", resource: { name: "cpu", targetAverageUtilization: 50 } }];
  const old = {
    ...hpa({ [`${KEY}rps`]: "vector(1)" }),
    apiVersion: `autoscaling/${version}`,
    spec: { maxReplicas: 3, metrics },
  };
  expect(() => check([old])).toThrow(
    /^ASM_CHECK_INPUT: .*shop\/web in file is of autoscaling\/v.*get hpa\.v2\.autoscaling/,
  );
});

test("a server that the HPA names by its URL is told: it will not be asked", () => {
  const report = only(hpa({ [`${KEY}rps`]: "vector(1)", [`${KEY}prometheus-server`]: "http://thanos:9090" }));
  expect(ids(report)).toEqual(["pc-32"]);
});

describe("two HPAs with one key", () => {
  const one = hpa({ [`${KEY}rps`]: "vector(1)" });
  const other = (namespace: string) => hpa({ [`${KEY}rps`]: "vector(2)" }, {}, { name: "api", namespace });

  test("in one namespace: the second gets a name of its own", () => {
    const [first, second] = check([one, other("shop")]);
    expect(first?.findings).toEqual([]);
    expect(ids(second ?? { findings: [] })).toEqual(["ASM_KEY_CLAIMED_TWICE"]);
    expect(Object.keys(Object(second?.manifest).metadata.annotations)).toEqual([`${KEY}api-rps`]);
    expect(served(second?.manifest)).toEqual({ queries: ["vector(2)"], errors: [] });
  });

  test("with the same query nothing is wrong", () => {
    expect(check([one, hpa({ [`${KEY}rps`]: "vector( 1 )" }, {}, { name: "api" })]).map(ids)).toEqual([[], []]);
  });

  test("and another policy: neither would be served, so the second gets a name of its own", () => {
    const strict = hpa({ [`${KEY}rps`]: "vector(1)", [`${KEY}on-no-data`]: "zero" }, {}, { name: "api" });
    expect(check([one, strict]).map(ids)).toEqual([[], ["ASM_KEY_CLAIMED_TWICE"]]);
  });

  test("in two namespaces only the adapter of 2020 mixes them up", () => {
    expect(check([one, other("till")]).map(ids)).toEqual([[], []]);
    const reports = check([one, other("till")], "guide-2020");
    expect(reports.map(ids)).toEqual([[], ["guide-2020"]]);
    expect(reports[1]?.manifest).toBeUndefined();
  });

  test("a selector that matches the other's labels too is told", () => {
    const wide = hpa({ [`${KEY}query`]: "vector(1)" }, { selector: { matchLabels: { a: "1" } } }, { name: "wide" });
    const narrow = hpa({ [`${KEY}query`]: "vector(2)" }, { selector: { matchLabels: { a: "1", b: "2" } } });
    expect(check([wide, narrow])[0]?.findings).toEqual([
      expect.objectContaining({ id: "ASM_SELECTOR_SUMS", differs: false }),
    ]);
  });
});
