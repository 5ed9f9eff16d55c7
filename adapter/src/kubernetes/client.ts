import { type Problem, type ProblemCode, ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { KubeConfig, Watch } from "@kubernetes/client-node";
import { Agent, type buildConnector, type Dispatcher, ProxyAgent, request } from "undici";
import { BodyTooLarge, readLimited } from "./limitedBody.ts";

/** A failed request to the API server. `status` is the HTTP status code, or 0 when there is no usable response. */
export class KubernetesError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Whether a request to the API server failed with one of these HTTP status codes. */
export function hasStatus(error: unknown, ...statuses: number[]): error is KubernetesError {
  return error instanceof KubernetesError && statuses.includes(error.status);
}

/** The response is larger than the size limit. For a list, request fewer objects per page. */
export class AnswerTooLarge extends KubernetesError {}

/** One watch event. Its object is not parsed yet. */
export interface WatchEvent {
  type: string;
  object: unknown;
}

/** Client for the Kubernetes API. It returns parsed JSON. Every `call` has a timeout of 10 seconds, or its own. */
export interface Kubernetes {
  readonly server: string;
  /** @throws KubernetesError */
  call(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, options?: CallOptions): Promise<unknown>;
  /** Watches `path`. Resolves when the server or `signal` ends the watch. Rejects with a KubernetesError otherwise. */
  watch(
    path: string,
    query: Record<string, string>,
    onEvent: (event: WatchEvent) => void,
    signal: AbortSignal,
    /** Media type of the objects. Default: `application/json`. */
    accept?: string,
  ): Promise<void>;
  /** The bearer token of the adapter's own user. `undefined` when the kubeconfig has other credentials. */
  token(): Promise<string | undefined>;
}

interface CallOptions {
  query?: Record<string, string>;
  body?: unknown;
  /** Media type of the body, for example `application/merge-patch+json`. */
  contentType?: string;
  /** Media type of the response. Default: `application/json`. It must be JSON. */
  accept?: string;
  /** Deadline, in milliseconds. */
  timeoutMs?: number;
  /** Called with the headers of the response, also of one with an error status. */
  onHeaders?(headers: Readonly<Record<string, string | string[] | undefined>>): void;
  /** Called with the length of a successful response, in characters. */
  onLength?(characters: number): void;
}

const CALL_TIMEOUT_MS = 10_000;
/**
 * Maximum size of one response, in bytes. It is larger than the largest object that the API server accepts.
 * Parsing this much JSON takes about 40 ms.
 */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Creates a client from the kubeconfig file. Without a file, it uses the pod's ServiceAccount, or the default
 * kubeconfig outside a pod.
 * client-node handles tokens, certificates and exec plugins, and reads them again when they change.
 * @throws Error when the kubeconfig cannot be read or has no current cluster.
 */
export function connectKubernetes(kubeconfigFile: string | undefined): Kubernetes {
  const config = new KubeConfig();
  if (kubeconfigFile) config.loadFromFile(kubeconfigFile);
  else if (isInPod()) config.loadFromCluster();
  else config.loadFromDefault();
  const cluster = config.getCurrentCluster();
  if (isFallback(config))
    throw new Error("there is none: neither KUBECONFIG nor ~/.kube/config, and this is not a pod");
  if (!cluster) throw new Error("the kubeconfig names no current cluster");
  shareConnections(config);
  const authorize = () => authorization(config);
  return {
    server: cluster.server,
    call: (method, path, options) => call(cluster.server, authorize, method, path, options ?? {}),
    watch: (path, query, onEvent, signal, accept) => watch(accepting(config, accept), path, query, onEvent, signal),
    token: async () => /^Bearer (.+)$/.exec((await authorize()).headers["Authorization"] ?? "")?.[1],
  };
}

/** Whether this process runs in a pod. Kubernetes sets the variable in every container. */
export function isInPod(): boolean {
  return Boolean(process.env["KUBERNETES_SERVICE_HOST"]);
}

/** client-node assumes an API server on localhost:8080 if there is no kubeconfig at all. */
function isFallback(config: KubeConfig): boolean {
  const isMade = config.getCurrentContext() === "loaded-context";
  return isMade && config.getCurrentCluster()?.server === "http://localhost:8080";
}

/**
 * Makes client-node share one connection pool per set of credentials.
 * By default, client-node 2 creates a new pool for every request.
 */
function shareConnections(config: KubeConfig): void {
  const pools = new Map<string, Dispatcher>();
  const createDispatcher = (cluster: ReturnType<KubeConfig["getCurrentCluster"]>, options: object) => {
    const key = JSON.stringify(options);
    let pool = pools.get(key);
    if (!pool) {
      const wanted = config.createDispatcherOptions(cluster, options);
      if (wanted.type === "none" || wanted.type === "socks") return undefined;
      // Running watches continue to use an old pool. Its idle sockets close on their own.
      pools.clear();
      pool =
        wanted.type === "proxy"
          ? new ProxyAgent({
              uri: wanted.uri,
              allowH2: false,
              requestTls: wanted.requestTls as buildConnector.BuildOptions,
            })
          : // With HTTP/2, the idle timeout of a stopped watch's stream is uncaught, and undici 8 ends the process.
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

/**
 * Gets the headers and the connection pool of the current user.
 * It uses the interface that client-node provides for its own calls.
 */
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
      accept: options.accept ?? "application/json",
      ...(options.body === undefined ? {} : { "content-type": options.contentType ?? "application/json" }),
    },
    body: options.body === undefined ? null : JSON.stringify(options.body),
    signal: AbortSignal.timeout(options.timeoutMs ?? CALL_TIMEOUT_MS),
    ...(dispatcher ? { dispatcher } : {}),
  }).catch((error: unknown) => {
    throw new KubernetesError(0, `${method} ${server}${path}: ${reason(error)}`);
  });
  const text = await readLimited(answer.body, MOST_BYTES).catch((error: unknown) => {
    const message = `${method} ${path}: ${reason(error)}`;
    throw error instanceof BodyTooLarge ? new AnswerTooLarge(0, message) : new KubernetesError(0, message);
  });
  options.onHeaders?.(answer.headers);
  if (answer.statusCode >= 300)
    throw new KubernetesError(answer.statusCode, `${method} ${path}: ${statusMessage(text)}`);
  options.onLength?.(text.length);
  return JSON.parse(text);
}

/** The same config with another `Accept` header, which client-node's `Watch` cannot set. */
function accepting(config: KubeConfig, accept: string | undefined): KubeConfig {
  if (accept === undefined) return config;
  const authorize: KubeConfig["applySecurityAuthentication"] = async (context) => {
    await config.applySecurityAuthentication(context);
    context.setHeaderParam("Accept", accept);
  };
  return Object.create(config, { applySecurityAuthentication: { value: authorize } }) as KubeConfig;
}

/** Runs one watch with client-node's `Watch`, which does not reconnect. The caller decides whether to watch again. */
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
      // Removes the listener below. Otherwise one listener per past watch stays on `signal`.
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

/** Whether the error is the idle timeout of client-node's `Watch` (30 seconds). It is not a failure. */
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
    // The body is not JSON, so it is not a Status object. Fall through and use its text.
  }
  return body.slice(0, 200) || "no text";
}

/**
 * The message of an error, with the message of its cause. undici and fetch put the real reason into `cause`. Of a
 * problem, it is the message alone: the code and the remedy are those of the problem that the reason becomes a part of.
 */
export function reason(error: unknown): string {
  if (error instanceof ProblemError) return error.problem.message;
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  const message = error.message || ("code" in error ? String(error.code) : error.name);
  return `${message}${cause}`;
}

/** The problem that an error stands for, or else a problem of this code with the error's reason. */
export function problemOf(error: unknown, code: ProblemCode): Problem {
  return error instanceof ProblemError ? error.problem : problem(code, reason(error));
}
