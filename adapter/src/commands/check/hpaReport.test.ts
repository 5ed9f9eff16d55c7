import { type HasOwnDialect, readMetricSpecs } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
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

function check(
  objects: object[],
  reference: Reference = "kube-metrics-adapter",
  hasOwnDialect: HasOwnDialect = () => false,
  servesObjects = false,
) {
  const manifests = objects.flatMap((object) => readManifests(JSON.stringify(object), "file").manifests);
  const checked = manifests.map((manifest) => checkHpa(manifest, { reference, hasOwnDialect, servesObjects }));
  checkClashes(checked, reference);
  return checked.map((hpa) => hpaReport(hpa, reference));
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

test.each(["30s", "-1h", "0", "2562047h"])("an interval of %s that nobody reads changes nothing", (interval) => {
  const report = only(hpa({ [`${KEY}rps`]: "vector(1)", "metric-config.external.x.prometheus/interval": interval }));
  expect(ids(report)).toEqual([]);
});

test.each(["2562048h", "1d", "30 s"])(
  "an interval of %s stops the reference adapter from reading the HPA",
  (interval) => {
    const report = only(hpa({ [`${KEY}rps`]: "vector(1)", "metric-config.external.x.prometheus/interval": interval }));
    expect(ids(report)).toEqual(["pc-27"]);
  },
);

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

test("a query that is missing until a misspelled key is renamed is not told as missing", () => {
  const metric = { name: "q", selector: { matchLabels: { type: "prometheus" } } };
  const report = only(hpa({ "metric-config.externals.q.prometheus/query": "sum(a)" }, metric));
  expect(report.findings.map(({ id }) => id)).toEqual(["ASM_KEY_NOT_READ"]);
  expect(served(report.manifest)).toEqual({ queries: ["sum(a)"], errors: [] });
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

describe("an HPA of an old version", () => {
  const target = (quantity: string) => ({ type: "AverageValue", averageValue: quantity });
  const selector = { matchLabels: { "query-name": "rps" } };
  const old = [
    { type: "Resource", resource: { name: "cpu", targetAverageUtilization: 50 } },
    { type: "ContainerResource", containerResource: { name: "cpu", container: "app", targetAverageValue: "1" } },
    { type: "Pods", pods: { metricName: "x", targetAverageValue: 3 } },
    { type: "Object", object: { metricName: "y", target: { kind: "Ingress", name: "i" }, targetValue: "4" } },
    {
      type: "External",
      external: { metricName: "prometheus-query", metricSelector: selector, targetAverageValue: "10" },
    },
  ];
  const utilization = { type: "Utilization", averageUtilization: 50 };
  const asV2 = [
    { type: "Resource", resource: { name: "cpu", target: utilization } },
    { type: "ContainerResource", containerResource: { name: "cpu", container: "app", target: target("1") } },
    { type: "Pods", pods: { metric: { name: "x" }, target: target("3") } },
    {
      type: "Object",
      object: {
        describedObject: { kind: "Ingress", name: "i" },
        metric: { name: "y" },
        target: { type: "Value", value: "4" },
      },
    },
    { type: "External", external: { metric: { name: "prometheus-query", selector }, target: target("10") } },
  ];
  const annotations = { [`${KEY}rps`]: "vector(1)" };

  test("v2beta1 is read, and printed as v2", () => {
    const object = { ...hpa(annotations), apiVersion: "autoscaling/v2beta1", spec: { maxReplicas: 3, metrics: old } };
    expect(Object(only(object).manifest).spec.metrics).toEqual(asV2);
  });

  test.each([
    ["v2beta1", "1.25", old],
    ["v2beta2", "1.26", asV2],
  ])("%s is named as not served since Kubernetes %s, and is no difference", (version, since, metrics) => {
    const object = { ...hpa(annotations), apiVersion: `autoscaling/${version}`, spec: { maxReplicas: 3, metrics } };
    const found = only(object).findings.find(({ id }) => id === "apiVersion");
    expect(found).toMatchObject({ differs: false, message: expect.stringContaining(`since Kubernetes ${since}`) });
  });

  test.each(["autoscaling/v1", "autoscaling/v2"])("%s is served, and its version is not named", (apiVersion) => {
    const object = { ...hpa(annotations), apiVersion, spec: { maxReplicas: 3 } };
    expect(only(object).findings.filter(({ id }) => id === "apiVersion")).toEqual([]);
  });

  test("v1 is read with the metrics and the behavior in its annotations", () => {
    const [, ...others] = old;
    const behavior = { scaleDown: { stabilizationWindowSeconds: 60 } };
    const alpha = "autoscaling.alpha.kubernetes.io/";
    const own = {
      ...annotations,
      [`${alpha}metrics`]: JSON.stringify(others),
      [`${alpha}behavior`]: JSON.stringify(behavior),
    };
    const spec = { maxReplicas: 3, targetCPUUtilizationPercentage: 50 };
    const report = only({ ...hpa(own), apiVersion: "autoscaling/v1", spec });
    const [cpu, ...rest] = asV2;
    expect(report.manifest).toMatchObject({
      metadata: { annotations },
      spec: { maxReplicas: 3, behavior, metrics: [...rest, cpu] },
    });
    expect(Object(report.manifest).spec).not.toHaveProperty("targetCPUUtilizationPercentage");
  });

  test.each(["autoscaling/v3", "autoscaling/v2beta3", "example.com/v1"])(
    "%s is named, and nothing is printed",
    (apiVersion) => {
      const report = only({ ...hpa({ [`${KEY}rps`]: "up" }), apiVersion });
      expect(ids(report)).toContain("ASM_CHECK_UNKNOWN");
      expect(report.manifest).toBeUndefined();
    },
  );
});

describe("a query that this adapter rejects", () => {
  const told = (query: string, more: Record<string, string> = {}) =>
    only(hpa({ [`${KEY}rps`]: query, ...more })).findings;

  test.each([
    "rate(requests_total)",
    "sum(a) default 0",
    "WITH (x = a) sum(x)",
    "median(a)",
    'sum({a="1" or b="2"})',
    "sum(",
  ])("is a difference and not the same, because the server may accept more than PromQL: %s", (query) => {
    expect(told(query)).toContainEqual(
      expect.objectContaining({
        id: "ASM_QUERY_INVALID",
        differs: true,
        reference: expect.stringMatching(/VictoriaMetrics/),
      }),
    );
  });

  test("names VictoriaMetrics where the HPA names it", () => {
    const server = { [`${KEY}prometheus-server`]: "http://vmselect.monitoring:8481/select/0/prometheus" };
    expect(told("sum(a) default 0", server)[0]?.reference).toMatch(/^sends it to VictoriaMetrics \(http:\/\/vmselect/);
  });
});

describe("a metric that this adapter does not serve is a difference in the words of what serves it", () => {
  const external = (name: string, matchLabels: object = {}) => hpa({}, { name, selector: { matchLabels } });
  test.each<[string, object, string, RegExp]>([
    ["SQS", external("sqs-queue-length", { "queue-name": "a" }), "ASM_METRIC_NOT_SERVED", /AWS SQS/],
    ["InfluxDB", external("flux-query", { "query-name": "a" }), "ASM_METRIC_NOT_SERVED", /InfluxDB/],
    ["ZMON", external("my-check", { type: "zmon" }), "ASM_METRIC_NOT_SERVED", /ZMON/],
    ["Nakadi", external("lag", { type: "nakadi" }), "ASM_METRIC_NOT_SERVED", /Nakadi/],
    ["HTTP", external("q", { type: "json-path" }), "ASM_METRIC_NOT_SERVED", /json-path/],
    ["SLS", external("sls_ingress_qps", { "sls.project": "p" }), "ack-alibaba-cloud-metrics-adapter", /SLS/],
    ["SLB", external("slb_l7_qps", { "slb.instance.id": "i" }), "ack-alibaba-cloud-metrics-adapter", /SLB/],
    ["ARMS", external("arms_app_requests_qps"), "ack-alibaba-cloud-metrics-adapter", /ARMS/],
    ["MSE", external("sls_ingress_latency_p99"), "ack-alibaba-cloud-metrics-adapter", /MSE/],
    ["AHAS", external("ahas_sentinel_pass_qps"), "ack-alibaba-cloud-metrics-adapter", /AHAS/],
    ["CloudMonitor", external("k8s_workload_cpu_util"), "ack-alibaba-cloud-metrics-adapter", /CloudMonitor/],
    ["cost", external("cost_hour"), "ack-alibaba-cloud-metrics-adapter", /cost analysis/],
    ["KEDA", external("s0-prometheus", { "scaledobject.keda.sh/name": "web" }), "keda", /KEDA/],
    ["a word of JavaScript", external("constructor", { type: "toString" }), "ASM_METRIC_NOT_SERVED", /another adapter/],
    ["an unknown one", external("queue_depth"), "ASM_METRIC_NOT_SERVED", /another adapter/],
  ])("%s", (_, object, id, serves) => {
    const report = only(object);
    expect(report.findings).toEqual([
      expect.objectContaining({ id, differs: true, reference: expect.stringMatching(serves) }),
    ]);
    if (id.startsWith("ack"))
      expect(JSON.stringify(report.findings)).not.toMatch(/kube-metrics-adapter|type: prometheus/);
  });

  const target = { type: "AverageValue", averageValue: "1" };
  const object = (kind: string, name: string) => ({
    type: "Object",
    object: { describedObject: { apiVersion: "v1", kind, name: "x" }, metric: { name }, target },
  });
  test.each<[string, object, RegExp]>([
    ["json-path", { type: "Pods", pods: { metric: { name: "q" }, target } }, /custom metrics API/],
    ["skipper", object("Ingress", "requests-per-second"), /skipper/],
    ["skipper, weighted", object("RouteGroup", "requests-per-second,backend"), /skipper/],
    ["a schedule", object("ScalingSchedule", "s"), /ScalingSchedule/],
    ["a schedule of the cluster", object("ClusterScalingSchedule", "s"), /ClusterScalingSchedule/],
    ["anything else", object("Service", "s"), /custom metrics API/],
  ])("%s, also without an annotation", (_, metric, serves) => {
    const given = hpa({ [`${KEY}rps`]: "vector(1)" });
    const report = only({ ...given, spec: { ...given.spec, metrics: [...given.spec.metrics, metric] } });
    expect(report.findings).toEqual([
      expect.objectContaining({ id: "ASM_SOURCE_MISSING", differs: true, reference: expect.stringMatching(serves) }),
    ]);
  });
});

describe("a metric that kube-metrics-adapter reads from Prometheus in another way becomes External", () => {
  const object = (target: object, more: object = {}) => ({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", annotations: { "metric-config.object.rps.prometheus/query": "sum(a)", ...more } },
    spec: {
      maxReplicas: 3,
      metrics: [
        {
          type: "Object",
          object: { describedObject: { kind: "Pod", name: "dummy" }, metric: { name: "rps" }, target },
        },
      ],
    },
  });
  const perReplica = { "metric-config.object.rps.prometheus/per-replica": "false" };
  test.each<[string, object, object]>([
    ["a Value", object({ type: "Value", value: "10" }), { type: "Value", value: "10" }],
    [
      "an AverageValue",
      object({ type: "AverageValue", averageValue: "10" }),
      { type: "AverageValue", averageValue: "10" },
    ],
    ["per replica", object({ type: "Value", value: "10" }, perReplica), { type: "AverageValue", averageValue: "10" }],
  ])("an Object metric with %s", (_, given, target) => {
    const { manifest } = only(given);
    expect(served(manifest)).toEqual({ queries: ["sum(a)"], errors: [] });
    expect(editHpa(Object(manifest)).external.map((metric) => metric.target)).toEqual([target]);
  });

  test("the requests of hostnames", () => {
    const key = "metric-config.external.rps.requests-per-second/";
    const annotations = { [`${key}hostnames`]: "a.example.com,b.example.com", [`${key}weight`]: "42" };
    const { manifest } = only(
      hpa(annotations, { name: "rps", selector: { matchLabels: { type: "requests-per-second" } } }),
    );
    expect(served(manifest)).toEqual({
      queries: [
        'scalar(sum(rate(skipper_serve_host_duration_seconds_count{host=~"a_example_com|b_example_com"}[1m])) * 0.4200)',
      ],
      errors: [],
    });
  });
});

test("a key of another collector is read on Prometheus only for a metric of that type", () => {
  const annotations = { "metric-config.external.flux-query.influxdb/queue": "from(bucket: 1)" };
  const report = only(hpa(annotations, { name: "flux-query", selector: { matchLabels: { "query-name": "queue" } } }));
  expect(report.findings.map(({ reference }) => reference).join()).not.toMatch(/on Prometheus/);
  expect(report.findings.every(({ differs }) => differs)).toBe(true);
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

describe("a query that is not PromQL", () => {
  const query = "topk_avg(1, rate(a[1m]))";
  const aliased = { [`${KEY}rps`]: query, [`${KEY}prometheus-server-alias`]: "vm" };
  const own: [string, Record<string, string>, HasOwnDialect][] = [
    ["default server", { [`${KEY}rps`]: query }, ({ kind }) => kind === "default"],
    ["alias", aliased, (server) => server.kind === "alias" && server.alias === "vm"],
    ["annotation", { [`${KEY}rps`]: query, [`${KEY}dialect`]: "server" }, () => false],
  ];

  test.each(own)("is served as it is, if the %s has a dialect of its own", (_, annotations, hasOwnDialect) => {
    const [report] = check([hpa(annotations)], "kube-metrics-adapter", hasOwnDialect);
    expect(report?.findings).toEqual([expect.objectContaining({ id: "dialect", differs: false, key: `${KEY}rps` })]);
    expect(report?.manifest).toBeUndefined();
  });

  test("differs, if only another server has one", () => {
    const isAlias: HasOwnDialect = ({ kind }) => kind === "alias";
    const [report] = check([hpa({ [`${KEY}rps`]: query })], "kube-metrics-adapter", isAlias);
    expect(ids(report ?? { findings: [] })).toEqual(["ASM_QUERY_INVALID"]);
  });

  test("keeps its dialect under another name", () => {
    const annotations = { [`${KEY}aggregate`]: query, [`${KEY}dialect.aggregate`]: "server" };
    const { manifest } = only(hpa(annotations, { selector: { matchLabels: { "query-name": "aggregate" } } }));
    expect(served(manifest)).toEqual({ queries: [query], errors: [] });
  });
});

describe("an HPA that asks for the proxies", () => {
  const istio =
    'sum(rate(istio_requests_total{destination_workload="web",destination_workload_namespace="shop",reporter="destination"}[1m]))';

  test("is told that they can answer its query", () => {
    for (const [setting, here] of [
      ["reaction", "read from them too, if"],
      ["on-error", "while Prometheus does not answer"],
    ]) {
      const { spec, ...rest } = hpa({ [`${KEY}rps`]: istio, [`${KEY}${setting}`]: "direct" });
      const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
      const { findings } = only({ ...rest, spec: { ...spec, scaleTargetRef } });
      expect(findings).toEqual([
        expect.objectContaining({
          id: "direct",
          differs: true,
          key: `${KEY}rps`,
          here: expect.stringContaining(here ?? ""),
        }),
      ]);
    }
  });

  test("is told why they cannot, and is not changed", () => {
    const report = only(hpa({ [`${KEY}rps`]: "sum(load)", [`${KEY}reaction`]: "direct" }));
    expect(report.findings).toEqual([
      expect.objectContaining({
        id: "ASM_DIRECT_QUERY",
        differs: false,
        message: expect.stringContaining("load is not one"),
      }),
    ]);
    expect(report.manifest).toBeUndefined();
  });
});

describe("with --custom-metrics", () => {
  const described = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "web" };
  const metric = (type: string, source: object) => ({
    ...{ type, [type.toLowerCase()]: { metric: { name: "hits" }, target: { type: "Value", value: "9" }, ...source } },
  });
  const given = (annotations: Record<string, string>, ...metrics: object[]) => {
    const plain = hpa(annotations);
    return { ...plain, spec: { ...plain.spec, metrics, scaleTargetRef: { kind: "Deployment", name: "web" } } };
  };
  const report = (object: object) => {
    const [one] = check([object], "kube-metrics-adapter", undefined, true);
    if (!one) throw new Error("no report");
    return one;
  };
  const OBJECT = "metric-config.object.hits.prometheus/";

  test("an Object metric with a query on Prometheus is served as it is, and printed nowhere", () => {
    const settings = { [`${OBJECT}query`]: "sum(hits)", [`${OBJECT}per-replica`]: "true" };
    const { findings, manifest } = report(given(settings, metric("Object", { describedObject: described })));
    expect(findings).toEqual([expect.objectContaining({ id: "object", differs: false, key: `${OBJECT}query` })]);
    expect(manifest).toBeUndefined();
  });

  test("its problems are those of the adapter", () => {
    const settings = { [`${OBJECT}query`]: "sum(hits)", [`${OBJECT}per-replica`]: "false" };
    const { findings } = report(given(settings, metric("Object", { describedObject: described })));
    expect(findings).toContainEqual(
      expect.objectContaining({ id: "ASM_PER_REPLICA_INVALID", reference: expect.stringMatching(/whatever/) }),
    );
  });

  test("json-path is reported once, with its code and what to use instead", () => {
    const settings = { "metric-config.pods.hits.json-path/path": "/", "metric-config.pods.hits.json-path/port": "9" };
    expect(report(given(settings, metric("Pods", {}))).findings).toEqual([
      expect.objectContaining({
        ...{ id: "ASM_COLLECTOR_NOT_SERVED", differs: true },
        here: expect.stringMatching(/let Prometheus scrape the pods/),
      }),
    ]);
  });
});
