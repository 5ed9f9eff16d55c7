import type { Fault, MetricSpec } from "hpa-metrics";
import { type Catalogue, type CatalogueOptions, readWish, sameQuestion } from "../hpas/catalogue.ts";
import type { Hpa } from "../hpas/hpa.ts";

/**
 * Everything that the adapter would find wrong with an HPA: its annotations, what this adapter's own configuration refuses,
 * and a name and labels that another HPA of the namespace gives another query for. The latter would leave both unserved,
 * the one that works now as well.
 */
export function wishFaults(
  hpa: Hpa,
  catalogue: Pick<Catalogue, "find">,
  rules: Pick<CatalogueOptions, "checkSpec" | "admit">,
): Fault[] {
  const { specs, faults } = readWish(hpa, rules);
  return [...faults, ...specs.flatMap((spec) => claimed(hpa, spec, catalogue) ?? [])];
}

function claimed(hpa: Hpa, spec: MetricSpec, catalogue: Pick<Catalogue, "find">): Fault | undefined {
  const identity = JSON.stringify(spec.labels);
  for (const known of catalogue.find(hpa.namespace, spec.metricName, (labels) => JSON.stringify(labels) === identity)) {
    const other = known.hpas.find((id) => id !== hpa.id);
    if (other === undefined || sameQuestion(known.spec, spec)) continue;
    return {
      code: "ASM_KEY_CLAIMED_TWICE",
      severity: "error",
      key: spec.queryKey,
      message: `HPA ${other} gives another query for the same metric ${spec.metricName} ${identity}`,
      remedy: "Give each query of a namespace a query-name of its own",
    };
  }
  return undefined;
}
