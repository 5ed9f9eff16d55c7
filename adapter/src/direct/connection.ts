import { Client } from "undici";
import { reason } from "../kubernetes/client.ts";

/** Why a proxy gave no values. */
export type ScrapeFailure =
  | "closed" // no connection or no answer: a NetworkPolicy, METRICS_LOCALHOST_ACCESS_ONLY, or a dead pod
  | "answer" // another status than 200, or an answer that was cut off or has a line that cannot be read
  | "labels" // series without the label reporter
  | "large" // more bytes or series than are read
  | "busy"; // the namespace has used up its share

/** How a request ended. */
export type Answer =
  | { readonly ok: true; readonly bytes: number; readonly isNewConnection: boolean }
  | { readonly ok: false; readonly failure: ScrapeFailure; readonly sentence: string; readonly bytes: number };

/** The connection to one proxy. */
export interface ProxyConnection {
  /**
   * Reads the answer on a path, and passes it on in chunks. Once `push` gives false, the rest is not read, and the
   * connection is closed. Rejects never. Takes at most `timeoutMs`.
   */
  get(path: string, push: (chunk: Buffer) => boolean | Promise<boolean>): Promise<Answer>;
  close(): void;
}

const KEEP_ALIVE_MS = 10_000;

/**
 * Creates a connection to the metrics port of one sidecar. The port is plain HTTP, also in STRICT mTLS, because Istio
 * does not capture it. The connection is HTTP/1.1, is kept, and goes through no proxy. No `Accept-Encoding`, which
 * would cost Envoy CPU.
 */
export function connectProxy(address: string, port: number, timeoutMs: number): ProxyConnection {
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
    async get(path, push) {
      let bytes = 0;
      const failed = (failure: ScrapeFailure, sentence: string) => ({ ok: false, failure, sentence, bytes }) as const;
      try {
        const { statusCode, body } = await client.request({
          method: "GET",
          path,
          signal: AbortSignal.timeout(timeoutMs),
        });
        if (statusCode !== 200) {
          await body.dump({ limit: 16 * 1024 });
          return failed("answer", `it answers HTTP ${statusCode}`);
        }
        for await (const chunk of body as AsyncIterable<Buffer>) {
          bytes += chunk.length;
          // A return ends the loop, which destroys the body and with it the connection.
          if (!(await push(chunk))) return failed("answer", "its answer was not read to the end");
        }
        const answer = { ok: true, bytes, isNewConnection } as const;
        isNewConnection = false;
        return answer;
      } catch (error) {
        return failed(bytes > 0 ? "answer" : "closed", reason(error));
      }
    },
    close: () => void client.destroy().catch(() => undefined),
  };
}
