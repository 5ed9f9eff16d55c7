import { counted, ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import type { V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import type { ControlPlane } from "../controlPlane.ts";

/** A SuccessfulRescale event of the HPA controller. */
export interface Rescale {
  /** Unix ms of the event. */
  at: number;
  /** Replicas before and after. */
  from: number;
  to: number;
  /** The message of the event. */
  message: string;
}

/** One observation. */
export interface Sight {
  at: number;
  offered: number;
  /** The external metric from the API, as a Kubernetes quantity. Undefined if the API returned an error. */
  reading: string | undefined;
  /** The adapter's reason for a missing reading. */
  refusal: string | undefined;
  /** When Prometheus evaluated the reading, unix ms with the API's second resolution. */
  evaluatedAt: number | undefined;
  replicas: number;
  desired: number;
}

/** Observes one HPA of the local cluster with watches. */
export interface Observer {
  readonly rescales: readonly Rescale[];
  /** The current and desired replicas of the HPA's status. */
  replicas(): { current: number; desired: number };
  /** Reads the external metric like the HPA controller, and records an observation. */
  look(offered: number, metricPath: string): Promise<Sight>;
  /** Resolves when `done` returns true after an event or a status change. Rejects after `seconds`. */
  until(what: string, seconds: number, done: () => boolean): Promise<void>;
  stop(): void;
}

interface KubernetesEvent {
  metadata?: { name?: string; namespace?: string };
  involvedObject?: { kind?: string; name?: string };
  reason?: string;
  message?: string;
  count?: number;
  lastTimestamp?: string;
  eventTime?: string;
  series?: { lastObservedTime?: string };
}

/** Starts to watch the HPA `namespace/name` and its events. */
export function observe(controlPlane: ControlPlane, namespace: string, name: string): Observer {
  const { kubernetes } = controlPlane;
  const rescales: Rescale[] = [];
  const waiting = new Set<() => void>();
  const changed = () => {
    for (const check of waiting) check();
  };
  let status: { current: number; desired: number } = { current: 0, desired: 0 };
  const counts = new Map<string, number>();
  let refusal: string | undefined;
  let first: number | undefined;

  const hpas = kubernetes.watchObjects<V2HorizontalPodAutoscaler>(
    `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`,
    {
      onEvent({ object }) {
        if (object.metadata?.name !== name) return;
        status = { current: object.status?.currentReplicas ?? 0, desired: object.status?.desiredReplicas ?? 0 };
        if (status.current > 0) first ??= status.current;
        changed();
      },
    },
  );
  const events = kubernetes.watchObjects<KubernetesEvent>(`/api/v1/namespaces/${namespace}/events`, {
    onEvent({ type, object }) {
      if (type === "DELETED" || object.reason !== "SuccessfulRescale" || object.involvedObject?.name !== name) return;
      // A later identical event only increases the count of the first one.
      const key = object.metadata?.name ?? "";
      if ((counts.get(key) ?? 0) >= (object.count ?? 1)) return;
      counts.set(key, object.count ?? 1);
      const to = Number(/New size: (\d+)/.exec(object.message ?? "")?.[1]);
      const at = Date.parse(object.series?.lastObservedTime ?? object.lastTimestamp ?? object.eventTime ?? "");
      rescales.push({ at, from: rescales.at(-1)?.to ?? first ?? Number.NaN, to, message: object.message ?? "" });
      changed();
    },
  });

  return {
    rescales,
    replicas: () => status,
    async look(offered, metricPath) {
      const response = await kubernetes.request(metricPath);
      const body: unknown = await response.json().catch(() => undefined);
      const { value, timestamp } = firstItem(body);
      refusal = response.ok ? undefined : messageOf(body);
      return {
        at: Date.now(),
        offered,
        reading: value,
        refusal,
        evaluatedAt: timestamp === undefined ? undefined : Date.parse(timestamp),
        replicas: status.current,
        desired: status.desired,
      };
    },
    until: (what, seconds, done) =>
      new Promise<void>((resolve, reject) => {
        const check = () => {
          if (!done()) return;
          clearTimeout(late);
          waiting.delete(check);
          resolve();
        };
        const late = setTimeout(() => {
          waiting.delete(check);
          const seen = rescales.map(({ to }) => to).join(" -> ") || "no rescale";
          reject(
            new ProblemError(
              problem(
                "ASM_LOOP_LATE",
                `${what} did not come within ${seconds} s (seen: ${seen}, now ${counted(status.current, "replica")}; the adapter says: ${refusal ?? "nothing wrong"})`,
              ),
            ),
          );
        }, seconds * 1000);
        waiting.add(check);
        check();
      }),
    stop() {
      hpas.stop();
      events.stop();
    },
  };
}

function firstItem(list: unknown): { value: string | undefined; timestamp: string | undefined } {
  const items = typeof list === "object" && list !== null && "items" in list ? list.items : undefined;
  const item: unknown = Array.isArray(items) ? items[0] : undefined;
  if (typeof item !== "object" || item === null) return { value: undefined, timestamp: undefined };
  return {
    value: "value" in item ? String(item.value) : undefined,
    timestamp: "timestamp" in item ? String(item.timestamp) : undefined,
  };
}

/** The message of a Status object. */
function messageOf(status: unknown): string {
  return typeof status === "object" && status !== null && "message" in status ? String(status.message) : "no Status";
}
