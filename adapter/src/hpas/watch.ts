import { type HpaStatus, problem, problemLine, readHpa } from "@asm-autoscaler/hpa-metrics";
import { createFairWork } from "../fairWork.ts";
import type { Kubernetes } from "../kubernetes/client.ts";
import { watchCollection } from "../kubernetes/listWatch.ts";
import { type Log, logProblem } from "../kubernetes/log.ts";
import { createPauses } from "../kubernetes/pause.ts";
import { type Hpa, hpaOf, storedStatus } from "./hpa.ts";
import type { HpaMetrics, MetricRegistry } from "./metricRegistry.ts";
import { type HpaRules, readHpaMetricsInSteps } from "./readHpaMetrics.ts";

const PATH = "/apis/autoscaling/v2/horizontalpodautoscalers";

/** Receivers of HPA changes, besides the metric registry. */
export interface WatchAudience {
  log: Log;
  events: { asked(hpaMetrics: HpaMetrics): void; forget(hpa: string): void };
  /** Stores the status of each HPA. Called on every change of an HPA, including a change of its status only. */
  records: { seen(id: string, hpaStatus: HpaStatus): void; forget(id: string): void };
  /**
   * Called after each complete list, when its HPAs are read. HPAs of a namespace that takes much longer than the others
   * may still be unread.
   */
  onSynced(): void;
  /** Called when the watch restarts with a new list. */
  onRestart(): void;
}

/** Watches the HPAs of the cluster. */
export interface HpaWatch {
  /** Watches until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Whether all HPAs of the namespace from the first list are in the metric registry. Before that, the metrics of a sum
   * may be incomplete. A partial sum must not be served.
   */
  isSynced(namespace: string): boolean;
}

/**
 * Keeps the metric registry in sync with the cluster's HPAs. A changed annotation applies as soon as it is read. A
 * deleted HPA is removed at once. Problems of a new or changed HPA are logged and reported as events on the HPA.
 */
export function createHpaWatch(
  kubernetes: Kubernetes,
  metricRegistry: MetricRegistry,
  rules: HpaRules,
  { log, events, records, onSynced, onRestart }: WatchAudience,
): HpaWatch {
  let isListed = false;
  /** Namespaces of the first list whose HPAs are not all read. */
  let unsynced: Set<string> | undefined;

  /** The latest state of each HPA that is queued or being read. */
  const pending = new Map<string, Seen>();
  const work = createFairWork({ onSettled: () => settled() });

  const settled = () => {
    if (!isListed || !work.isSettled()) return;
    isListed = false;
    unsynced ??= new Set(work.busyLanes());
    onSynced();
  };

  function* read(seen: Seen) {
    const { hpa } = seen;
    const hpaMetrics = metricRegistry.put(hpa, yield* readHpaMetricsInSteps(hpa, rules));
    if (pending.get(hpa.id) === seen) pending.delete(hpa.id);
    records.seen(hpa.id, seen.hpaStatus);
    if (!hpaMetrics) return;
    tell(hpaMetrics, log);
    events.asked(hpaMetrics);
  }

  const put = (seen: Seen) => {
    const { id, namespace, fingerprint } = seen.hpa;
    const waiting = pending.get(id);
    if (waiting?.hpa.fingerprint === fingerprint) {
      waiting.hpaStatus = seen.hpaStatus;
    } else if (waiting || !metricRegistry.isKnown(seen.hpa)) {
      pending.set(id, seen);
      work.add(namespace, id, () => read(seen));
    } else {
      records.seen(id, seen.hpaStatus);
    }
  };
  const gone = (id: string) => {
    log.info({ hpa: id }, `HPA ${id} was deleted and removed from the metric registry.`);
    events.forget(id);
    records.forget(id);
  };
  const leaveOut = ({ id, namespace }: Hpa) => {
    work.remove(namespace, id);
    pending.delete(id);
  };
  const remove = (hpa: Hpa) => {
    leaveOut(hpa);
    if (metricRegistry.remove(hpa.id)) gone(hpa.id);
  };
  const run = (signal: AbortSignal) =>
    watchCollection<Seen>(
      kubernetes,
      PATH,
      {},
      {
        parse: parseSeen,
        async onList(all) {
          const inTurns = createPauses();
          const ids = new Set(all.map(({ hpa }) => hpa.id));
          for (const { hpa } of [...pending.values()]) if (!ids.has(hpa.id)) leaveOut(hpa);
          for (const id of metricRegistry.keepOnly(ids)) gone(id);
          for (const seen of all) {
            put(seen);
            await inTurns();
          }
          isListed = true;
          settled();
        },
        onChange: put,
        onDelete: ({ hpa }) => remove(hpa),
        onRestart,
        onError(sentence, retryMs) {
          const { server } = kubernetes;
          const retry = `trying again in ${(retryMs / 1000).toFixed(1)} s`;
          const message = `the HPAs of ${server} cannot be watched (${sentence}); known HPAs are served; ${retry}`;
          logProblem(log, problem("ASM_HPA_WATCH", message), { server });
        },
      },
      signal,
    );

  return {
    run,
    isSynced(namespace) {
      if (unsynced?.has(namespace) && work.isIdle(namespace)) unsynced.delete(namespace);
      return unsynced !== undefined && !unsynced.has(namespace);
    },
  };
}

/** One HPA as received from the API server: its metrics and its status. */
interface Seen {
  hpa: Hpa;
  hpaStatus: HpaStatus;
}

function parseSeen(object: unknown): Seen | undefined {
  const read = readHpa(object);
  const hpa = hpaOf(read);
  return hpa && { hpa, hpaStatus: storedStatus(read) };
}

/** Maximum number of log lines about one HPA's metrics, and the maximum number about its problems. */
const MOST_LINES = 10;

/** Logs the metrics and the problems of one HPA: the first ten of each. */
export function tell({ hpa, specs, problems }: HpaMetrics, log: Log): void {
  for (const spec of specs.slice(0, MOST_LINES)) {
    log.info(
      { hpa: hpa.id, key: spec.queryKey },
      `HPA ${hpa.id} asks for ${spec.metricName} ${JSON.stringify(spec.labels)}.`,
    );
  }
  const left = [specs, problems].reduce((sum, { length }) => sum + Math.max(0, length - MOST_LINES), 0);
  if (left > 0)
    log.info({ hpa: hpa.id }, `HPA ${hpa.id} has more metrics and problems (${left}); describe it to see its events.`);
  for (const problem of problems.slice(0, MOST_LINES)) {
    const fields = { code: problem.code, hpa: hpa.id, ...(problem.key ? { key: problem.key } : {}) };
    if (problem.severity === "error") log.error(fields, `HPA ${hpa.id}: ${problemLine(problem)}`);
    else log.warn(fields, `HPA ${hpa.id}: ${problemLine(problem)}`);
  }
}
