import type { RequestOptions } from "node:https";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import {
  ApiregistrationV1Api,
  AppsV1Api,
  AutoscalingV2Api,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  type RequestContext,
} from "@kubernetes/client-node";
import { Agent, fetch, type RequestInit, type Response } from "undici";
import { type Watch, type WatchedObject, type WatchOptions, watchList } from "./watch.ts";

export type { WatchedObject } from "./watch.ts";

/** A connection to one API server. All clients share one pool of connections. */
export interface Kubernetes {
  /** The client-node configuration, for `makeApiClient` with an API that is not listed here. */
  readonly config: KubeConfig;
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly autoscaling: AutoscalingV2Api;
  readonly apiregistration: ApiregistrationV1Api;
  /** Client for objects of any kind, by apiVersion and kind. */
  readonly objects: KubernetesObjectApi;
  /**
   * Sends one raw request with the kubeconfig's credentials. `path` begins with "/". A status of 400 or more does not
   * throw, only a failed connection does. The timeout is 30 s unless `init.signal` sets another.
   */
  request(path: string, init?: RequestInit): Promise<Response>;
  /**
   * Lists `path` and watches it until `stop()`. First, every existing object is reported as ADDED. After an
   * interruption the list is read again, and only the changes since then are reported. `path` is a collection, for
   * example "/api/v1/pods" or "/apis/apps/v1/namespaces/test/deployments". It can have a query such as
   * `?labelSelector=app%3Dpodinfo`.
   */
  watchObjects<T extends WatchedObject>(path: string, options: WatchOptions<T>): Watch;
  /** Closes the pool. Requests and watches that are still running end. */
  close(): Promise<void>;
}

/**
 * By default, client-node opens a connection pool for each request. This configuration uses one pool for all requests.
 */
class PooledConfig extends KubeConfig {
  readonly #pool: Agent;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(kubeconfig: string, pool: Agent, headers: Readonly<Record<string, string>>) {
    super();
    this.loadFromString(kubeconfig);
    this.#pool = pool;
    this.#headers = headers;
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    for (const [name, value] of Object.entries(this.#headers)) context.setHeaderParam(name, value);
    context.setDispatcher(this.#pool);
  }
}

/**
 * Connects with the credentials (client certificate or token) of a kubeconfig's current context.
 * @param kubeconfig The text of a kubeconfig, YAML or JSON.
 * @throws Error if the text has no current cluster.
 */
export async function connectKubernetes(kubeconfig: string): Promise<Kubernetes> {
  const plain = new KubeConfig();
  plain.loadFromString(kubeconfig);
  const server = plain.getCurrentCluster()?.server;
  if (server === undefined) {
    throw new ProblemError(problem("ASM_KUBECONFIG_NO_CLUSTER", "The kubeconfig names no current cluster"));
  }
  const tls: RequestOptions = {};
  await plain.applyToHTTPSOptions(tls);
  const headers = Object.fromEntries(Object.entries(tls.headers ?? {}).map(([name, value]) => [name, String(value)]));
  const { ca, cert, key } = tls;
  const pool = new Agent({
    // Over HTTP/2, a stopped watch leaves a stream whose idle timeout is not caught: undici 8 would end the process.
    allowH2: false,
    connect: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), timeout: 5_000 },
    headersTimeout: 65_000, // the API server times out after 60 s
    bodyTimeout: 0, // a watch may be silent for minutes
  });
  const config = new PooledConfig(kubeconfig, pool, headers);

  const watches = new Set<Watch>();
  const request = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${server}${path}`, {
      signal: AbortSignal.timeout(30_000),
      ...init,
      headers: { ...headers, ...(init.headers as Record<string, string> | undefined) },
      dispatcher: pool,
    });

  return {
    config,
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    autoscaling: config.makeApiClient(AutoscalingV2Api),
    apiregistration: config.makeApiClient(ApiregistrationV1Api),
    objects: KubernetesObjectApi.makeApiClient(config),
    request,
    watchObjects: (path, options) => {
      const watch = watchList(request, path, options);
      watches.add(watch);
      return {
        synced: watch.synced,
        stop: () => {
          watches.delete(watch);
          watch.stop();
        },
      };
    },
    close: async () => {
      for (const watch of watches) watch.stop(); // otherwise they would retry forever
      await pool.destroy();
    },
  };
}
