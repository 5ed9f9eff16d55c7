import { envoyStatsJob } from "@asm-autoscaler/asm-autoscaler/prometheus";
import { type ControlPlane, startControlPlane } from "./controlPlane.ts";
import { createEngine, type Engine } from "./engine/engine.ts";
import { type Kubelet, startKubelet } from "./kubelet/kubelet.ts";
import type { OnProgress } from "./progress.ts";
import { startServiceProxy } from "./serviceProxy/serviceProxy.ts";
import { startSidecarInjector } from "./sidecars/sidecarInjector.ts";
import { createTeardown } from "./teardown.ts";
import { type MeshTraffic, startMeshTraffic } from "./traffic/meshTraffic.ts";

/** A local cluster with a mesh: a control plane with a node, Services, sidecars, traffic and the Pulumi engine. */
export interface LocalCluster {
  readonly controlPlane: ControlPlane;
  readonly kubelet: Kubelet;
  readonly traffic: MeshTraffic;
  readonly engine: Engine;
  /** Stops everything, in reverse order. */
  stop(): Promise<void>;
}

export interface LocalClusterOptions {
  /** Default: 300 s, as in Kubernetes. */
  downscaleStabilizationSeconds?: number;
  /** Default: SCRAPE_INTERVAL_SECONDS. */
  scrapeIntervalSeconds?: number;
  /** Scrape configurations of Prometheus besides that of the sidecars. Default: none. */
  scrapeConfigs?: readonly unknown[];
  /** Whether Prometheus accepts samples by remote write, such as those of the past. Default: false. */
  acceptsWrites?: boolean;
  onProgress?: OnProgress;
}

/** Scrape interval of a sidecar in seconds, as in Istio's sample configuration of Prometheus. */
const SCRAPE_INTERVAL_SECONDS = 15;

/** Starts a local cluster. If a part fails to start, the parts that are already running are stopped. */
export async function startLocalCluster(options: LocalClusterOptions = {}): Promise<LocalCluster> {
  const { onProgress = () => {}, scrapeIntervalSeconds = SCRAPE_INTERVAL_SECONDS } = options;
  const teardown = createTeardown();
  const keep = <T extends { stop(): Promise<void> }>(part: T): T => {
    teardown.add(() => part.stop());
    return part;
  };
  try {
    const controlPlane = keep(
      await startControlPlane({
        scrapeConfigs: [envoyStatsJob({ scrapeIntervalSeconds }), ...(options.scrapeConfigs ?? [])],
        scrapeIntervalSeconds,
        acceptsWrites: options.acceptsWrites ?? false,
        downscaleStabilizationSeconds: options.downscaleStabilizationSeconds ?? 300,
        onProgress,
      }),
    );
    const onProblem = (problem: Error) => onProgress(problem.message);
    keep(await startServiceProxy(controlPlane, { onProgress }));
    const kubelet = keep(await startKubelet(controlPlane, { onProgress }));
    keep(await startSidecarInjector(controlPlane));
    const traffic = keep(await startMeshTraffic(controlPlane, { onProblem }));
    const engine = keep(createEngine(controlPlane));
    return { controlPlane, kubelet, traffic, engine, stop: teardown.run };
  } catch (error) {
    // Report the error of the start, not an error of the cleanup.
    await teardown.run().catch(() => undefined);
    throw error;
  }
}
