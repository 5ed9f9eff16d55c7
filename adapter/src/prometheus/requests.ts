import { problems } from "@asm-autoscaler/hpa-metrics";
import type { Answer } from "./answer.ts";
import { createFairQueue, type QueueCounts } from "./fairQueue.ts";
import type { Speed } from "./lane.ts";
import type { PrometheusServer } from "./server.ts";

/** One query of one or more namespaces. */
export interface Request {
  readonly text: string;
  /** Whether to request the query's statistics from Prometheus. */
  readonly stats: boolean;
  readonly namespaces: readonly string[];
  readonly speed: Speed;
}

/** The result of one request. */
export interface Reply {
  readonly answer: Answer;
  /** Whether the request was sent. False if the share of its namespaces is used up. */
  readonly isSent: boolean;
  /** Whether the query causes the problem. Other problems are the server's and affect all queries. */
  readonly isOwnProblem: boolean;
  /** Whether the request was slow while the server answered others quickly. */
  readonly isSlow: boolean;
  /** Duration of the evaluation in Prometheus, or of the request if the server returns no statistics, in ms. */
  readonly costMs: number;
}

export interface RequestCounts extends QueueCounts {
  /** Requests that were sent to Prometheus. */
  requests: number;
}

/**
 * An answer within HEALTHY_MS shows that the server is healthy. A query that takes longer than SLOW_MS while the server
 * is healthy is slow by itself. Both are in ms.
 */
const HEALTHY_MS = 200;
const SLOW_MS = 1_000;

/**
 * Creates a function that sends requests to one server. Each request uses the share of its namespaces. The returned
 * promises never reject.
 */
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
      isOwnProblem: !answer.ok && problems[answer.problem.code].cause === "query",
      isSlow: tookMs > SLOW_MS && healthyAt > sentAt,
      costMs: (answer.ok ? answer.evaluationMs : undefined) ?? tookMs,
    };
  };
}
