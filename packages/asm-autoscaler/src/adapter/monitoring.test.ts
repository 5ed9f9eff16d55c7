import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import "../../testing/bundleFixture";
import { prometheus, recordAdapter } from "../../testing/recordAdapter";
import { only } from "../../testing/recordStack";

const POD_MONITOR = "kubernetes:monitoring.coreos.com/v1:PodMonitor";
const RULE = "kubernetes:monitoring.coreos.com/v1:PrometheusRule";

test("the scrape gives the series the labels that the alerts ask for", async () => {
  const stack = await recordAdapter({ prometheus, prometheusOperator: true, namespace: "metrics", replicas: 3 });
  expect(only(stack, POD_MONITOR).inputs).toMatchObject({
    metadata: {
      name: "asm-metrics-adapter",
      namespace: "metrics",
      labels: { "app.kubernetes.io/name": "asm-metrics-adapter" },
    },
    spec: {
      jobLabel: "app.kubernetes.io/name",
      selector: { matchLabels: { "app.kubernetes.io/name": "asm-metrics-adapter" } },
      podMetricsEndpoints: [{ port: "metrics", path: "/metrics", interval: "30s" }],
    },
  });
  const spec: { groups: { rules: { alert: string; expr: string }[] }[] } = JSON.parse(
    JSON.stringify(only(stack, RULE).inputs["spec"]),
  );
  const rules = spec.groups[0]?.rules ?? [];
  expect(rules.length).toBeGreaterThan(3);
  for (const { expr } of rules) expect(expr).toContain('{job="asm-metrics-adapter",namespace="metrics"');
  expect(rules.map(({ expr }) => expr)).toContainEqual(expect.stringMatching(/ < 3$/));
});

test("rules and monitors get the labels by which the operator's Prometheus picks them", async () => {
  const stack = await recordAdapter({
    prometheus,
    prometheusOperator: true,
    prometheusOperatorLabels: { release: pulumi.output("kube-prometheus-stack") },
  });
  for (const type of [POD_MONITOR, RULE]) {
    expect(only(stack, type).inputs["metadata"]).toMatchObject({
      labels: { "app.kubernetes.io/name": "asm-metrics-adapter", release: "kube-prometheus-stack" },
    });
  }
});

test("the dashboards are JSON under names of their own, with the label that Grafana's sidecar looks for", async () => {
  const stack = await recordAdapter({ prometheus, grafanaDashboard: true });
  const map = stack.find(({ name }) => name === "metrics-dashboards");
  expect(map?.inputs["metadata"]).toMatchObject({ labels: { grafana_dashboard: "1" }, namespace: "kube-system" });
  expect(map?.hideDiffs).toEqual(["data"]);
  const data: Record<string, string> = JSON.parse(JSON.stringify(map?.inputs["data"]));
  const uids = Object.entries(data).map(([file, text]) => [file, JSON.parse(text).uid]);
  expect(uids).toEqual([
    ["asm-autoscaler-adapter.json", "asm-autoscaler-adapter"],
    ["asm-autoscaler-fleet.json", "asm-autoscaler-fleet"],
    ["asm-autoscaler-traffic.json", "asm-autoscaler-traffic"],
  ]);
});

test("no source of the room loads Grafana's builders but when a dashboard is asked for", () => {
  const sources = readdirSync(__dirname).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
  const mentions = sources.flatMap((file) =>
    readFileSync(join(__dirname, file), "utf8")
      .split("\n")
      .filter((line) => /dashboards"|grafana-foundation/.test(line)),
  );
  expect(mentions).toEqual([expect.stringMatching(/^ {2}const .*typeof import\(.*require\("..\/dashboards"\);$/)]);
});
