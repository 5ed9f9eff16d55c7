import { anticipateQuery, PERIOD_SECONDS, requestsPerSecondQuery, writeAnnotations } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { trafficAutoscaler } from "./program.ts";

const KEY = "metric-config.external.rps.prometheus";

function hpa(annotations: Record<string, string>, metadata: object = {}, metrics: object[] = []) {
  const external = { metric: { name: "rps", selector: { matchLabels: { type: "prometheus" } } } };
  return {
    metadata: { name: "web", annotations, ...metadata },
    spec: {
      maxReplicas: 5,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      metrics: [
        { type: "External", external: { ...external, target: { type: "AverageValue", averageValue: "10" } } },
        ...metrics,
      ],
    },
  };
}

const programOf = (...args: Parameters<typeof trafficAutoscaler>) => trafficAutoscaler(...args)?.text;

describe("the TrafficAutoscaler of an HPA with an anticipated load", () => {
  const load = requestsPerSecondQuery({ workload: "web", namespace: "default" });
  const anticipate = { periodSeconds: PERIOD_SECONDS.Week, leadSeconds: 600, periods: 2, growth: false };
  const guide = (more: object, isAct: boolean) => {
    const { annotations, metrics } = writeAnnotations([
      { queryName: "rps", query: load },
      { queryName: "rps-ahead", query: anticipateQuery(load, { ...anticipate, ...more }), anticipates: "rps" },
    ]);
    const target = { type: "AverageValue", averageValue: "10" };
    const external = metrics.slice(0, isAct ? 2 : 1).map(({ name, matchLabels }) => ({
      type: "External",
      external: { metric: { name, selector: { matchLabels } }, target },
    }));
    const { spec, metadata } = hpa(annotations);
    return { metadata, spec: { ...spec, metrics: external } };
  };

  test.each([
    ["Observe", false],
    ["Act", true],
  ])("has it as an argument of the load, in the mode %s", (mode, isAct) => {
    const except = [{ from: Date.UTC(2026, 11, 24) / 1000, to: Date.UTC(2026, 11, 26) / 1000 }];
    const program = trafficAutoscaler(guide({ except }, isAct));
    expect(program?.leavesOut).toBe(false);
    expect(program?.text.match(/requestsPerSecond/g)).toHaveLength(1);
    const shown = program?.text.replace(/\s+/g, " ");
    expect(shown).toContain(
      `anticipate: { period: "Week", lead: "10m", periods: 2, growth: false, mode: "${mode}", except: [ "2026-12-24", "2026-12-25", ], }`,
    );
  });

  test.each([
    ["more days than the component takes", 0, 367],
    ["so many days that they do not fit into memory", 0, 1e9],
    ["a year with five digits", Date.UTC(9999, 11, 31) / 86_400_000, 2],
    ["a time that is not a date", 1e10, 1],
  ])("says that it leaves out %s", (_, first, days) => {
    const except = [{ from: first * 86_400, to: (first + days) * 86_400 }];
    expect(programOf(guide({ except }, false))).toContain("rps-ahead: what it anticipates");
  });

  test("keeps what acts as a query if its target is not that of the load", () => {
    const { metadata, spec } = guide({}, true);
    const [load, ahead] = spec.metrics;
    const target = { type: "AverageValue", averageValue: "20" };
    const other = { ...ahead, external: { ...ahead?.external, target } };
    const text = programOf({ metadata, spec: { ...spec, metrics: [load, other] } });
    expect(text).toContain('averageValue: "20"');
    expect(text).not.toContain("anticipate:");
  });

  test("says that it leaves out what the component cannot write, and keeps a metric as a query", () => {
    const other = { periodSeconds: 3600 };
    expect(programOf(guide(other, false))).toContain("rps-ahead: what it anticipates");
    expect(programOf(guide(other, true))).toContain('query: "quantile(0,');
  });
});

describe("the TrafficAutoscaler of an HPA", () => {
  test("keeps a comment in a query from taking the bracket around it", () => {
    const text = programOf(hpa({ [`${KEY}/query`]: "up # per pod", [`${KEY}/aggregate`]: "sum" }));
    expect(text).toContain(JSON.stringify("sum(\nup # per pod\n)"));
  });

  test("has the dialect of a query that is not PromQL", () => {
    const query = { [`${KEY}/query`]: "range_max(up)" };
    const dialect = 'query: "range_max(up)",\n      dialect: "Server",';
    expect(programOf(hpa({ ...query, [`${KEY}/dialect`]: "server" }))).toContain(dialect);
    expect(programOf(hpa(query), [], ({ kind }) => kind === "default")).toContain(dialect);
    expect(programOf(hpa(query))).toBeUndefined();
  });

  test("has the reaction Direct and the rates of the HPA, or the policy Direct", () => {
    const query =
      'sum(rate(istio_requests_total{destination_workload="web",destination_workload_namespace="default",reporter="destination"}[1m]))';
    const direct = programOf(hpa({ [`${KEY}/query`]: query, [`${KEY}/reaction`]: "direct" }));
    expect(direct).toContain('reaction: "Direct",\n  behavior: {\n    scaleUp: {\n      pace: "Normal",');
    const fallback = programOf(hpa({ [`${KEY}/query`]: query, [`${KEY}/on-error`]: "direct" }));
    expect(fallback).toContain('onError: {\n        policy: "Direct",');
    expect(fallback).not.toContain("reaction");
  });

  test("is in the namespace default where the file names none, and knows its requests there", () => {
    const query =
      'sum(rate(istio_requests_total{destination_workload="web",destination_workload_namespace="default",reporter="destination"}[1m]))';
    const text = programOf(hpa({ [`${KEY}/query`]: query }));
    expect(text).toContain('new TrafficAutoscaler("default-web", {\n  namespace: "default",');
    expect(text).toContain("requestsPerSecond: 10,");
  });

  test("has the name, the labels and the annotations of others, but not what kubectl adds", () => {
    const annotations = {
      [`${KEY}/query`]: "up",
      "argocd.argoproj.io/sync-wave": "1",
      "kubectl.kubernetes.io/last-applied-configuration": "{}",
    };
    const text = programOf(hpa(annotations, { name: "web-hpa", labels: { team: "shop" } }));
    expect(text).toContain('name: "web-hpa",\n  labels: {\n    team: "shop",\n  },');
    expect(text).toContain('annotations: {\n    "argocd.argoproj.io/sync-wave": "1",\n  },');
    expect(text).not.toContain("Left out");
  });

  test("has metrics of other sources as they are", () => {
    const pods = {
      type: "Pods",
      pods: { metric: { name: "jobs" }, target: { type: "AverageValue", averageValue: "5" } },
    };
    const result = trafficAutoscaler(hpa({ [`${KEY}/query`]: "up" }, {}, [pods]));
    expect(result?.text).toContain('additionalMetrics: [\n    {\n      type: "Pods",\n      pods: {');
    expect(result?.leavesOut).toBe(false);
  });

  test("scales another kind by targetRef, and on CPU and memory too", () => {
    const cpu = {
      type: "Resource",
      resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } },
    };
    const object = hpa({ [`${KEY}/query`]: "up" }, {}, [cpu]);
    object.spec.scaleTargetRef.kind = "StatefulSet";
    const text = programOf(object);
    expect(text).toContain('kind: "StatefulSet"');
    expect(text).toContain("cpuUtilization: 60,");
  });

  test("has text where the argument is text, also for a number or a word that YAML takes for something else", () => {
    const object = hpa({ [`${KEY}/query`]: "up" }, { name: "null", namespace: "yes" });
    Object(object.spec.metrics[0]).external.target = { type: "AverageValue", averageValue: 10 };
    const text = programOf(object);
    expect(text).toContain('averageValue: "10",');
    expect(text).toContain('namespace: "yes",');
  });

  test("has schedules beside its metrics", () => {
    const schedules = [{ days: ["Monday"], from: "08:00", to: "20:00", utcOffset: "+08:00", replicas: 6 }];
    expect(programOf(hpa({ [`${KEY}/query`]: "up" }), schedules)).toMatch(
      /schedules: \[\n {4}\{\n {6}days: \[\n {8}"Monday",\n {6}\],\n {6}from: "08:00",\n {6}to: "20:00",/,
    );
  });

  test("says whether it leaves something out", () => {
    expect(trafficAutoscaler(hpa({ [`${KEY}/query`]: "up" }))?.leavesOut).toBe(false);
    const interval = { [`${KEY}/query`]: "up", [`${KEY}/interval`]: "30s" };
    expect(trafficAutoscaler(hpa(interval))?.leavesOut).toBe(true);
  });

  test("is none without a metric", () => {
    expect(trafficAutoscaler(hpa({}))).toBeUndefined();
  });
});
