import { KubeConfig, Watch } from "@kubernetes/client-node";
import { Agent, type buildConnector, type Dispatcher, ProxyAgent, request } from "undici";
import { BodyTooLarge, readLimited } from "./limitedBody.ts";

/** An answer of the API server that is not a success. `status` is the HTTP code, 0 when no answer came. */
export class KubernetesError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** An answer of more bytes than the caller takes. Of a list it helps to ask for fewer objects. */
export class AnswerTooLarge extends KubernetesError {}

/** One event of a watch, its object still unparsed. */
export interface WatchEvent {
  type: string;
  object: unknown;
}

/** Reads and writes of the Kubernetes API as parsed JSON; every call has a time-out of ten seconds. */
export interface Kubernetes {
  readonly server: string;
  /** @throws KubernetesError */
  call(method: "GET" | "POST" | "PUT" | "PATCH", path: string, options?: CallOptions): Promise<unknown>;
  /** Resolves when the server or `signal` ends the watch; rejects with a KubernetesError otherwise. */
  watch(
    path: string,
    query: Record<string, string>,
    onEvent: (event: WatchEvent) => void,
    signal: AbortSignal,
  ): Promise<void>;
}

interface CallOptions {
  query?: Record<string, string>;
  body?: unknown;
  /** Media type of the body, for example `application/merge-patch+json`. */
  contentType?: string;
  /** Learns how many characters the answer has. */
  onLength?(characters: number): void;
}

const CALL_TIMEOUT_MS = 10_000;
/** Bytes of one answer: more than the largest object that the API server takes, and little enough to parse in some 40 ms. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Connects as the kubeconfig file says, or as the pod's service account when no file is named.
 * The file's tokens, certificates and exec plugins are client-node's business and are read again as they change.
 * @throws Error when the file cannot be read or names no cluster.
 */
export function connectKubernetes(kubeconfigFile: string | undefined): Kubernetes {
  const config = new KubeConfig();
  if (kubeconfigFile) config.loadFromFile(kubeconfigFile);
  else if (process.env["KUBERNETES_SERVICE_HOST"]) config.loadFromCluster();
  else config.loadFromDefault();
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error("the kubeconfig names no current cluster");
  shareConnections(config);
  const authorize = () => authorization(config);
  return {
    server: cluster.server,
    call: (method, path, options) => call(cluster.server, authorize, method, path, options ?? {}),
    watch: (path, query, onEvent, signal) => watch(config, path, query, onEvent, signal),
  };
}

/** client-node 2 makes a new connection pool for every request; one pool per set of credentials is enough. */
function shareConnections(config: KubeConfig): void {
  const pools = new Map<string, Dispatcher>();
  const createDispatcher = (cluster: ReturnType<KubeConfig["getCurrentCluster"]>, options: object) => {
    const key = JSON.stringify(options);
    let pool = pools.get(key);
    if (!pool) {
      const wanted = config.createDispatcherOptions(cluster, options);
      if (wanted.type === "none" || wanted.type === "socks") return undefined;
      // An old pool is left to its running watches; its idle sockets close by themselves.
      pools.clear();
      pool =
        wanted.type === "proxy"
          ? new ProxyAgent({
              uri: wanted.uri,
              allowH2: false,
              requestTls: wanted.requestTls as buildConnector.BuildOptions,
            })
          : // Over HTTP/2 a stopped watch leaves a stream whose idle time-out nobody catches: undici 8 would end the process.
            new Agent({ connect: wanted.connect as buildConnector.BuildOptions, bodyTimeout: 0, allowH2: false });
      pools.set(key, pool);
    }
    return pool;
  };
  Object.defineProperty(config, "createDispatcher", { value: createDispatcher });
}

interface Authorization {
  headers: Record<string, string>;
  dispatcher: Dispatcher | undefined;
}

/** Asks client-node for the headers and connection pool of the current user, by the interface it offers its own calls. */
async function authorization(config: KubeConfig): Promise<Authorization> {
  const result: Authorization = { headers: {}, dispatcher: undefined };
  const context = {
    setHeaderParam: (name: string, value: string) => {
      result.headers[name] = value;
    },
    setDispatcher: (dispatcher: Dispatcher) => {
      result.dispatcher = dispatcher;
    },
  };
  await config.applySecurityAuthentication(
    context as unknown as Parameters<KubeConfig["applySecurityAuthentication"]>[0],
  );
  return result;
}

async function call(
  server: string,
  authorize: () => Promise<Authorization>,
  method: Dispatcher.HttpMethod,
  path: string,
  options: CallOptions,
): Promise<unknown> {
  const { headers, dispatcher } = await authorize();
  const query = options.query ? `?${new URLSearchParams(options.query)}` : "";
  const answer = await request(`${server}${path}${query}`, {
    method,
    headers: {
      ...headers,
      accept: "application/json",
      ...(options.body === undefined ? {} : { "content-type": options.contentType ?? "application/json" }),
    },
    body: options.body === undefined ? null : JSON.stringify(options.body),
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    ...(dispatcher ? { dispatcher } : {}),
  }).catch((error: unknown) => {
    throw new KubernetesError(0, `${method} ${server}${path}: ${reason(error)}`);
  });
  const text = await readLimited(answer.body, MOST_BYTES).catch((error: unknown) => {
    const message = `${method} ${path}: ${reason(error)}`;
    throw error instanceof BodyTooLarge ? new AnswerTooLarge(0, message) : new KubernetesError(0, message);
  });
  if (answer.statusCode >= 300)
    throw new KubernetesError(answer.statusCode, `${method} ${path}: ${statusMessage(text)}`);
  options.onLength?.(text.length);
  return JSON.parse(text);
}

/** Watches by client-node's Watch, which reconnects nothing itself: the caller decides how to go on. */
async function watch(
  config: KubeConfig,
  path: string,
  query: Record<string, string>,
  onEvent: (event: WatchEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const ended = new AbortController();
    const done = (error: unknown) => {
      // Or the listener below would outlive its watch, once for every watch there ever was.
      ended.abort();
      if (!error || signal.aborted || isTimeout(error)) resolve();
      else reject(new KubernetesError(statusOf(error), `watch ${path}: ${reason(error)}`));
    };
    new Watch(config)
      .watch(path, query, (type: string, object: unknown) => onEvent({ type, object }), done)
      .then((controller) => {
        if (signal.aborted) controller.abort();
        signal.addEventListener("abort", () => controller.abort(), { once: true, signal: ended.signal });
      }, done);
  });
}

/** Watch ends a quiet connection after thirty seconds; that is no fault and the watch goes on from where it was. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === "TimeoutError";
}

function statusOf(error: unknown): number {
  const status = typeof error === "object" && error !== null && "statusCode" in error ? error.statusCode : 0;
  return typeof status === "number" ? status : 0;
}

function statusMessage(body: string): string {
  try {
    const status: unknown = JSON.parse(body);
    if (typeof status === "object" && status !== null && "message" in status) return String(status.message);
  } catch {
    // Not a Status object: the text itself is the best there is.
  }
  return body.slice(0, 200) || "no text";
}

/** The sentence of an error and of what caused it; undici and fetch hide the cause one level down. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  const message = error.message || ("code" in error ? String(error.code) : error.name);
  return `${message}${cause}`;
}
