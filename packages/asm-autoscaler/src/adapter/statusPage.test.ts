import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import "../../testing/bundleFixture";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { podOf, prometheus, recordAdapter } from "../../testing/recordAdapter";
import { MetricsAdapter, type MetricsAdapterStatusPageArgs } from ".";

const flagsOf = async (statusPage: pulumi.Input<MetricsAdapterStatusPageArgs>) =>
  podOf(await recordAdapter({ prometheus, statusPage })).containers[0].args;

test("the cluster's name and the web UI of Prometheus are flags, and only those that are given", async () => {
  const all = { clusterName: "shop-production", prometheusUrl: "https://prometheus.example.com" };
  expect((await flagsOf(pulumi.output(all))).slice(-2)).toEqual([
    "--cluster-name=shop-production",
    "--prometheus-web-url=https://prometheus.example.com",
  ]);
  expect((await flagsOf({ clusterName: "x" })).filter((flag) => flag.includes("web-url"))).toEqual([]);
});

test.each([
  [{ clusterName: "a: b" }, "statusPage.clusterName", "ASM_NAME_INVALID"],
  [{ clusterName: "" }, "statusPage.clusterName", "ASM_NAME_INVALID"],
  [{ prometheusUrl: "https://user:password@p" }, "statusPage.prometheusUrl", "ASM_URL_INVALID"],
  [{ prometheusUrl: "https://p?token=x" }, "statusPage.prometheusUrl", "ASM_URL_INVALID"],
  [{ prometheusUrl: "javascript:alert(1)" }, "statusPage.prometheusUrl", "ASM_URL_INVALID"],
])("%j is refused, because the adapter would not start with it", (statusPage, path, code) => {
  expect(inputErrorsOf(() => new MetricsAdapter("metrics", { prometheus, statusPage }))).toEqual([[path, code]]);
});
