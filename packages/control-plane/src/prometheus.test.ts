import { expect, test } from "@jest/globals";
import { prometheusConfig } from "./prometheus.ts";

test("jobs that discover through Kubernetes get the kubeconfig, all else stays as it is", () => {
  const pods = {
    job_name: "envoy-stats",
    metrics_path: "/stats",
    kubernetes_sd_configs: [{ role: "pod" }],
    relabel_configs: [],
  };
  const elsewhere = { job_name: "other", kubernetes_sd_configs: [{ role: "pod", api_server: "https://other" }] };
  const fixed = { job_name: "fixed", static_configs: [{ targets: ["127.64.1.9:1"] }] };
  const config = prometheusConfig({ scrapeConfigs: [pods, elsewhere, fixed], scrapeIntervalSeconds: 15 }, "/tmp/kc");
  expect(config).toEqual({
    global: { scrape_interval: "15s", scrape_timeout: "10s", body_size_limit: "32MB" },
    scrape_configs: [
      { ...pods, kubernetes_sd_configs: [{ role: "pod", kubeconfig_file: "/tmp/kc" }] },
      elsewhere,
      fixed,
    ],
  });
});

test("the scrape time-out does not exceed a short interval, which Prometheus would refuse", () => {
  expect(prometheusConfig({ scrapeConfigs: [], scrapeIntervalSeconds: 1 }, "")).toMatchObject({
    global: { scrape_interval: "1s", scrape_timeout: "1s" },
  });
});
