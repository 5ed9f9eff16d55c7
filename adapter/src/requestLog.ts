import { problem } from "@asm-autoscaler/hpa-metrics";
import type { RequestEntry } from "./api/server.ts";
import { reason } from "./kubernetes/client.ts";
import { type Log, logProblem } from "./kubernetes/log.ts";
import { createTokenBucket } from "./kubernetes/tokenBucket.ts";

/**
 * Rate limit for log lines about clients without an identity: burst, and lines per second. Anyone can connect, so the
 * limit keeps such clients from filling the log.
 */
const BURST = 50;
const PER_SECOND = 1;

/** Creates a function that logs each request that failed. */
export function createRequestLog(log: Log, now: () => number): (entry: RequestEntry) => void {
  const budget = createTokenBucket(BURST, PER_SECOND, now);
  let leftOut = 0;

  return ({ method, path, status, milliseconds, user, auditId, delegate, refusal, error }) => {
    if (status < 400 && error === undefined) return;
    if (user === undefined && !budget.take()) {
      leftOut++;
      return;
    }
    const fields = {
      status,
      milliseconds: Math.round(milliseconds),
      ...(user ? { user } : {}),
      ...(auditId ? { auditId } : {}),
      ...(delegate ? { delegate } : {}),
      ...(refusal ? { refusal } : {}),
      ...(leftOut > 0 ? { leftOut } : {}),
    };
    leftOut = 0;
    if (error !== undefined) logProblem(log, problem("ASM_INTERNAL", `${method} ${path}: ${reason(error)}`), fields);
    else log.info(fields, `${method} ${path} was answered with ${status}.`);
  };
}
