import type { Answer } from "./answer.ts";
import type { HealthCheck } from "./target.ts";

/**
 * A health endpoint's answer, as the generic API server words it (apiserver/pkg/server/healthz/healthz.go): `ok`, or 500 with
 * the failing checks and their reasons withheld, since anybody may ask.
 */
export function healthAnswer(
  { check, verbose }: { check: HealthCheck; verbose: boolean },
  failing: readonly string[],
): Answer {
  const headers = { "X-Content-Type-Options": "nosniff" };
  if (failing.length === 0) return { code: 200, body: verbose ? `${check} check passed\n` : "ok", headers };
  const lines = failing.map((name) => `[-]${name} failed: reason withheld\n`).join("");
  return { code: 500, body: `${lines}${check} check failed\n`, headers };
}
