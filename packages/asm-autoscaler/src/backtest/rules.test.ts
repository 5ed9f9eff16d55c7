import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readHpa, readRules } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { simulatedHpa } from "./autoscaler";
import { backtest } from "./backtest";
import { customLoad } from "./ruleQuery";

const RULES = `
rules:
- seriesQuery: '{__name__=~"^(http|hits).*_total$",pod!=""}'
  resources: {template: <<.Resource>>}
  name: {matches: "^(.*)_total$"}
  metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)'
- seriesQuery: queue_length{pod!=""}
  resources: {template: <<.Resource>>}
  metricsQuery: 'avg(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
externalRules:
- seriesQuery: backlog
  resources: {namespaced: false}
  metricsQuery: '<<.Series>>{<<.LabelMatchers>>}'
`;
const read = readRules(RULES);
if (!read.ok) throw new Error(read.problem.message);
const { file: rules } = read;

const pods = (name: string) => ({
  type: "Pods",
  pods: { metric: { name }, target: { type: "AverageValue", averageValue: "10" } },
});
const object = (target: object) => ({
  type: "Object",
  object: {
    metric: { name: "hits" },
    describedObject: { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "front" },
    target,
  },
});
const external = (name: string) => ({
  type: "External",
  external: { metric: { name }, target: { type: "AverageValue", averageValue: "10" } },
});
const manifest = (metrics: readonly object[], kind = "Deployment") => ({
  id: "shop/web",
  object: {
    metadata: { namespace: "shop", name: "web" },
    spec: { maxReplicas: 9, scaleTargetRef: { apiVersion: "apps/v1", kind, name: "web.a" }, metrics },
  },
});
const simulated = (metrics: readonly object[], kind?: string) => simulatedHpa(manifest(metrics, kind), 300, rules);

describe("a Pods metric of a rule", () => {
  test("is a load that the pods share: the sum of the rates of the pods of its workload", () => {
    const { metrics, ignored } = simulated([pods("http_requests")]);
    expect(metrics).toMatchObject([
      {
        name: "http_requests",
        target: 10,
        scaled: { type: "External", kind: "averageValue", goal: 10_000 },
        reads: { kind: "requests", windowSeconds: 120, countedBy: "pods", isDirect: false },
      },
    ]);
    expect(metrics[0]?.query.text).toMatch(/^sum\(rate\(http_requests_total\{namespace="shop",pod=~"web\[\.\]a-/);
    expect(ignored).toEqual([expect.stringContaining("must not depend on the number of pods")]);
  });

  test.each([
    ["Deployment", ["web.a-7d9f8b6c5d-x7k2p"], ["web.a-api-7d9f8b6c5d-x7k2p", "web.a-0", "webba-7d9f8b6c5d-x7k2p"]],
    ["StatefulSet", ["web.a-0", "web.a-12"], ["web.a-7d9f8b6c5d-x7k2p", "other-0"]],
  ])("knows the pods of a %s by their names", (kind, own, others) => {
    const { text = "" } = simulated([pods("http_requests")], kind).metrics[0]?.query ?? {};
    const pattern = new RegExp(`^(?:${/pod=~"([^"]*)"/.exec(text)?.[1]})$`);
    expect(own.filter((name) => !pattern.test(name))).toEqual([]);
    expect(others.filter((name) => pattern.test(name))).toEqual([]);
  });

  test.each([
    ["a query that is not a rate", pods("queue_length"), "Deployment", /rules\[1\] is not the rate of a counter/],
    ["a metric that no rule gives", pods("orders"), "Deployment", /no rule gives it/],
    [
      "a workload with unknown names of pods",
      pods("http_requests"),
      "Foo",
      /the names of the pods of a Foo are not known/,
    ],
  ])("is not simulated for %s, and its name and the reason are said", (_name, metric, kind, why) => {
    expect(() => simulated([metric], kind)).toThrow(why);
    const { ignored } = simulatedHpa(
      manifest([metric, object({ type: "AverageValue", averageValue: "5" })], kind),
      300,
      rules,
    );
    expect(ignored.find((line) => line.includes("is not simulated"))).toMatch(why);
  });

  test("is not simulated without rules, and that is said", () => {
    expect(() => simulatedHpa(manifest([pods("http_requests")]), 300)).toThrow(/http_requests: it is from a rule/);
  });
});

test("an Object metric is a load that the pods share for a target per pod, and its recorded values otherwise", () => {
  const each = simulated([object({ type: "AverageValue", averageValue: "5" })]).metrics[0];
  expect(each?.reads).toMatchObject({ kind: "requests", countedBy: "clients" });
  expect(each?.query.text).toBe('sum(rate(hits_total{namespace="shop",ingress="front"}[2m]))');
  const both = simulated([pods("http_requests"), object({ type: "Value", value: "5" })]).metrics;
  expect(both.map(({ reads }) => reads.kind)).toEqual(["requests", "recorded"]);
});

test("an External metric of a rule has the recorded sum of its series", () => {
  const { metrics } = simulated([pods("http_requests"), external("backlog")]);
  expect(metrics[1]).toMatchObject({ name: "backlog", reads: { kind: "recorded" } });
  expect(metrics[1]?.query.text).toBe("sum(backlog{})");
});

test("a metric whose selector no query can have is not followed", () => {
  const metric = { name: "http_requests", selector: { matchLabels: { "a/b": "c" } } };
  const { status, scaleTarget } = readHpa(
    manifest([{ type: "Pods", pods: { metric, target: { averageValue: "1" } } }]).object,
  );
  const hpa = { namespace: "shop", scaleTarget };
  const [first] = status.metrics;
  expect(first && customLoad(first, hpa, rules)).toMatchObject({ why: expect.stringContaining("ASM_RULE_SELECTOR") });
});

test("the command replays traffic on a Pods metric with --rules, and says what is wrong with the file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "backtest-rules-"));
  const file = (name: string, content: string) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const { object: written } = manifest([pods("http_requests")]);
  const hpa = file("hpa.json", JSON.stringify({ kind: "HorizontalPodAutoscaler", ...written }));
  const run = async (rulesFile: string) => {
    let [out, error] = ["", ""];
    const streams = { out: (text: string) => (out += text), error: (text: string) => (error += text), now: () => 0 };
    const code = await backtest([hpa, "--shape=step", "--rules", rulesFile, "--output=json"], streams);
    return { code, out, error };
  };
  const { code, out } = await run(file("rules.yaml", RULES));
  expect([code, JSON.parse(out)]).toMatchObject([0, { id: "shop/web", runs: [{ target: 10 }] }]);
  expect(await run(file("none.yaml", "a: b"))).toMatchObject({ code: 2, error: expect.stringContaining("none.yaml") });
  expect(await run(join(folder, "absent.yaml"))).toMatchObject({
    code: 2,
    error: expect.stringContaining("absent.yaml"),
  });
});
