import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import "../../testing/bundleFixture";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { podOf, prometheus, recordAdapter } from "../../testing/recordAdapter";
import { MetricsAdapter, type MetricsAdapterTenantArgs } from ".";

const flagsOf = async (tenants: pulumi.Input<MetricsAdapterTenantArgs>) =>
  podOf(await recordAdapter({ prometheus, tenants })).containers[0].args;

test("the limits of namespaces are flags of the adapter, and only those that are given", async () => {
  const all = {
    namespaceLabel: "destination_workload_namespace",
    maxMetricsPerNamespace: 200,
    maxQueryCostSeconds: 21_600,
  };
  expect(await flagsOf(pulumi.output(all))).toEqual(
    expect.arrayContaining([
      "--enforce-namespace-label=destination_workload_namespace",
      "--max-metrics-per-namespace=200",
      "--max-query-cost=21600s",
    ]),
  );
  expect(
    (await flagsOf({ maxMetricsPerNamespace: 5 })).filter((flag) => /namespace-label|query-cost/.test(flag)),
  ).toEqual([]);
});

test("what the adapter would not start with is refused with its path", () => {
  const tenants = { namespaceLabel: "__name__", maxMetricsPerNamespace: 0, maxQueryCostSeconds: 1.5 };
  expect(inputErrorsOf(() => new MetricsAdapter("metrics", { prometheus, tenants }))).toEqual([
    ["tenants.namespaceLabel", "ASM_NAME_INVALID"],
    ["tenants.maxMetricsPerNamespace", "ASM_COUNT_INVALID"],
    ["tenants.maxQueryCostSeconds", "ASM_COUNT_INVALID"],
  ]);
});

test("servers that HPAs may name are flags too, beside the limits", async () => {
  const allowedPrometheusServers = [pulumi.output("http://a:9090"), "http://b"];
  const tenants = { maxMetricsPerNamespace: 5 };
  const { args } = podOf(await recordAdapter({ prometheus, tenants, allowedPrometheusServers })).containers[0];
  expect(args.slice(-3)).toEqual([
    "--allow-prometheus-server=http://a:9090",
    "--allow-prometheus-server=http://b",
    "--max-metrics-per-namespace=5",
  ]);
});
