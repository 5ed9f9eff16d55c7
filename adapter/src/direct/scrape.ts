import { Client } from "undici";
import { reason } from "../kubernetes/client.ts";
import { createExpositionReader, type Exposition } from "./exposition.ts";
import type { NamespaceShare } from "./namespaceShare.ts";

/** Why a proxy gave no values. */
export type ScrapeFailure =
  | "closed" // no connection or no answer: a NetworkPolicy, METRICS_LOCALHOST_ACCESS_ONLY, or a dead pod
  | "answer" // another status than 200, or an answer that was cut off or has a line that cannot be read
  | "labels" // series without the label reporter
  | "large" // more bytes or series than are read
  | "busy"; // the namespace has used up its share

export type ScrapeResult =
  | (Exposition & { readonly ok: true; readonly bytes: number; readonly isNewConnection: boolean })
  | { readonly ok: false; readonly failure: ScrapeFailure; readonly sentence: string; readonly bytes: number };

/** The series that are read from a proxy. */
export interface WantedSeries {
  /** The value of their label `reporter`. */
  readonly reporter: string;
  /** A part of the host of the Service that they go to, such as `.shop.svc.cluster.local`. Absent: all Services. */
  readonly hostPart?: string;
}

/** The connection to one proxy. */
export interface ProxyConnection {
  /**
   * Reads the sample values of some metrics. Rejects never. Takes at most `timeoutMs`.
   * Counts the bytes on the namespace's share as they come, and closes the connection if they are too many.
   */
  scrape(metrics: readonly string[], share: NamespaceShare): Promise<ScrapeResult>;
  close(): void;
}

/** Maximum size of an answer, in bytes. An answer of one caller with all histograms has 60 kB. */
const MOST_BYTES = 2 * 1024 * 1024;
const KEEP_ALIVE_MS = 10_000;

/**
 * Creates a connection to the metrics port of one sidecar. The port is plain HTTP, also in STRICT mTLS, because Istio
 * does not capture it. The connection is HTTP/1.1, is kept, and goes through no proxy.
 *
 * `filter` is a regular expression for a part of Envoy's internal names, which old and new Istio write in different
 * orders. So it has no anchors, and the answer is filtered again. No `Accept-Encoding`, which would cost Envoy CPU.
 * https://www.envoyproxy.io/docs/envoy/latest/operations/admin#get--stats-prometheus
 */
export function connectProxy(
  address: string,
  port: number,
  timeoutMs: number,
  { reporter, hostPart }: WantedSeries,
): ProxyConnection {
  const host = address.includes(":") ? `[${address}]` : address;
  const client = new Client(`http://${host}:${port}`, {
    connect: { timeout: timeoutMs },
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  let isNewConnection = true;
  client.on("connect", () => {
    isNewConnection = true;
  });
  return {
    async scrape(metrics, share) {
      let bytes = 0;
      const failed = (failure: ScrapeFailure, sentence: string) => ({ ok: false, failure, sentence, bytes }) as const;
      try {
        const { statusCode, body } = await client.request({
          method: "GET",
          path: pathOf(metrics, hostPart),
          signal: AbortSignal.timeout(timeoutMs),
        });
        if (statusCode !== 200) {
          await body.dump({ limit: 16 * 1024 });
          return failed("answer", `it answers HTTP ${statusCode}`);
        }
        const reader = createExpositionReader(metrics, reporter, share.names);
        // A return ends the loop, which destroys the body and with it the connection.
        for await (const chunk of body as AsyncIterable<Buffer>) {
          bytes += chunk.length;
          if (!share.spend(chunk.length)) return failed("busy", "the proxies of the namespace have used up its share");
          if (bytes > MOST_BYTES) return failed("large", `its answer has more than ${MOST_BYTES} bytes`);
          const { failure, sentence } = reader.push(chunk) ?? {};
          if (failure) return failed(failure, sentence ?? "");
        }
        const exposition = reader.end();
        if ("failure" in exposition) return failed(exposition.failure, exposition.sentence);
        const result = { ok: true, ...exposition, bytes, isNewConnection } as const;
        isNewConnection = false;
        return result;
      } catch (error) {
        return failed(bytes > 0 ? "answer" : "closed", reason(error));
      }
    },
    close: () => void client.destroy().catch(() => undefined),
  };
}

/**
 * The path with a filter on the metrics and the host, without the suffixes that Envoy adds to a histogram only in the
 * answer. Without `usedonly`: Envoy's eviction marks a living counter as unused for one interval, and a counter that is
 * hidden and comes back would look like a new one with all its old requests.
 */
export function pathOf(metrics: readonly string[], hostPart?: string): string {
  const stats = [...new Set(metrics.map(statOf))].sort().join("|");
  const host = hostPart?.replace(/[^a-zA-Z0-9-]/g, "\\$&");
  // New Istio writes the metric before the labels, and old Istio behind them.
  const filter = host === undefined ? stats : `(${stats}).*${host}|${host}.*(${stats})`;
  return `/stats/prometheus?filter=${encodeURIComponent(filter)}`;
}

/** The name inside Envoy of a metric: that of a histogram has no suffix. */
export function statOf(metric: string): string {
  return metric.replace(/_(?:bucket|sum|count)$/, "");
}
