import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { relabel } from "../../testing/relabel";
import { envoyStatsJob } from "./envoyStats";

const job = envoyStatsJob({ scrapeIntervalSeconds: 15 });

const port = (name: string, phase = "Running") => ({
  __meta_kubernetes_pod_container_port_name: name,
  __meta_kubernetes_pod_phase: phase,
  __meta_kubernetes_namespace: "test",
  __meta_kubernetes_pod_name: "podinfo-6d845cc8fc-26xbq",
});

test("of a pod's ports only Envoy's own is a target, so that no request counts twice", () => {
  expect(relabel(port("http-envoy-prom"), job.relabel_configs)).toMatchObject({
    namespace: "test",
    pod: "podinfo-6d845cc8fc-26xbq",
  });
  for (const other of ["http", "metrics", "http-monitoring", "", "http-envoy-prom-2"]) {
    expect(relabel(port(other), job.relabel_configs)).toBeUndefined();
  }
});

test("a finished pod is no target", () => {
  expect(relabel(port("http-envoy-prom", "Succeeded"), job.relabel_configs)).toBeUndefined();
  expect(relabel(port("http-envoy-prom", "Failed"), job.relabel_configs)).toBeUndefined();
});

test("Istio's standard metrics are kept with their labels, Envoy's own statistics are dropped", () => {
  const sample = { __name__: "istio_requests_total", destination_workload: "podinfo", reporter: "destination" };
  expect(relabel(sample, job.metric_relabel_configs)).toEqual(sample);
  for (const kept of ["istio_request_duration_milliseconds_bucket", "istio_tcp_connections_opened_total"]) {
    expect(relabel({ __name__: kept }, job.metric_relabel_configs)).toBeDefined();
  }
  expect(relabel({ __name__: "envoy_cluster_upstream_rq_total" }, job.metric_relabel_configs)).toBeUndefined();
});

test("the time-out is never longer than the interval, which Prometheus refuses", () => {
  expect(envoyStatsJob({ scrapeIntervalSeconds: 5 })).toMatchObject({ scrape_interval: "5s", scrape_timeout: "5s" });
  expect(job).toMatchObject({ scrape_interval: "15s", scrape_timeout: "10s" });
});

const untyped: (args?: unknown) => unknown = (args) => Reflect.apply(envoyStatsJob, undefined, [args]);

test.each<[string, unknown, string]>([
  ["zero", { scrapeIntervalSeconds: 0 }, "0"],
  ["a negative number", { scrapeIntervalSeconds: -1 }, "-1"],
  ["a fraction", { scrapeIntervalSeconds: 0.5 }, "0.5"],
  ["no number", { scrapeIntervalSeconds: Number.NaN }, "NaN"],
  ["a text", { scrapeIntervalSeconds: "15" }, "A text"],
  ["an Output", { scrapeIntervalSeconds: pulumi.output(15) }, "An object"],
  ["nothing", {}, "No value"],
  ["no arguments", undefined, "No value"],
  ["null", null, "No value"],
])("%s as the interval is an error that a Pulumi program prints without a stack", (_, args, given) => {
  let thrown: unknown;
  try {
    untyped(args);
  } catch (error) {
    thrown = error;
  }
  expect(pulumi.RunError.isInstance(thrown)).toBe(true);
  expect(String(thrown)).toBe(
    `RangeError: envoyStatsJob: one argument is wrong:\n  scrapeIntervalSeconds: ASM_SCRAPE_INTERVAL: ${given} is not a whole positive number of seconds. Use a number such as 15.`,
  );
});

test("the job imports no Pulumi SDK, so that it is the same where there is none", () => {
  for (const source of ["envoyStats.ts", "sizing.ts"]) {
    const imports = [...readFileSync(join(__dirname, source), "utf8").matchAll(/from "([^"]+)"/g)].map((m) => m[1]);
    expect(imports.filter((from) => from !== "./sizing" && from !== "@asm-autoscaler/hpa-metrics")).toEqual([]);
  }
});
