import { problem } from "@asm-autoscaler/hpa-metrics";
import { type Kubernetes, KubernetesError, reason } from "../kubernetes/client.ts";
import { type Log, logProblem } from "../kubernetes/log.ts";
import { pause } from "../kubernetes/pause.ts";
import { eventObject, type HpaEvent } from "./event.ts";
import { createEventQueue } from "./eventQueue.ts";

/** Writes events one at a time, and the namespaces in turn. It drops and counts events that it cannot write in time. */
export interface Recorder {
  /** Accepts an event to write. Returns false when it is dropped; the caller can try again later. */
  post(event: HpaEvent): boolean;
  readonly counts: EventCounts;
  /** Writes until `signal` aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

export interface EventCounts {
  written: number;
  /** Events over the rate of their namespace or of the cluster, or posted while events cannot be written. */
  dropped: number;
  failed: number;
}

/** Pause after the API server answers 403, in milliseconds. */
const FORBIDDEN_PAUSE_MS = 300_000;

/** Creates a recorder that writes to the API server. `nowMs` is a monotonic clock. */
export function createRecorder(kubernetes: Pick<Kubernetes, "call">, log: Log, nowMs: () => number): Recorder {
  const counts: EventCounts = { written: 0, dropped: 0, failed: 0 };
  const queue = createEventQueue(nowMs);
  let silentUntil = 0;
  let wake: (() => void) | undefined;

  const write = async (event: HpaEvent) => {
    const { path, body } = eventObject(event);
    try {
      const query = { fieldManager: "asm-metrics-adapter", force: "true" };
      await kubernetes.call("PATCH", path, { query, body, contentType: "application/apply-patch+yaml" });
      counts.written++;
    } catch (error) {
      counts.failed++;
      // A terminating namespace accepts no new events. This is not a problem.
      if (!(error instanceof KubernetesError && error.status === 403) || /terminat/i.test(error.message)) return;
      queue.clear();
      silentUntil = nowMs() + FORBIDDEN_PAUSE_MS;
      const message = `the adapter may not write events (${reason(error)}), so only its log and the HPAs' conditions show problems`;
      logProblem(log, problem("ASM_EVENTS", message));
    }
  };

  return {
    counts,
    post(event) {
      if (nowMs() < silentUntil || !queue.push(event)) {
        counts.dropped++;
        return false;
      }
      wake?.();
      return true;
    },
    async run(signal) {
      // AbortSignal.any would add a listener to the long-lived signal in each iteration.
      signal.addEventListener("abort", () => wake?.(), { once: true });
      while (!signal.aborted) {
        const event = queue.shift();
        if (event) {
          await write(event);
          continue;
        }
        const woken = new AbortController();
        wake = () => woken.abort();
        await pause(60_000, woken.signal);
        wake = undefined;
      }
    },
  };
}
