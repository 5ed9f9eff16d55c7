import type { Answer } from "./answer.ts";
import { createFairQueue, type QueueCounts } from "./fairQueue.ts";
import type { Speed } from "./lane.ts";
import type { PrometheusServer } from "./server.ts";

/** One query of one or more namespaces. */
export interface Request {
  readonly text: string;
  /** Whether Prometheus is to say what it cost. */
  readonly stats: boolean;
  readonly namespaces: readonly string[];
  readonly speed: Speed;
}

/** How one request went. */
export interface Reply {
  readonly answer: Answer;
  /** Whether it was sent; not where the share of its namespaces is taken. */
  readonly isSent: boolean;
  readonly isOwnFault: boolean;
  /** Whether it took long while the server answered others quickly. */
  readonly isSlow: boolean;
  /** How long Prometheus evaluated, where it says so; else how long the request took. ms. */
  readonly costMs: number;
}

export interface RequestCounts extends QueueCounts {
  /** Requests sent to Prometheus. */
  requests: number;
}

/** An answer in this time shows a healthy server, and one that takes so long meanwhile a query that is slow by itself, ms. */
const HEALTHY_MS = 200;
const SLOW_MS = 1_000;
/** Faults that may be one member's alone; those of the server befall all. */
const OWN_FAULTS = new Set(["ASM_QUERY_REFUSED", "ASM_RESULT_TYPE", "ASM_ANSWER_LARGE"]);

/** Sends requests to one server, each on the share of its namespaces. What it gives never rejects. */
export function createRequests(
  server: Pick<PrometheusServer, "query">,
  counts: RequestCounts,
  now: () => number,
): (request: Request, evaluateAt: number) => Promise<Reply> {
  const queue = createFairQueue(counts, now);
  let healthyAt = Number.NEGATIVE_INFINITY;
  return async ({ text, stats, namespaces, speed }, evaluateAt) => {
    let sentAt = now();
    const send = () => {
      counts.requests++;
      sentAt = now();
      return server.query(text, evaluateAt, { stats });
    };
    const answer = await queue.run({ namespaces, speed, send });
    const tookMs = answer.tookMs ?? 0;
    if (answer.ok && tookMs <= HEALTHY_MS) healthyAt = now();
    return {
      answer,
      isSent: answer.tookMs !== undefined,
      isOwnFault: !answer.ok && OWN_FAULTS.has(answer.fault.code),
      isSlow: tookMs > SLOW_MS && healthyAt > sentAt,
      costMs: (answer.ok ? answer.evaluationMs : undefined) ?? tookMs,
    };
  };
}
