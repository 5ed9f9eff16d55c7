import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Kubernetes } from "../../../src/kubernetes.ts";

/** A load that the pods of an app share, as metrics that Prometheus scrapes. */
export interface SharedLoad {
  /** Scrapes it every second. */
  readonly scrapeConfig: object;
  /** Follows the pods of this namespace, which have a label `app`. */
  follow(kubernetes: Kubernetes, namespace: string): Promise<void>;
  /** Sets the load of each app. */
  offer(load: number): void;
  stop(): void;
}

interface Pod {
  metadata?: { name?: string; namespace?: string; labels?: Record<string, string>; deletionTimestamp?: string };
  status?: { phase?: string };
}

/**
 * Serves `pod_load`, for each running pod its part of the load of its app, and `service_load`, the load of the Service of
 * the app's name.
 */
export async function startSharedLoad(): Promise<SharedLoad> {
  const pods = new Map<string, { namespace: string; app: string }>();
  let load = 0;
  let stopWatch = () => {};
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(metrics(pods, load));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    scrapeConfig: {
      ...{ job_name: "load", scrape_interval: "1s", honor_labels: true },
      static_configs: [{ targets: [target] }],
    },
    async follow(kubernetes, namespace) {
      const watch = kubernetes.watchObjects<Pod>(`/api/v1/namespaces/${namespace}/pods`, {
        onEvent({ type, object: { metadata, status } }) {
          const name = metadata?.name ?? "";
          const isRunning = type !== "DELETED" && status?.phase === "Running" && !metadata?.deletionTimestamp;
          if (isRunning) pods.set(name, { namespace, app: metadata?.labels?.["app"] ?? "" });
          else pods.delete(name);
        },
      });
      stopWatch = watch.stop;
      await watch.synced;
    },
    offer(offered) {
      load = offered;
    },
    stop() {
      stopWatch();
      server.closeAllConnections();
      server.close();
    },
  };
}

function metrics(pods: ReadonlyMap<string, { namespace: string; app: string }>, load: number): string {
  const byApp = Map.groupBy(pods, ([, { app }]) => app);
  return [...byApp]
    .flatMap(([app, own]) => [
      ...own.map(([pod, { namespace }]) => `pod_load{namespace="${namespace}",pod="${pod}"} ${load / own.length}\n`),
      ...own
        .slice(0, 1)
        .map(([, { namespace }]) => `service_load{namespace="${namespace}",service="${app}"} ${load}\n`),
    ])
    .join("");
}
