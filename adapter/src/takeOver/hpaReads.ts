import { readHpa } from "@asm-autoscaler/hpa-metrics";
import { metricPath } from "../api/groups.ts";
import { hpaOf } from "../hpas/hpa.ts";
import type { Kubernetes } from "../kubernetes/client.ts";
import { formatSelector, labelSelectorOf } from "../kubernetes/labelSelector.ts";
import { listPages } from "../kubernetes/listWatch.ts";

/** One read of a metric, as the HPA controller sends it. */
export interface HpaRead {
  /** The first HPA that needs it, as `namespace/name`. */
  readonly hpa: string;
  /** The metric in words, such as `external metric "queue"`. */
  readonly metric: string;
  readonly path: string;
  /** The parameters, without empty ones. */
  readonly query: Readonly<Record<string, string>>;
  /** Whether this adapter must have a value for each object that the present owner has a value for. */
  readonly isOfEach: boolean;
}

/** The different reads of all HPAs. `left` is the number of metrics of HPAs that are over a limit. */
export interface HpaReads {
  readonly reads: readonly HpaRead[];
  readonly left: number;
}

/** Maximum number of different reads that are collected, and maximum length of the selector of each, in characters. */
const MOST_READS = 3_000;
const MOST_SELECTOR = 4_096;

/** Collects different reads, up to a limit. */
export function createReads() {
  const reads = new Map<string, HpaRead>();
  let left = 0;
  return {
    add(read: HpaRead): void {
      const key = `${read.path}?${JSON.stringify(read.query)}`;
      if (reads.has(key)) return;
      const isLong = Object.values(read.query).some((text) => text.length > MOST_SELECTOR);
      if (isLong || reads.size === MOST_READS) left += 1;
      else reads.set(key, read);
    },
    all: (): HpaReads => ({ reads: [...reads.values()], left }),
  };
}

/** The path of all HPAs of the cluster. */
export const HPAS = "/apis/autoscaling/v2/horizontalpodautoscalers";

/** Lists the reads of the external metrics of all HPAs of the cluster. @throws KubernetesError */
export async function listExternalReads(kubernetes: Pick<Kubernetes, "call">): Promise<HpaReads> {
  const reads = createReads();
  await listPages(kubernetes, HPAS, {}, (object) => {
    const hpa = hpaOf(readHpa(object));
    for (const metric of hpa?.externalMetrics ?? []) {
      const name = metric.name.toLowerCase();
      const labelSelector = formatSelector(labelSelectorOf(metric));
      reads.add({
        ...{ hpa: hpa?.id ?? "", metric: `external metric "${name}"`, isOfEach: false },
        path: metricPath(hpa?.namespace ?? "", name),
        query: labelSelector === "" ? {} : { labelSelector },
      });
    }
    return true;
  });
  return reads.all();
}
