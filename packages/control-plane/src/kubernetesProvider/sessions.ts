import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { type Cluster, openCluster } from "./cluster.ts";

/** The cluster and signal of one provider resource in one engine run. */
interface Session {
  readonly cluster: Cluster;
  /** Aborted when the engine cancels the run. */
  readonly signal: AbortSignal;
}

export interface Sessions {
  /** Sets a provider's configuration: the keys of `k8s.ProviderArgs`, each as text. @throws Error without a cluster. */
  configure(peer: string, config: ReadonlyMap<string, string>): Promise<void>;
  get(peer: string): Session;
  /** Cancels all waits of this run. */
  cancel(peer: string): void;
}

/**
 * Creates the sessions. The engine opens one connection for each provider resource (`new k8s.Provider`) and configures
 * it first. Later calls do not identify the provider, so the address of the connection does.
 * @param kubeconfig The default kubeconfig of providers: a path or a text.
 */
export function createSessions(kubeconfig: string | undefined): Sessions {
  const clusters = new Map<string, Promise<Cluster>>();
  const sessions = new Map<string, { cluster: Cluster; abort: AbortController }>();

  const clusterOf = (config: string, namespace: string | undefined): Promise<Cluster> => {
    const key = `${namespace ?? ""}\n${config}`;
    const cluster = clusters.get(key) ?? openCluster(config, namespace);
    clusters.set(key, cluster);
    cluster.catch(() => clusters.delete(key));
    return cluster;
  };

  return {
    configure: async (peer, config) => {
      const chosen = config.get("kubeconfig") ?? kubeconfig;
      if (!chosen) {
        throw new ProblemError(problem("ASM_STAND_IN_NO_CLUSTER", "The kubernetes provider has no kubeconfig"));
      }
      sessions.set(peer, { cluster: await clusterOf(chosen, config.get("namespace")), abort: new AbortController() });
    },
    get: (peer) => {
      const session = sessions.get(peer);
      if (session === undefined) throw new Error(`the connection ${peer} was not configured`);
      return { cluster: session.cluster, signal: session.abort.signal };
    },
    cancel: (peer) => sessions.get(peer)?.abort.abort(),
  };
}
