import { EXHAUSTIVE, oneLine, type Problem, problem, WHOLE_ANSWER } from "@asm-autoscaler/hpa-metrics";
import { BodyTooLarge } from "../kubernetes/limitedBody.ts";
import { type Answer, answerTooLarge, parseAnswer } from "./answer.ts";
import { createClockSkew } from "./clockSkew.ts";
import { createConnectionPools } from "./connectionPools.ts";
import { type Credentials, createCredentials } from "./credentials.ts";
import type { HttpConfig } from "./httpConfig.ts";
import { proxyNote, proxyOfProcess } from "./proxyEnvironment.ts";
import { createRemarkLog } from "./remarkLog.ts";
import { failedRequest, isLate } from "./requestFailure.ts";
import { SeriesLimit, type SeriesList } from "./seriesNames.ts";
import { seriesForm, seriesReader } from "./seriesRequest.ts";
import { createTransport, type Incoming, type Transport } from "./transport.ts";

/** A client of one Prometheus that the operator configured or allowed. */
export interface PrometheusServer {
  /**
   * Runs one instant query. `evaluateAt` is in Unix ms of the adapter's clock. If the server has clock skew, the
   * evaluation time is converted to the server's clock, and the answer has the converted time. Never rejects: every
   * failure is an answer with a problem.
   */
  query(query: string, evaluateAt: number, options?: { stats?: boolean }): Promise<Answer>;
  /**
   * Lists the series that a selector matches and that have samples since `since`, in Unix ms of the adapter's clock. Never
   * rejects. Sends one request at a time, besides the queries.
   */
  series(match: string, since: number): Promise<SeriesList>;
  close(): Promise<void>;
}

/**
 * Query timeout, in ms, from when the request is sent. A read does not wait that long: the last reading is served
 * stale.
 */
const QUERY_TIMEOUT_MS = 10_000;
/** Maximum size of a response body, in bytes. A vector of thousands of series is a mistake in the query. */
const BODY_LIMIT = 1024 * 1024;
/** Timeout of a list of series, in ms, and its maximum size in bytes. It is read while it arrives. */
const SERIES_TIMEOUT_MS = 120_000;
const SERIES_LIMIT = 2 * 1024 * 1024 * 1024;

/** Minimum time between two reports of a changed clock skew, in ms. */
const SKEW_TOLD_MS = 60_000;

/** Receives problems that are not part of an answer, each once. */
export interface ServerListener {
  /** Called with the reason why the credential files are not usable. The last good credentials stay in use. */
  onCredentialTrouble?(sentence: string): void;
  /** Called when the server's clock skew changes. */
  onSkew?(sentence: string): void;
  /** Called once for each remark of the server about a query that it answered completely. */
  onRemark?(sentence: string): void;
}

/** Settings of a client that are not credentials. */
export interface ServerOptions extends ServerListener {
  /** How warnings of the server begin that do not mean missing data. Default: none. */
  harmlessWarnings?: readonly string[];
}

/**
 * Creates a client of the Prometheus at `url`. `user:password@` in the URL becomes basic authentication, as in
 * kube-metrics-adapter. While credentials are replaced, the client tries both the ones that the server accepted last
 * and the ones that the files have now.
 */
export function connectPrometheus(url: string, config: HttpConfig, options: ServerOptions = {}): PrometheusServer {
  const { onCredentialTrouble = () => undefined, onSkew = () => undefined, onRemark = () => undefined } = options;
  const base = new URL(url);
  const inUrl = basicAuthorization(base);
  base.username = "";
  base.password = "";
  const endpoint = (name: string) => {
    const url = new URL(base);
    url.pathname = `${base.pathname.replace(/(?<!\/)\/+$/, "")}/api/v1/${name}`;
    return url;
  };
  const [queryEndpoint, seriesEndpoint] = [endpoint("query"), endpoint("series")];
  // The path and the parameters of a URL may be secrets too (ARMS has a token in the path), and every HPA's reader sees
  // messages.
  const address = base.origin;
  const pools = createConnectionPools(QUERY_TIMEOUT_MS, BODY_LIMIT);
  const transport = createTransport(pools, { timeoutMs: QUERY_TIMEOUT_MS, bodyLimit: BODY_LIMIT });
  const seriesPools = createConnectionPools(SERIES_TIMEOUT_MS, SERIES_LIMIT);
  const seriesTransport = createTransport(seriesPools, { timeoutMs: SERIES_TIMEOUT_MS, bodyLimit: SERIES_LIMIT });
  const via = proxyNote(base, proxyOfProcess);
  const remarks = createRemarkLog(address, onRemark);
  const credentials = createCredentials(config, onCredentialTrouble);
  const clockSkew = createClockSkew();
  let skewToldAt = Number.NEGATIVE_INFINITY;
  const attempt = async <T>(asked: Ask<T>, { headers, tls }: Credentials, isAgain = false): Promise<Attempt<T>> => {
    const offset = clockSkew.offsetMs();
    const sentAt = Date.now();
    const timeoutMs = asked.transport === transport ? QUERY_TIMEOUT_MS : SERIES_TIMEOUT_MS;
    try {
      const { form, readBody } = asked.request(offset);
      const incoming = await asked.transport.send({
        ...{ endpoint: asked.endpoint, form, tls },
        headers: { ...NOT_CACHED, ...EXHAUSTIVE, ...inUrl, ...headers },
        ...(readBody ? { readBody } : {}),
      });
      const { status, date, cameAt } = incoming;
      // A proxy before Prometheus has its own clock and sends its own error responses. Only successful responses are
      // measured.
      if (status < 300 && clockSkew.measure(date, sentAt, cameAt) && sentAt - skewToldAt > SKEW_TOLD_MS) {
        skewToldAt = sentAt;
        onSkew(skewed(address, clockSkew.offsetMs()));
      }
      // The offset changed, perhaps by another answer. The query therefore had the wrong evaluation time.
      if (clockSkew.offsetMs() !== offset && asked.isTimed) {
        if (!isAgain) return attempt(asked, { headers, tls }, true);
        return { answer: asked.failed(restless(address)), verdict: "taken" };
      }
      const verdict = status === 401 || status === 403 ? "refused" : "taken";
      return { answer: asked.parse(incoming, offset), verdict };
    } catch (error) {
      if (error instanceof BodyTooLarge || error instanceof SeriesLimit)
        return { answer: asked.failed(answerTooLarge(address, error.message).problem), verdict: "taken" };
      if (error instanceof SyntaxError) {
        const message = `Prometheus at ${address} sent a list that is not valid JSON: ${oneLine(error.message)}`;
        return { answer: asked.failed(problem("ASM_PROMETHEUS_ANSWER", message)), verdict: "taken" };
      }
      return {
        answer: asked.failed(failedRequest(address, error, timeoutMs, via)),
        verdict: isLate(error) ? "silent" : "refused",
      };
    }
  };

  /** Sends a request, and once more with other credentials if the first ones are refused. */
  const ask = async <T>(asked: Ask<T>): Promise<T> => {
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
      return asked.failed(failedRequest(address, error, QUERY_TIMEOUT_MS, via));
    }
  };

  return {
    query: (query, evaluateAt, { stats = false } = {}) =>
      ask<Answer>({
        ...{ endpoint: queryEndpoint, transport, isTimed: true },
        request: (offset) => ({ form: formOf({ query, evaluateAt, stats }, evaluateAt + offset) }),
        parse({ status, body, limited }, offset) {
          const answer = parseAnswer(status, body, address, evaluateAt + offset, options.harmlessWarnings, limited);
          if (answer.ok) remarks.add(answer.remarks ?? [], query);
          return answer;
        },
        failed: (found) => ({ ok: false, problem: found }),
      }),
    series(match, since) {
      const reader = seriesReader(address, options.harmlessWarnings ?? []);
      return ask<SeriesList>({
        ...{ endpoint: seriesEndpoint, transport: seriesTransport, isTimed: false },
        request: (offset) => ({ form: seriesForm(match, since + offset), readBody: reader.readBody }),
        parse: reader.parse,
        failed: reader.failed,
      });
    },
    close: async () => void (await Promise.all([pools.close(), seriesPools.close()])),
  };
}

/** One request of any kind. The clock of the server is `offset` ms ahead of the adapter's. */
interface Ask<T> {
  readonly endpoint: URL;
  readonly transport: Transport;
  /** Whether the answer depends on the exact time in the request. */
  readonly isTimed: boolean;
  request(offset: number): { form: string; readBody?: (body: AsyncIterable<Buffer>) => Promise<string> };
  parse(incoming: Incoming, offset: number): T;
  failed(found: Problem): T;
}

interface Asked {
  readonly query: string;
  readonly evaluateAt: number;
  readonly stats: boolean;
}

/**
 * Parameters that make a server return all of its data up to the evaluation time, or an error. Other servers ignore
 * them.
 * - `WHOLE_ANSWER`: a partial sum would scale down during a peak.
 * - `nocache` and `latency_offset` of VictoriaMetrics
 *   (https://docs.victoriametrics.com/victoriametrics/keyconcepts/#query-latency): without them, it evaluates the query
 *   30 s earlier and returns the result with the requested time. Versions differ in which of the two they know.
 * - `max_source_resolution` of Thanos (https://thanos.io/tip/components/query.md/#auto-downsampling): raw samples.
 *   A downsampled series has too few samples for the window of a rate.
 */
const WHOLE_AND_CURRENT = {
  ...WHOLE_ANSWER,
  nocache: "1",
  latency_offset: "0s",
  max_source_resolution: "0s",
};

/** Makes query frontends (Mimir, Cortex) and HTTP caches evaluate the query again. */
const NOT_CACHED = { "cache-control": "no-cache, no-store" };

function formOf({ query, stats }: Asked, time: number): string {
  return new URLSearchParams({
    query,
    time: (time / 1000).toFixed(3),
    timeout: `${QUERY_TIMEOUT_MS / 1000}s`,
    ...WHOLE_AND_CURRENT,
    ...(stats ? { stats: "true" } : {}),
  }).toString();
}

function skewed(address: string, offsetMs: number): string {
  if (offsetMs === 0) return `the clock of Prometheus at ${address} agrees with the clock of the adapter again`;
  const [seconds, which] = [Math.abs(offsetMs) / 1000, offsetMs > 0 ? "ahead of" : "behind"];
  return `the clock of Prometheus at ${address} is about ${seconds} s ${which} the adapter's, and readings go by Prometheus's`;
}

/** The problem of two clocks behind one address: no evaluation time is right for both. */
function restless(address: string): Problem {
  const message = `the answers of Prometheus at ${address} come from different clocks`;
  return problem("ASM_CLOCK_SKEW", message, { severity: "error" });
}

/**
 * The result of one attempt. The verdict is also "refused" if there was no connection, for example because one side
 * does not trust the other's certificate.
 */
interface Attempt<T> {
  answer: T;
  verdict: "taken" | "refused" | "silent";
}

/** The user of a URL as basic authentication. A password without a user is sent too, as Go's HTTP client does. */
function basicAuthorization({ username, password }: URL): { authorization?: string } {
  if (username === "" && password === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}
