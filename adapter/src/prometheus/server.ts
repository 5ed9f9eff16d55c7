import { Agent, type Dispatcher, request } from "undici";
import { reason } from "../kubernetes.ts";
import { type Answer, parseAnswer } from "./answer.ts";
import { type HttpConfig, HttpConfigError, requestHeaders, secretText, type TlsConfig } from "./httpConfig.ts";

/** One Prometheus that the operator configured. */
export interface PrometheusServer {
  /** The address without credentials, for messages. */
  readonly address: string;
  /** Asks one instant query, evaluated at `evaluateAt` (unix ms). Never rejects: every failure is an answer with its reason. */
  query(query: string, evaluateAt: number): Promise<Answer>;
  close(): Promise<void>;
}

/** How long Prometheus may take for one query before it is given up, ms. Readers never wait that long: they hold. */
const QUERY_TIMEOUT_MS = 10_000;
/** Queries in flight at once on one server; the others queue. Prometheus itself runs 20 (`--query.max-concurrency`). */
const CONNECTIONS = 16;
/** An instant vector of thousands of series is a mistake in the query, not a reading. */
const BODY_LIMIT = 4 * 1024 * 1024;

/** Makes a client of the Prometheus at `url`; `user:password@` in the URL becomes basic authentication as in the reference. */
export function connectPrometheus(url: string, config: HttpConfig): PrometheusServer {
  const base = new URL(url);
  const inUrl = base.username
    ? {
        authorization: `Basic ${Buffer.from(`${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`).toString("base64")}`,
      }
    : {};
  base.username = "";
  base.password = "";
  const endpoint = `${base.href.replace(/\/+$/, "")}/api/v1/query`;
  const address = base.href.replace(/\/+$/, "");
  const pool = createPool(config.tls);
  return {
    address,
    async query(query, evaluateAt) {
      try {
        const form = new URLSearchParams({
          query,
          time: (evaluateAt / 1000).toFixed(3),
          timeout: `${QUERY_TIMEOUT_MS / 1000}s`,
        }).toString();
        const { status, body } = await send(endpoint, form, { ...inUrl, ...requestHeaders(config) }, pool());
        return parseAnswer(status, body, address, evaluateAt);
      } catch (error) {
        return unreachable(address, error);
      }
    },
    close: () => pool().destroy(),
  };
}

/** POST as Prometheus recommends for long queries; GET where a proxy refuses that, as the reference's client does. */
async function send(
  endpoint: string,
  form: string,
  headers: Record<string, string | string[]>,
  dispatcher: Dispatcher,
) {
  const signal = AbortSignal.timeout(QUERY_TIMEOUT_MS + 1_000);
  const post = await request(endpoint, {
    method: "POST",
    headers: { ...headers, "content-type": "application/x-www-form-urlencoded" },
    body: form,
    signal,
    dispatcher,
  });
  if (post.statusCode !== 405 && post.statusCode !== 501)
    return { status: post.statusCode, body: await limited(post.body) };
  await post.body.dump();
  const get = await request(`${endpoint}?${form}`, { method: "GET", headers, signal, dispatcher });
  return { status: get.statusCode, body: await limited(get.body) };
}

async function limited(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > BODY_LIMIT)
      throw new Error(
        `the answer is larger than ${BODY_LIMIT / 1024 / 1024} MiB; aggregate the query, for example by sum()`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** A pool that is made anew when a TLS file has other contents than before; running queries keep the old one. */
function createPool(tls: TlsConfig | undefined): () => Agent {
  let made: { key: string; agent: Agent } | undefined;
  return () => {
    const connect = tls ? tlsOptions(tls) : {};
    const key = JSON.stringify(connect);
    if (made?.key !== key) {
      made?.agent.close().catch(() => undefined);
      made = {
        key,
        agent: new Agent({
          connections: CONNECTIONS,
          allowH2: false,
          connect: { timeout: 3_000, ...connect },
          headersTimeout: QUERY_TIMEOUT_MS,
          bodyTimeout: QUERY_TIMEOUT_MS,
        }),
      };
    }
    return made.agent;
  };
}

function tlsOptions(tls: TlsConfig) {
  return {
    ...(tls.ca ? { ca: secretText(tls.ca) } : {}),
    ...(tls.cert ? { cert: secretText(tls.cert) } : {}),
    ...(tls.key ? { key: secretText(tls.key) } : {}),
    ...(tls.serverName ? { servername: tls.serverName } : {}),
    ...(tls.insecureSkipVerify ? { rejectUnauthorized: false } : {}),
  };
}

function unreachable(address: string, error: unknown): Answer {
  const late =
    error instanceof Error &&
    (error.name === "TimeoutError" || ("code" in error && String(error.code).includes("TIMEOUT")));
  const code =
    error instanceof HttpConfigError || isFileError(error) ? "ASM_HTTP_CONFIG" : "ASM_PROMETHEUS_UNREACHABLE";
  const message = late
    ? `Prometheus at ${address} did not answer within ${QUERY_TIMEOUT_MS / 1000} s`
    : `Prometheus at ${address} cannot be asked: ${reason(error)}`;
  return {
    ok: false,
    fault: {
      code,
      severity: "error",
      message,
      remedy: "Check that it runs, that the address is right and that the network lets the adapter through.",
    },
  };
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && "path" in error;
}
