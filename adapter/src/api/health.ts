import type { Answer } from "./answer.ts";
import type { HealthCheck } from "./requestTarget.ts";

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

/** A part of the adapter that readiness waits for. */
export type Part = "hpas" | "front-proxy" | "serving-certificate" | "first-readings";

/** What the probes ask: alive as soon as the process answers, ready once every part is. */
export interface Health {
  ready(part: Part): void;
  /** From now on not ready for ever, so that endpoints are taken away before connections are. */
  drain(): void;
  isReady(part: Part): boolean;
  /** The names of the checks that fail; none means ok. */
  failing(check: "healthz" | "livez" | "readyz"): string[];
}

/** Nothing is ready at first. */
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
