import { Agent, type Dispatcher } from "undici";
import { BodyTooLarge } from "../kubernetes/limitedBody.ts";
import { codeOf } from "../prometheus/transport.ts";

/** How to verify the serving certificate of a delegate. */
export interface Trust {
  /** CA certificates (PEM). They replace the public ones. */
  readonly ca?: string;
  readonly rejectUnauthorized: boolean;
}

/** Where a delegate listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** The name that the certificate must have, such as `keda-operator-metrics-apiserver.keda.svc`. */
  readonly serverName: string;
}

/** An HTTP answer of a delegate. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** The connections to one delegate. */
export interface Connection {
  /**
   * Sends GET with the target byte for byte and these headers, and reads the whole answer. Sends it once more when a
   * connection that was kept open turns out to be closed.
   * @throws BodyTooLarge, and the errors of undici and TLS
   */
  get(target: string, headers: Readonly<Record<string, string>>, limits: GetLimits): Promise<RawAnswer>;
  /** Uses this trust for new connections. Requests under way keep their connection. */
  trust(trust: Trust): void;
  close(): Promise<void>;
}

interface GetLimits {
  /** Deadline for the whole exchange, in milliseconds. */
  readonly timeoutMs: number;
  readonly mostBytes: number;
}

/** Maximum number of connections to one delegate, and so of requests under way. */
export const MOST_CONNECTIONS = 32;
const CONNECT_MS = 3_000;
/** Idle time after which a connection is closed, in milliseconds. Go's servers close after 90 s, and must not be first. */
const IDLE_MS = 60_000;

/** Creates the connections. Each request fails until `trust` was called. */
export function createConnection({ host, port, serverName }: Endpoint): Connection {
  const origin = `https://${host}:${port}`;
  let agent: Agent | undefined;

  const once = (target: string, headers: Readonly<Record<string, string>>, limits: GetLimits) => {
    if (!agent) throw new Error("its certificate authority is not known yet");
    return exchange(agent, { origin, path: target, method: "GET", headers }, limits);
  };

  return {
    async get(target, headers, limits) {
      const began = performance.now();
      try {
        return await once(target, headers, limits);
      } catch (error) {
        const leftMs = limits.timeoutMs - (performance.now() - began);
        if (!isClosedSocket(error) || leftMs < 1) throw error;
        return once(target, headers, { ...limits, timeoutMs: Math.ceil(leftMs) });
      }
    },
    trust(trust) {
      const old = agent;
      agent = new Agent({
        connections: MOST_CONNECTIONS,
        pipelining: 1,
        allowH2: false,
        keepAliveTimeout: IDLE_MS,
        connect: { ...trust, servername: serverName, timeout: CONNECT_MS },
      });
      old?.close().catch(() => undefined);
    },
    close: async () => void (await agent?.destroy()),
  };
}

/**
 * One exchange with undici's `dispatch`. `request` makes a stream and an AbortSignal for each answer, which cost a third of
 * a forwarded read's processor time.
 */
function exchange(
  agent: Agent,
  request: Dispatcher.DispatchOptions,
  { timeoutMs, mostBytes }: GetLimits,
): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  let controller: Dispatcher.DispatchController | undefined;
  let late: Error | undefined;
  const timer = setTimeout(() => {
    late = new DOMException("The operation was aborted due to timeout", "TimeoutError");
    controller?.abort(late);
    reject(late);
  }, timeoutMs);
  let [status, contentType, size] = [0, "", 0];
  const chunks: Buffer[] = [];
  agent.dispatch(request, {
    onRequestStart(started) {
      controller = started;
      // The time ran out while the request waited for a connection.
      if (late) started.abort(late);
    },
    onResponseStart(_, code, headers) {
      [status, contentType] = [code, String(headers["content-type"] ?? "")];
    },
    onResponseData(running, chunk) {
      size += chunk.length;
      if (size > mostBytes) running.abort(new BodyTooLarge(mostBytes));
      else chunks.push(chunk);
    },
    onResponseEnd() {
      clearTimeout(timer);
      resolve({ status, contentType, body: Buffer.concat(chunks) });
    },
    onResponseError(_, error) {
      clearTimeout(timer);
      reject(error);
    },
  });
  return promise;
}

function isClosedSocket(error: unknown): boolean {
  return ["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"].includes(codeOf(error));
}
