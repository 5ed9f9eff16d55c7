import type { V1Container, V1Probe } from "@kubernetes/client-node";
import { runProbe, tryProbe } from "./probe.ts";

export interface HealthOptions {
  /** Called when the startup probe passes, or if there is none. */
  onStarted(): void;
  onReady(ready: boolean, why: string): void;
  /** Called when the startup or the liveness probe has failed too often. */
  onUnhealthy(why: string): void;
  /** Stops all probes. */
  signal: AbortSignal;
}

/**
 * Probes one run of a container, as kubelet does: first the startup probe until it passes, then readiness and liveness.
 */
export function watchHealth(container: V1Container, podIP: string, options: HealthOptions): void {
  const { onStarted, onReady, onUnhealthy, signal } = options;
  const { startupProbe, readinessProbe, livenessProbe } = container;
  const startedAt = performance.now();
  const run = (probe: V1Probe, until: AbortSignal, onDecision: (passes: boolean, why: string) => void) =>
    void runProbe(probe, {
      attempt: () => tryProbe(probe, container, podIP),
      onDecision,
      startedAt,
      signal: until,
    });

  const started = () => {
    onStarted();
    if (readinessProbe) run(readinessProbe, signal, onReady);
    else onReady(true, "");
    if (livenessProbe) {
      run(livenessProbe, signal, (passes, why) => {
        if (!passes) onUnhealthy(`Liveness probe failed: ${why}`);
      });
    }
  };

  if (!startupProbe) {
    started();
    return;
  }
  const decided = new AbortController();
  run(startupProbe, AbortSignal.any([signal, decided.signal]), (passes, why) => {
    decided.abort();
    if (passes) started();
    else onUnhealthy(`Startup probe failed: ${why}`);
  });
}
