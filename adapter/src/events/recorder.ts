import { pause } from "../collection.ts";
import { type Kubernetes, KubernetesError, reason } from "../kubernetes.ts";
import type { Log } from "../log.ts";
import { createBudget } from "./budget.ts";
import { eventObject, type HpaEvent } from "./event.ts";

/** Writes events, one after the other; what it cannot write in time it drops and counts. */
export interface Recorder {
  /** Takes an event to write; false when it was dropped, so that it may be tried again later. */
  post(event: HpaEvent): boolean;
  readonly counts: EventCounts;
  /** Writes until `signal` aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

export interface EventCounts {
  written: number;
  /** Beyond the rate, or while events cannot be written. */
  dropped: number;
  failed: number;
}

/** Events at once and per second, in the whole cluster: an outage of Prometheus must not become one of the API server. */
const BURST = 100;
const PER_SECOND = 10;
const LONGEST_QUEUE = 200;
/** After a refusal for want of rights nothing is tried for so long, ms. */
const FORBIDDEN_PAUSE_MS = 300_000;

/** A recorder over the API server. `nowMs` is a clock that only grows. */
export function createRecorder(kubernetes: Pick<Kubernetes, "call">, log: Log, nowMs: () => number): Recorder {
  const counts: EventCounts = { written: 0, dropped: 0, failed: 0 };
  const budget = createBudget(BURST, PER_SECOND, nowMs);
  const queue: HpaEvent[] = [];
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
      queue.length = 0;
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
      if (nowMs() < silentUntil || queue.length >= LONGEST_QUEUE || !budget.take()) {
        counts.dropped++;
        return false;
      }
      queue.push(event);
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
