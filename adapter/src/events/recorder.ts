import { type Kubernetes, KubernetesError, reason } from "../kubernetes/client.ts";
import { pause } from "../kubernetes/listWatch.ts";
import type { Log } from "../kubernetes/log.ts";
import { eventObject, type HpaEvent } from "./event.ts";
import { createEventQueue } from "./eventQueue.ts";

/** Writes events, one after the other and the namespaces in turn; what it cannot write in time it drops and counts. */
export interface Recorder {
  /** Takes an event to write; false when it was dropped, so that it may be tried again later. */
  post(event: HpaEvent): boolean;
  readonly counts: EventCounts;
  /** Writes until `signal` aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

export interface EventCounts {
  written: number;
  /** Beyond the rate of its namespace or of the cluster, or while events cannot be written. */
  dropped: number;
  failed: number;
}

/** After a refusal for want of rights nothing is tried for so long, ms. */
const FORBIDDEN_PAUSE_MS = 300_000;

/** A recorder over the API server. `nowMs` is a clock that only grows. */
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
      // A namespace on its way out takes no new events, and that is nobody's fault.
      if (!(error instanceof KubernetesError && error.status === 403) || /terminat/i.test(error.message)) return;
      queue.clear();
      silentUntil = nowMs() + FORBIDDEN_PAUSE_MS;
      log.warn(
        { code: "ASM_EVENTS" },
        `ASM_EVENTS: the adapter may not write events (${reason(error)}); faults stand in its log and in the HPAs' conditions only. ` +
          "Allow it to create and patch events in all namespaces.",
      );
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
      // Not by AbortSignal.any, which leaves something on the signal of the whole run each time.
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
