import { readHpa } from "@asm-autoscaler/hpa-metrics";
import { metricPath } from "../api/groups.ts";
import { hpaOf } from "../hpas/hpa.ts";
import type { Kubernetes } from "../kubernetes/client.ts";
import { formatSelector, labelSelectorOf } from "../kubernetes/labelSelector.ts";
import { listPages } from "../kubernetes/listWatch.ts";

/** One read of an external metric, as the HPA controller sends it. */
export interface HpaRead {
  /** The first HPA that needs it, as `namespace/name`. */
  readonly hpa: string;
  readonly metric: string;
  readonly path: string;
  /** The label selector; empty without one. */
  readonly selector: string;
}

/** Maximum number of different reads that are collected, and maximum length of the selector of each, in characters. */
const MOST_READS = 3_000;
const MOST_SELECTOR = 4_096;

/**
 * Lists the different reads of all HPAs of the cluster. `left` is the number of metrics of HPAs that are over a limit.
 * @throws KubernetesError
 */
export async function listHpaReads(kubernetes: Pick<Kubernetes, "call">): Promise<{ reads: HpaRead[]; left: number }> {
  const reads = new Map<string, HpaRead>();
  let left = 0;
  await listPages(kubernetes, "/apis/autoscaling/v2/horizontalpodautoscalers", {}, (object) => {
    const hpa = hpaOf(readHpa(object));
    for (const metric of hpa?.externalMetrics ?? []) {
      const name = metric.name.toLowerCase();
      const path = metricPath(hpa?.namespace ?? "", name);
      const selector = formatSelector(labelSelectorOf(metric));
      const key = `${path}?${selector}`;
      if (reads.has(key)) continue;
      if (selector.length > MOST_SELECTOR || reads.size === MOST_READS) left += 1;
      else reads.set(key, { hpa: hpa?.id ?? "", metric: name, path, selector });
    }
    return true;
  });
  return { reads: [...reads.values()], left };
}
