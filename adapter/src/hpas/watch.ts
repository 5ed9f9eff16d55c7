import { faultLine } from "hpa-metrics";
import { watchCollection } from "../collection.ts";
import type { Kubernetes } from "../kubernetes.ts";
import type { Log } from "../log.ts";
import type { Catalogue, Wish } from "./catalogue.ts";
import { type Hpa, parseHpa } from "./hpa.ts";

const PATH = "/apis/autoscaling/v2/horizontalpodautoscalers";

/**
 * Keeps the catalogue as the cluster's HPAs are, from now until `signal` aborts: a changed annotation counts as soon
 * as its event is here, a deleted HPA is forgotten at once. Every fault of a new or changed HPA is one line of the log.
 * `onSynced` is called after each complete listing.
 */
export async function watchHpas(
  kubernetes: Kubernetes,
  catalogue: Catalogue,
  log: Log,
  onSynced: () => void,
  signal: AbortSignal,
): Promise<void> {
  const put = (hpa: Hpa) => {
    const wish = catalogue.put(hpa);
    if (wish) tell(wish, log);
  };
  const remove = (id: string) => {
    if (catalogue.remove(id)) log.info({ hpa: id }, `HPA ${id} is gone; its metrics are forgotten.`);
  };
  await watchCollection<Hpa>(
    kubernetes,
    PATH,
    {},
    {
      parse: parseHpa,
      onList(hpas) {
        for (const id of catalogue.keepOnly(new Set(hpas.map((hpa) => hpa.id)))) {
          log.info({ hpa: id }, `HPA ${id} is gone; its metrics are forgotten.`);
        }
        for (const hpa of hpas) put(hpa);
        onSynced();
      },
      onChange: put,
      onDelete: (hpa) => remove(hpa.id),
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

function tell({ hpa, specs, faults }: Wish, log: Log): void {
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
