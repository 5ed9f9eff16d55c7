import { once } from "node:events";
import { createServer } from "node:http";
import { claimAddressBlock } from "./addresses.ts";
import { ensureBinaries } from "./binaries.ts";
import { makeDirectory } from "./directory.ts";
import { startProcess } from "./processes.ts";
import { prometheusProcess } from "./prometheus.ts";
import { createTeardown } from "./teardown.ts";

/** A Prometheus server without a cluster. */
export interface LonePrometheus {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** The scrape target: paths of one server, each with its current text. */
export interface LoneTarget {
  readonly paths: readonly string[];
  readonly scrapeIntervalSeconds: number;
  /** Whether labels of the metrics replace those of the target, such as `instance`. Default: false. */
  readonly honorLabels?: boolean;
  /** Whether Prometheus accepts samples by remote write. Default: false. */
  readonly acceptsWrites?: boolean;
  /** The metrics of a path, in Prometheus's text format. */
  metrics(path: string): string;
}

/** Starts a metrics server and a Prometheus that scrapes it, each on its own loopback address. */
export async function startLonePrometheus({
  paths,
  scrapeIntervalSeconds,
  honorLabels = false,
  acceptsWrites = false,
  metrics,
}: LoneTarget): Promise<LonePrometheus> {
  const { prometheus: program } = await ensureBinaries(["prometheus"]);
  const teardown = createTeardown();
  try {
    const claimed = await claimAddressBlock();
    teardown.add(() => claimed.release());
    const directory = await makeDirectory();
    teardown.add(() => directory.remove());
    const address = claimed.block.component(3);
    const target = await serveMetrics(address, metrics);
    teardown.add(target.stop);
    const job = {
      job_name: "lone",
      honor_labels: honorLabels,
      static_configs: paths.map((path) => ({ targets: [target.address], labels: { __metrics_path__: path } })),
    };
    const scraping = { scrapeConfigs: [job], scrapeIntervalSeconds, acceptsWrites };
    const spec = await prometheusProcess(program, { directory: directory.path, kubeconfig: "", address, ...scraping });
    const { pid, stop } = await startProcess(spec);
    teardown.add(() => stop());
    return { url: spec.url, pid, stop: teardown.run };
  } catch (error) {
    await teardown.run().catch(() => undefined);
    throw error;
  }
}

async function serveMetrics(address: string, metrics: LoneTarget["metrics"]) {
  const port = 15_090;
  const server = createServer((request, response) => {
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(metrics(request.url ?? ""));
  }).listen(port, address);
  await once(server, "listening");
  const stop = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { address: `${address}:${port}`, stop };
}
