import { problem } from "@asm-autoscaler/hpa-metrics";
import type { Flags } from "../flags/flags.ts";
import { reason } from "../kubernetes/client.ts";
import { type Log, logProblem } from "../kubernetes/log.ts";
import { ADAPTER_VERSION } from "../version.ts";
import { type createRegistry, serveMetrics } from "./metricsServer.ts";
import type { About } from "./statusJson.ts";
import type { StatusSources } from "./statusList.ts";
import { assets, serveStatus } from "./statusServer.ts";

/** Serves the adapter's own metrics, and returns what stops it. If the address cannot be used, logs it: readings matter more. */
export async function startMetrics(
  flags: Flags,
  registry: ReturnType<typeof createRegistry>,
  log: Log,
): Promise<() => void> {
  const { host, port } = flags.metricsAddress;
  try {
    return await serveMetrics(registry, flags.metricsAddress);
  } catch (error) {
    const message = `the metrics cannot be served on ${host}:${port} (${reason(error)}); readings are`;
    logProblem(log, problem("ASM_METRICS_ADDRESS", message));
    return () => undefined;
  }
}

/** Serves the status page in the same way. */
export async function startStatus(flags: Flags, sources: StatusSources, log: Log): Promise<() => void> {
  const { host, port } = flags.statusAddress;
  try {
    const server = await serveStatus({ sources, assets, about: aboutOf(flags) }, flags.statusAddress);
    log.info({}, `Status page on http://${host}:${server.port}.`);
    return server.close;
  } catch (error) {
    const message = `the status page cannot be served on ${host}:${port} (${reason(error)}); readings are`;
    logProblem(log, problem("ASM_STATUS_ADDRESS", message));
    return () => undefined;
  }
}

function aboutOf({ clusterName, prometheusWebUrl }: Flags): About {
  return {
    version: ADAPTER_VERSION,
    ...(clusterName === undefined ? {} : { cluster: clusterName }),
    ...(prometheusWebUrl === undefined ? {} : { prometheusUrl: prometheusWebUrl }),
  };
}
