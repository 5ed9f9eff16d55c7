import { setTimeout as pause } from "node:timers/promises";
import type { V1Container, V1ContainerState } from "@kubernetes/client-node";
import { watchHealth } from "./health.ts";
import type { ContainerProcess } from "./sandbox.ts";

/** What a container's status says of it. */
export interface ContainerReport {
  readonly state: V1ContainerState;
  readonly lastState?: V1ContainerState;
  readonly restartCount: number;
  readonly started: boolean;
  readonly ready: boolean;
}

/** A container that is kept running. */
export interface ContainerLife {
  /** Ends it for good: SIGTERM, and SIGKILL after so many seconds. Resolves when the process is gone. */
  stop(graceSeconds: number): Promise<void>;
}

export interface ContainerLifeOptions {
  readonly container: V1Container;
  readonly podIP: string;
  /** Seconds between SIGTERM and SIGKILL when a probe gave the container up. */
  readonly graceSeconds: number;
  /** File of its output, named when it ends. */
  readonly logFile: string;
  launch(): Promise<ContainerProcess>;
  onReport(report: ContainerReport): void;
  onProgress(line: string): void;
}

/** Pauses before a restart, in milliseconds: kubelet begins with 10 s, this one with 1 s so that tests see a restart. */
const firstPause = 1_000;
const longestPause = 30_000;
/** A run so long was a good one: the next pause is the first again. */
const goodRun = 60_000;

/** Runs a container again and again, as restartPolicy Always says, probes it and reports each change. */
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
      // A container that is being ended keeps its readiness until it is gone.
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

const failedStart = (fault: unknown): V1ContainerState => ({
  terminated: { exitCode: 128, reason: "StartError", message: fault instanceof Error ? fault.message : String(fault) },
});

/** SIGTERM now, SIGKILL after the grace period unless `gone` comes first. */
function terminate(child: ContainerProcess, graceSeconds: number, gone: AbortSignal): void {
  if (gone.aborted) return;
  child.kill(graceSeconds > 0 ? "SIGTERM" : "SIGKILL");
  const timer = setTimeout(() => child.kill("SIGKILL"), graceSeconds * 1_000);
  gone.addEventListener("abort", () => clearTimeout(timer), { once: true });
}
