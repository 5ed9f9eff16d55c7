import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseQuery } from "@asm-autoscaler/hpa-metrics";
import { expect, test } from "@jest/globals";
import { adapterAlerts } from ".";

const alerts = adapterAlerts({ namespace: "kube-system", job: "asm-metrics-adapter", replicas: 2 });
const metricsIn = (query: string) => [...query.matchAll(/\b([a-z_][a-z0-9_]*)\{/g)].map((match) => match[1] ?? "");

test("each alert is PromQL that Prometheus accepts, under a name of its own, with a text for the reader", () => {
  for (const { alert, expr, for: held, annotations } of alerts) {
    const parsed = parseQuery(expr);
    expect([alert, parsed.ok ? "" : parsed.problem.message]).toEqual([alert, ""]);
    expect(held).toMatch(/^\d+[mh]$/);
    expect(annotations.summary).not.toMatch(/\.$/);
    expect(annotations.description).toMatch(/\.$/);
  }
  expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
});

test("each has its runbook, and no runbook is without an alert", () => {
  const folder = join(__dirname, "../../../../docs/runbooks");
  const pages = readdirSync(folder).filter((file) => file !== "README.md");
  expect(pages.sort()).toEqual(alerts.map(({ alert }) => `${alert}.md`).sort());
  for (const { alert, annotations } of alerts) {
    expect(annotations.runbook_url).toMatch(/^https:\/\/github\.com\//);
    expect(annotations.runbook_url.endsWith(`/docs/runbooks/${alert}.md`)).toBe(true);
    const text = readFileSync(join(folder, `${alert}.md`), "utf8");
    expect(text.startsWith(`# ${alert}\n`)).toBe(true);
    expect(
      ["## What it means", "## What to look at", "## What to do"].filter((heading) => !text.includes(heading)),
    ).toEqual([]);
  }
});

test("they look at this adapter only, and at metrics that it exposes", () => {
  const source = (file: string) => readFileSync(join(__dirname, "../../../../adapter/src/status", file), "utf8");
  const own = [
    ...`${source("metricsServer.ts")}${source("delegateMetrics.ts")}${source("takeOverMetrics.ts")}`.matchAll(
      /"(asm_metrics_adapter_\w+)"/g,
    ),
    ...source("ruleMetrics.ts").matchAll(/(?:gauge|counter)\(\s*"([a-z_]+)"/g),
  ].map(([, name = ""]) => (name.startsWith("asm_") ? name : `asm_metrics_adapter_${name}`));
  const selector = '{job="asm-metrics-adapter",namespace="kube-system"';
  for (const { expr } of alerts) {
    const used = metricsIn(expr);
    expect(used.length).toBeGreaterThan(0);
    expect(["up", ...own]).toEqual(expect.arrayContaining(used));
    expect(expr.split(selector).length - 1).toBe(used.length);
  }
});

test("each has the labels that route it and that tell two adapters apart", () => {
  for (const { labels } of alerts)
    expect(labels).toMatchObject({ namespace: "kube-system", job: "asm-metrics-adapter" });
});

test("the number of pods that must answer is that of the replicas", () => {
  expect(alerts.find(({ alert }) => alert === "AsmMetricsAdapterReplicasMissing")?.expr).toMatch(/ < 2$/);
});
