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
