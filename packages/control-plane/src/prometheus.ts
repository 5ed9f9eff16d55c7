import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { answersOk } from "./probe.ts";
import type { ProcessSpec } from "./processes.ts";

/** The scrape settings of Prometheus. */
export interface Scraping {
  /** Objects of Prometheus's `scrape_configs`. */
  scrapeConfigs: readonly unknown[];
  /** Global scrape interval in seconds. */
  scrapeIntervalSeconds: number;
}

// Prometheus's default scrape timeout. It must not exceed the interval.
const scrapeTimeoutSeconds = 10;

/**
 * Returns the Prometheus configuration. Jobs written for a Prometheus inside the cluster find the API server through
 * the pod's ServiceAccount. Here they get a kubeconfig instead. Everything else in them stays the same.
 * https://prometheus.io/docs/prometheus/latest/configuration/configuration/#kubernetes_sd_config
 */
export function prometheusConfig({ scrapeConfigs, scrapeIntervalSeconds }: Scraping, kubeconfig: string): object {
  return {
    global: {
      scrape_interval: `${scrapeIntervalSeconds}s`,
      scrape_timeout: `${Math.min(scrapeTimeoutSeconds, scrapeIntervalSeconds)}s`,
      // A test has sidecars that answer without an end. Prometheus took 10 GB for them.
      body_size_limit: "32MB",
    },
    scrape_configs: scrapeConfigs.map((job) => withKubeconfig(job, kubeconfig)),
  };
}

function withKubeconfig(job: unknown, kubeconfig: string): unknown {
  if (!isRecord(job) || !Array.isArray(job["kubernetes_sd_configs"])) return job;
  const discoveries: unknown[] = job["kubernetes_sd_configs"];
  return {
    ...job,
    kubernetes_sd_configs: discoveries.map((discovery) =>
      isRecord(discovery) && discovery["api_server"] === undefined
        ? { ...discovery, kubeconfig_file: kubeconfig }
        : discovery,
    ),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Writes the configuration and returns the Prometheus process. Its data is in `directory` and is removed with it. */
export async function prometheusProcess(
  program: string,
  {
    directory,
    kubeconfig,
    address,
    acceptsWrites = false,
    ...scraping
  }: Scraping & { directory: string; kubeconfig: string; address: string; acceptsWrites?: boolean },
): Promise<ProcessSpec & { url: string }> {
  const url = `http://${address}:9090`;
  const configFile = join(directory, "prometheus.yml");
  await writeFile(configFile, JSON.stringify(prometheusConfig(scraping, kubeconfig), undefined, 2)); // JSON is YAML
  return {
    name: "prometheus",
    program,
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(directory, "prometheus")}`,
      `--web.listen-address=${address}:9090`,
      ...(acceptsWrites ? ["--web.enable-remote-write-receiver"] : []),
    ],
    env: { HOME: directory },
    logFile: join(directory, "prometheus.log"),
    readyWithinSeconds: 60,
    isReady: (signal) => answersOk(`${url}/-/ready`, signal),
    url,
  };
}
