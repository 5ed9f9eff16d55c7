import { Agent, type Dispatcher, interceptors, ProxyAgent } from "undici";
import type { TlsOptions } from "./credentials.ts";
import { CONNECTIONS } from "./fairQueue.ts";
import type { HttpProxy } from "./proxyEnvironment.ts";

/** The connections to one Prometheus. */
export interface ConnectionPools {
  /** Returns the connections for these TLS options, through the proxy if there is one. */
  of(tls: TlsOptions, proxy: HttpProxy | undefined): Dispatcher;
  close(): Promise<void>;
}

/**
 * Maximum number of pools. A server needs one for the TLS options of the current files, and one for the previous ones
 * while both are tried. If it redirects to https, each may be needed with and without a proxy.
 */
const POOLS = 4;
/** Timeout of a connection and of its TLS handshake, in ms. */
const CONNECT_TIMEOUT_MS = 3_000;

/**
 * Creates pools that decompress answers (gzip, deflate, Brotli and zstd) up to `bodyLimit` bytes. A query that runs
 * while its pool is replaced keeps the pool until it ends. The pools use HTTP/1.1 only: with HTTP/2, undici 8.13 returns
 * a body that was cut off as if it were whole, and a closed session ends the process (docs/decisions/0024).
 */
export function createConnectionPools(timeoutMs: number, bodyLimit: number): ConnectionPools {
  const pools = new Map<string, Dispatcher>();
  const decompress = interceptors.decompress({ maxSize: bodyLimit, skipErrorResponses: false });
  const tlsIds = new WeakMap<TlsOptions, number>();
  let tlsCount = 0;

  const idOf = (tls: TlsOptions): number => {
    const id = tlsIds.get(tls) ?? ++tlsCount;
    tlsIds.set(tls, id);
    return id;
  };

  const create = (tls: TlsOptions, proxy: HttpProxy | undefined): Dispatcher => {
    const options = { connections: CONNECTIONS, allowH2: false, headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
    const connect = { timeout: CONNECT_TIMEOUT_MS, ...tls };
    const proxyTls = { timeout: CONNECT_TIMEOUT_MS, allowH2: false };
    const agent = proxy
      ? new ProxyAgent({ ...options, uri: proxy.url.href, proxyTls, requestTls: connect })
      : new Agent({ ...options, connect });
    return agent.compose(decompress);
  };

  return {
    of(tls, proxy) {
      const key = `${idOf(tls)} ${proxy?.url.href ?? ""}`;
      const known = pools.get(key);
      if (known) return known;
      const dispatcher = create(tls, proxy);
      pools.set(key, dispatcher);
      const [oldest] = pools;
      if (pools.size > POOLS && oldest) {
        pools.delete(oldest[0]);
        oldest[1].close().catch(() => undefined);
      }
      return dispatcher;
    },
    close: async () => void (await Promise.all([...pools.values()].map((dispatcher) => dispatcher.destroy()))),
  };
}
