import { faultLine } from "hpa-metrics";
import { watchCollection } from "../collection.ts";
import type { HpaEvents } from "../events/hpaEvents.ts";
import type { Kubernetes } from "../kubernetes.ts";
import type { Log } from "../log.ts";
import type { Catalogue, Wish } from "./catalogue.ts";
import { type Hpa, parseHpa } from "./hpa.ts";
import { parseScaling, type Scaling } from "./scaling.ts";

const PATH = "/apis/autoscaling/v2/horizontalpodautoscalers";

/** Who learns of the HPAs beside the catalogue. */
export interface WatchAudience {
  log: Log;
  events: Pick<HpaEvents, "asked" | "forget">;
  /** Who keeps how each HPA stands: told at every change of it, its status included. */
  records: { seen(id: string, scaling: Scaling): void; forget(id: string): void };
  /** After each complete listing. */
  onSynced(): void;
  /** The watch begins anew, with a listing. */
  onRestart(): void;
}

/**
 * Keeps the catalogue as the cluster's HPAs are, from now until `signal` aborts: a changed annotation counts as soon
 * as its event is here, a deleted HPA is forgotten at once. Every fault of a new or changed HPA is one line of the log and
 * an event on the HPA.
 */
export async function watchHpas(
  kubernetes: Kubernetes,
  catalogue: Catalogue,
  { log, events, records, onSynced, onRestart }: WatchAudience,
  signal: AbortSignal,
): Promise<void> {
  const put = ({ hpa, scaling }: Seen) => {
    const wish = catalogue.put(hpa);
    records.seen(hpa.id, scaling);
    if (!wish) return;
    tell(wish, log);
    events.asked(wish);
  };
  const gone = (id: string) => {
    log.info({ hpa: id }, `HPA ${id} is gone; its metrics are forgotten.`);
    events.forget(id);
    records.forget(id);
  };
  const remove = (id: string) => {
    if (catalogue.remove(id)) gone(id);
  };
  await watchCollection<Seen>(
    kubernetes,
    PATH,
    {},
    {
      parse: parseSeen,
      onList(all) {
        for (const id of catalogue.keepOnly(new Set(all.map(({ hpa }) => hpa.id)))) gone(id);
        for (const seen of all) put(seen);
        onSynced();
      },
      onChange: put,
      onDelete: ({ hpa }) => remove(hpa.id),
      onRestart,
      onTrouble(sentence, retryMs) {
        log.warn(
          { code: "ASM_HPA_WATCH", server: kubernetes.server },
          `ASM_HPA_WATCH: the HPAs of ${kubernetes.server} cannot be watched (${sentence}); the known ones go on. ` +
            `Trying again in ${(retryMs / 1000).toFixed(1)} s. Check the kubeconfig and the right to list and watch horizontalpodautoscalers.`,
        );
      },
    },
    signal,
  );
}

/** What is kept of an HPA as it came: what it asks for, and how it stands. */
interface Seen {
  hpa: Hpa;
  scaling: Scaling;
}

function parseSeen(object: unknown): Seen | undefined {
  const hpa = parseHpa(object);
  return hpa && { hpa, scaling: parseScaling(object) };
}

/** Writes into the log what an HPA asks for and what is wrong with it. */
export function tell({ hpa, specs, faults }: Wish, log: Log): void {
  for (const spec of specs) {
    log.info(
      { hpa: hpa.id, key: spec.queryKey },
      `HPA ${hpa.id} asks for ${spec.metricName} ${JSON.stringify(spec.labels)}.`,
    );
  }
  for (const fault of faults) {
    const fields = { code: fault.code, hpa: hpa.id, ...(fault.key ? { key: fault.key } : {}) };
    if (fault.severity === "error") log.error(fields, `HPA ${hpa.id}: ${faultLine(fault)}`);
    else log.warn(fields, `HPA ${hpa.id}: ${faultLine(fault)}`);
  }
}
