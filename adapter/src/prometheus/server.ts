import { problem } from "hpa-metrics";
import { Agent, type Dispatcher, request } from "undici";
import { reason } from "../kubernetes/client.ts";
import { BodyTooLarge, readLimited } from "../kubernetes/limitedBody.ts";
import { type Answer, answerTooLarge, parseAnswer } from "./answer.ts";
import { createClockSkew } from "./clockSkew.ts";
import { type Credentials, createCredentials, type TlsOptions } from "./credentials.ts";
import { CONNECTIONS } from "./fairQueue.ts";
import { type HttpConfig, HttpConfigError } from "./httpConfig.ts";

/** A client of one Prometheus that the operator configured or allowed. */
export interface PrometheusServer {
  /**
   * Runs one instant query. `evaluateAt` is in Unix ms of the adapter's clock. If the server has clock skew, the
   * evaluation time is converted to the server's clock, and the answer has the converted time. Never rejects: every
   * failure is an answer with a problem.
   */
  query(query: string, evaluateAt: number, options?: { stats?: boolean }): Promise<Answer>;
  close(): Promise<void>;
}

/**
 * Query timeout, in ms, from when the request is sent. A read does not wait that long: the last reading is served
 * stale.
 */
const QUERY_TIMEOUT_MS = 10_000;
/** Maximum size of a response body, in bytes. A vector of thousands of series is a mistake in the query. */
const BODY_LIMIT = 1024 * 1024;

/** Minimum time between two reports of a changed clock skew, in ms. */
const SKEW_TOLD_MS = 60_000;

/** Receives problems that are not part of an answer, each once. */
export interface ServerListener {
  /** Called with the reason why the credential files are not usable. The last good credentials stay in use. */
  onCredentialTrouble?(sentence: string): void;
  /** Called when the server's clock skew changes. */
  onSkew?(sentence: string): void;
}

/**
 * Maximum number of connection pools with different TLS options: the options of the current files, and the previous
 * ones while both are tried.
 */
const POOLS = 2;

/**
 * Creates a client of the Prometheus at `url`. `user:password@` in the URL becomes basic authentication, as in
 * kube-metrics-adapter. While credentials are replaced, the client tries both the ones that the server accepted last
 * and the ones that the files have now.
 */
export function connectPrometheus(
  url: string,
  config: HttpConfig,
  { onCredentialTrouble = () => undefined, onSkew = () => undefined }: ServerListener = {},
): PrometheusServer {
  const base = new URL(url);
  const inUrl = base.username
    ? {
        authorization: `Basic ${Buffer.from(`${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`).toString("base64")}`,
      }
    : {};
  base.username = "";
  base.password = "";
  base.pathname = `${base.pathname.replace(/(?<!\/)\/+$/, "")}/api/v1/query`;
  const endpoint = base.href;
  // The path and the parameters of a URL may be secrets too (ARMS has a token in the path), and every HPA's reader sees
  // messages.
  const address = base.origin;
  const pools = createPools();
  const credentials = createCredentials(config, onCredentialTrouble);
  const clockSkew = createClockSkew();
  let skewToldAt = Number.NEGATIVE_INFINITY;
  const attempt = async (question: Asked, { headers, tls }: Credentials, isAgain = false): Promise<Attempt> => {
    const offset = clockSkew.offsetMs();
    const evaluateAt = question.evaluateAt + offset;
    const sentAt = Date.now();
    try {
      const { status, date, cameAt, body } = await send(
        endpoint,
        formOf(question, evaluateAt),
        { ...inUrl, ...headers },
        pools.of(tls),
      );
      // A proxy before Prometheus has its own clock and sends its own error responses. Only successful responses are
      // measured.
      if (status < 300 && clockSkew.measure(date, sentAt, cameAt) && sentAt - skewToldAt > SKEW_TOLD_MS) {
        skewToldAt = sentAt;
        onSkew(skewed(address, clockSkew.offsetMs()));
      }
      // The offset changed, perhaps by another answer. The query therefore had the wrong evaluation time.
      if (clockSkew.offsetMs() !== offset) {
        if (!isAgain) return attempt(question, { headers, tls }, true);
        return { answer: restless(address), verdict: "taken" };
      }
      if (status >= 300 && status < 400)
        throw new Error(`it redirects (HTTP ${status}); give the address it redirects to`);
      const verdict = status === 401 || status === 403 ? "refused" : "taken";
      return { answer: parseAnswer(status, body, address, evaluateAt), verdict };
    } catch (error) {
      if (error instanceof BodyTooLarge) return { answer: answerTooLarge(address, error.message), verdict: "taken" };
      return { answer: unreachable(address, error), verdict: isLate(error) ? "silent" : "refused" };
    }
  };
  return {
    async query(query, evaluateAt, { stats = false } = {}) {
      const asked = { query, evaluateAt, stats };
      try {
        const chosen = credentials.choose();
        const first = await attempt(asked, chosen);
        if (first.verdict === "taken") credentials.accept(chosen);
        const others = first.verdict === "refused" ? credentials.refuse(chosen) : undefined;
        if (!others) return first.answer;
        const second = await attempt(asked, others);
        if (second.verdict !== "taken") return first.answer;
        credentials.accept(others);
        return second.answer;
      } catch (error) {
        return unreachable(address, error);
      }
    },
    close: () => pools.close(),
  };
}

interface Asked {
  readonly query: string;
  readonly evaluateAt: number;
  readonly stats: boolean;
}

/**
 * Parameters that make a server return an error and not a partial result if some of its data is unavailable. A partial
 * sum would scale down during a peak. They are parameters of Thanos
 * (https://thanos.io/tip/components/query.md/#partial-response-strategy) and VictoriaMetrics
 * (https://docs.victoriametrics.com/victoriametrics/cluster-victoriametrics/#cluster-availability). Other servers
 * ignore them.
 */
const WHOLE = { partial_response: "false", deny_partial_response: "1" };

function formOf({ query, stats }: Asked, time: number): string {
  return new URLSearchParams({
    query,
    time: (time / 1000).toFixed(3),
    timeout: `${QUERY_TIMEOUT_MS / 1000}s`,
    ...WHOLE,
    ...(stats ? { stats: "true" } : {}),
  }).toString();
}

function skewed(address: string, offsetMs: number): string {
  if (offsetMs === 0) return `the clock of Prometheus at ${address} agrees with the clock of the adapter again`;
  const [seconds, which] = [Math.abs(offsetMs) / 1000, offsetMs > 0 ? "ahead of" : "behind"];
  return `the clock of Prometheus at ${address} is about ${seconds} s ${which} the adapter's, and readings go by Prometheus's`;
}

/** The problem of two clocks behind one address: no evaluation time is right for both. */
function restless(address: string): Answer {
  const message = `the answers of Prometheus at ${address} come from different clocks`;
  return { ok: false, problem: problem("ASM_CLOCK_SKEW", message, { severity: "error" }) };
}

/**
 * The result of one attempt. The verdict is also "refused" if there was no connection, for example because one side
 * does not trust the other's certificate.
 */
interface Attempt {
  answer: Answer;
  verdict: "taken" | "refused" | "silent";
}

/**
 * Sends the query by POST, as Prometheus recommends for long queries. Uses GET if a proxy rejects POST, as
 * kube-metrics-adapter's Prometheus client does.
 */
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
  if (![403, 405, 501].includes(post.statusCode)) return read(post);
  await post.body.dump();
  const get = await request(`${endpoint}${endpoint.includes("?") ? "&" : "?"}${form}`, {
    method: "GET",
    headers,
    signal,
    dispatcher,
  });
  return read(get);
}

async function read({ statusCode: status, headers: { date }, body }: Dispatcher.ResponseData) {
  const cameAt = Date.now();
  return { status, date, cameAt, body: await readLimited(body, BODY_LIMIT) };
}

/** Creates a connection pool for each state of the TLS files. A running query uses its pool until it ends. */
function createPools(): { of(tls: TlsOptions): Agent; close(): Promise<void> } {
  const pools = new Map<TlsOptions, Agent>();
  const of = (tls: TlsOptions) => {
    const known = pools.get(tls);
    if (known) return known;
    const agent = new Agent({
      connections: CONNECTIONS,
      allowH2: false,
      connect: { timeout: 3_000, ...tls },
      headersTimeout: QUERY_TIMEOUT_MS,
      bodyTimeout: QUERY_TIMEOUT_MS,
    });
    pools.set(tls, agent);
    const [oldest] = pools;
    if (pools.size > POOLS && oldest) {
      pools.delete(oldest[0]);
      oldest[1].close().catch(() => undefined);
    }
    return agent;
  };
  return { of, close: async () => void (await Promise.all([...pools.values()].map((agent) => agent.destroy()))) };
}

function unreachable(address: string, error: unknown): Answer {
  if (isFileError(error)) {
    const message = `a file of the credentials for Prometheus at ${address} cannot be read: ${reason(error)}`;
    const remedy = "Mount the file, or correct its path in the flags or in the file of --prometheus-http-config.";
    return { ok: false, problem: problem("ASM_HTTP_CONFIG", message, { remedy }) };
  }
  const message = isLate(error)
    ? `Prometheus at ${address} did not answer within ${QUERY_TIMEOUT_MS / 1000} s`
    : `Prometheus at ${address} cannot be asked: ${reason(error)}`;
  return { ok: false, problem: problem("ASM_PROMETHEUS_UNREACHABLE", message) };
}

function isLate(error: unknown): boolean {
  return error instanceof Error && /Timeout/.test(error.name);
}

function isFileError(error: unknown): boolean {
  if (error instanceof HttpConfigError) return true;
  return typeof error === "object" && error !== null && "syscall" in error && "path" in error;
}
