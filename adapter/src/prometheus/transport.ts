import { oneLine } from "@asm-autoscaler/hpa-metrics";
import { type Dispatcher, request } from "undici";
import { BodyTooLarge, readLimited } from "../kubernetes/limitedBody.ts";
import type { ConnectionPools } from "./connectionPools.ts";
import type { TlsOptions } from "./credentials.ts";
import { type ProxyOf, proxyOfProcess } from "./proxyEnvironment.ts";

/** One query as an HTTP request. */
interface Outgoing {
  readonly endpoint: URL;
  /** The parameters, as `application/x-www-form-urlencoded`. */
  readonly form: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly tls: TlsOptions;
  /** Reads the body to a text. Default: the whole body, up to the limit of the transport. */
  readBody?(body: AsyncIterable<Buffer>): Promise<string>;
}

/** The response, decompressed. */
export interface Incoming {
  readonly status: number;
  /** The `Date` header. */
  readonly date: string | string[] | undefined;
  /** The `M3-Results-Limited` header, or an empty text. */
  readonly limited: string;
  /** When the response headers arrived, in Unix ms. */
  readonly cameAt: number;
  readonly body: string;
}

/** The error for a response that redirects where the adapter does not follow. */
class RedirectError extends Error {}

/** The error for a response with an encoding that the adapter does not decode. */
export class EncodingError extends Error {}

export interface Transport {
  /**
   * Sends a query.
   *
   * @throws RedirectError, EncodingError, BodyTooLarge, and the errors of undici and zlib
   */
  send(outgoing: Outgoing): Promise<Incoming>;
}

/** Maximum number of redirects of one request, as in Go's HTTP client. */
const MOST_REDIRECTS = 10;

/** Creates the transport of one server: proxy, redirects and decompression. */
export function createTransport(
  pools: ConnectionPools,
  limits: { readonly timeoutMs: number; readonly bodyLimit: number },
  proxyOf: ProxyOf = proxyOfProcess,
): Transport {
  /** Follows redirects that keep the method, on the same host and never from https to http. */
  const follow = async (start: URL, options: Omit<Dispatcher.RequestOptions, "origin" | "path">, tls: TlsOptions) => {
    let url = start;
    for (let redirects = 0; ; redirects++) {
      const response = await request(url, { ...options, dispatcher: pools.of(tls, proxyOf(url)) });
      const { statusCode, headers } = response;
      if (statusCode < 300 || statusCode > 399) return response;
      await response.body.dump();
      url = redirectTarget(url, statusCode, [headers["location"] ?? ""].flat()[0] ?? "");
      if (redirects >= MOST_REDIRECTS) throw new RedirectError(`it redirects more than ${MOST_REDIRECTS} times`);
    }
  };

  return {
    /**
     * Sends the query by POST, as Prometheus recommends for long queries. Uses GET if a proxy rejects POST, as
     * kube-metrics-adapter's Prometheus client does.
     */
    async send({ endpoint, form, headers, tls, readBody = (body) => readLimited(body, limits.bodyLimit) }) {
      const signal = AbortSignal.timeout(limits.timeoutMs + 1_000);
      const contentType = { "content-type": "application/x-www-form-urlencoded" };
      const post = await follow(
        endpoint,
        { method: "POST", headers: { ...headers, ...contentType }, body: form, signal },
        tls,
      );
      if (![403, 405, 501].includes(post.statusCode)) return read(post, limits.bodyLimit, readBody);
      await post.body.dump();
      const url = new URL(endpoint);
      url.search = url.search ? `${url.search}&${form}` : form;
      return read(await follow(url, { method: "GET", headers, signal }, tls), limits.bodyLimit, readBody);
    },
  };
}

/**
 * Returns where to send the same request again. A redirect to another host is not followed: the credentials and the
 * query are for the host that the operator named.
 */
function redirectTarget(from: URL, status: number, location: string): URL {
  if (location === "") throw new RedirectError(`it answers HTTP ${status} without an address to redirect to`);
  const target = URL.parse(location, from.href);
  const where = target ? ` to ${oneLine(target.origin, 100)}` : "";
  const isSameHost = target?.hostname === from.hostname && /^https?:$/.test(target.protocol);
  const isSecure = from.protocol === "http:" || target?.protocol === "https:";
  if (!target || ![307, 308].includes(status) || !isSameHost || !isSecure)
    throw new RedirectError(`it redirects${where} (HTTP ${status}); give the address it redirects to`);
  target.username = "";
  target.password = "";
  return target;
}

async function read(
  response: Dispatcher.ResponseData,
  bodyLimit: number,
  readBody: (body: AsyncIterable<Buffer>) => Promise<string>,
): Promise<Incoming> {
  const { statusCode: status, headers, body } = response;
  const cameAt = Date.now();
  const encoding = [headers["content-encoding"] ?? ""].flat().join(",").trim().toLowerCase();
  if (encoding !== "" && encoding !== "identity") {
    await body.dump();
    throw new EncodingError(`its answer has the encoding ${oneLine(encoding, 40)}, which was not requested`);
  }
  try {
    const limited = [headers["m3-results-limited"] ?? ""].flat().join(", ");
    return { status, date: headers["date"], limited, cameAt, body: await readBody(body) };
  } catch (error) {
    throw codeOf(error) === "UND_ERR_RES_EXCEEDED_MAX_SIZE" ? new BodyTooLarge(bodyLimit) : error;
  }
}

/** The `code` of an error, or an empty text. */
export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}
