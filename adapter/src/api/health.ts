import type { Answer } from "./answer.ts";
import type { HealthCheck } from "./routes.ts";

/**
 * Answers a health endpoint in the generic API server's words (apiserver/pkg/server/healthz/healthz.go). The body is
 * `ok`, or 500 with the names of the failing checks. Reasons are withheld because anyone can send the request.
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

/** A part of the adapter that must be ready before the adapter is ready. */
export type Part = "hpas" | "front-proxy" | "serving-certificate" | "first-readings" | "delegate-lists" | "rule-lists";

/** The state behind the probes. The adapter is live when the process answers, and ready when every part is ready. */
export interface Health {
  ready(part: Part): void;
  /** Makes the adapter not ready permanently, so that its endpoints are removed before its connections close. */
  drain(): void;
  isReady(part: Part): boolean;
  /** Returns the names of the failing checks. An empty list means ok. */
  failing(check: "healthz" | "livez" | "readyz"): string[];
}

/** Creates the health state. No part is ready at first. */
export function createHealth(parts: readonly Part[]): Health {
  const missing = new Set<Part>(parts);
  let draining = false;
  return {
    ready: (part) => void missing.delete(part),
    drain() {
      draining = true;
    },
    isReady: (part) => !missing.has(part),
    failing(check) {
      if (check === "livez") return [];
      return [...missing, ...(draining ? ["shutdown"] : [])];
    },
  };
}
