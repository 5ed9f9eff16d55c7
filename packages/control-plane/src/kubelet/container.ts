import { setTimeout as pause } from "node:timers/promises";
import type { V1Container, V1ContainerState } from "@kubernetes/client-node";
import { watchHealth } from "./health.ts";
import type { ContainerProcess } from "./sandbox.ts";

/** The state of a container, for its status. */
export interface ContainerReport {
  readonly state: V1ContainerState;
  readonly lastState?: V1ContainerState;
  readonly restartCount: number;
  readonly started: boolean;
  readonly ready: boolean;
}

/** A container from its first start to its last end. */
export interface ContainerLife {
  /**
   * Stops the container permanently: SIGTERM, and SIGKILL after `graceSeconds`. Resolves when the process has ended.
   */
  stop(graceSeconds: number): Promise<void>;
}

export interface ContainerLifeOptions {
  readonly container: V1Container;
  readonly podIP: string;
  /** Seconds between SIGTERM and SIGKILL after a failed probe. */
  readonly graceSeconds: number;
  /** Whether it is started again whenever it ends: `restartPolicy: Always`, and not `Never`. */
  readonly restarts: boolean;
  /** Log file of the container. Messages about its end name this file. */
  readonly logFile: string;
  launch(): Promise<ContainerProcess>;
  onReport(report: ContainerReport): void;
  onProgress(line: string): void;
}

/**
 * Delays before a restart, in milliseconds. A real kubelet starts with 10 s. This one starts with 1 s, so that tests
 * see a restart.
 */
const firstPause = 1_000;
const longestPause = 30_000;
/** After a run of this length, in milliseconds, the next delay is the first one again. */
const goodRun = 60_000;

/** Runs a container, probes it and reports each change. */
export function liveContainer(options: ContainerLifeOptions): ContainerLife {
  const { container, onReport, onProgress } = options;
  const stopping = new AbortController();
  let endProcess = (_graceSeconds: number) => {};

  const runOnce = async (restartCount: number, lastState: V1ContainerState | undefined): Promise<V1ContainerState> => {
    const startedAt = new Date();
    const child = await options.launch();
    const over = new AbortController();
    endProcess = (graceSeconds) => terminate(child, graceSeconds, over.signal);
    const report = (started: boolean, ready: boolean) =>
      onReport({
        state: { running: { startedAt } },
        ...(lastState && { lastState }),
        restartCount,
        started,
        ready,
      });
    if (stopping.signal.aborted) endProcess(0); // Stopped while it was being launched.
    report(container.startupProbe === undefined, false);
    watchHealth(container, options.podIP, {
      onStarted: () => report(true, false),
      onReady: (ready, why) => {
        if (!ready) onProgress(`container ${container.name} is not ready: ${why}`);
        report(true, ready);
      },
      onUnhealthy: (why) => {
        onProgress(`container ${container.name} is restarted: ${why}`);
        endProcess(options.graceSeconds);
      },
      // A container that is terminating keeps its readiness until it has ended.
      signal: AbortSignal.any([over.signal, stopping.signal]),
    });
    const exit = await child.exited;
    over.abort();
    const reason = exit.exitCode === 0 ? "Completed" : "Error";
    return { terminated: { ...exit, reason, startedAt, finishedAt: new Date() } };
  };

  const life = async () => {
    let wait = firstPause;
    let lastState: V1ContainerState | undefined;
    for (let restarts = 0; !stopping.signal.aborted; restarts++) {
      const began = performance.now();
      lastState = await runOnce(restarts, lastState).catch(failedStart);
      if (stopping.signal.aborted) break;
      if (!options.restarts) {
        const { exitCode } = lastState.terminated ?? {};
        onProgress(`container ${container.name} ended with code ${exitCode}; its output is in ${options.logFile}`);
        onReport({ state: lastState, restartCount: restarts, started: false, ready: false });
        break;
      }
      if (performance.now() - began > goodRun) wait = firstPause;
      const { exitCode, message = "" } = lastState.terminated ?? {};
      const backOff = `back-off ${wait / 1_000}s restarting failed container=${container.name}`;
      onProgress(
        `container ${container.name} ended with code ${exitCode}${message && ` (${message})`}, ${backOff}; its output is in ${options.logFile}`,
      );
      const state = { waiting: { reason: "CrashLoopBackOff", message: backOff } };
      onReport({ state, lastState, restartCount: restarts, started: false, ready: false });
      await pause(wait, undefined, { signal: stopping.signal }).catch(() => {});
      wait = Math.min(wait * 2, longestPause);
    }
  };
  const ended = life();

  return {
    stop: async (graceSeconds) => {
      stopping.abort();
      endProcess(graceSeconds);
      await ended;
    },
  };
}

const failedStart = (problem: unknown): V1ContainerState => ({
  terminated: {
    exitCode: 128,
    reason: "StartError",
    message: problem instanceof Error ? problem.message : String(problem),
  },
});

/** Sends SIGTERM now, and SIGKILL after the grace period unless `gone` is aborted before that. */
function terminate(child: ContainerProcess, graceSeconds: number, gone: AbortSignal): void {
  if (gone.aborted) return;
  child.kill(graceSeconds > 0 ? "SIGTERM" : "SIGKILL");
  const timer = setTimeout(() => child.kill("SIGKILL"), graceSeconds * 1_000);
  gone.addEventListener("abort", () => clearTimeout(timer), { once: true });
}
