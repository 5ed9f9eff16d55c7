import { record, recordsIn } from "@asm-autoscaler/hpa-metrics";
import { type LabelSelector, labelSelectorOf, matchesSelector } from "../../kubernetes/labelSelector.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * Returns the name of a NetworkPolicy that selects a pod while no rule of any policy allows connections to the port.
 * Policies add up, and a pod that none selects accepts everything. A rule that allows the port counts as one that lets
 * the adapter in: who may connect is not examined. So what this function names is denied, and it does not name all that
 * is denied. https://kubernetes.io/docs/concepts/services-networking/network-policies/
 *
 * @param policies The objects of the pod's namespace.
 * @param metadata The pod's.
 */
export function policyThatDenies(policies: readonly Json[], metadata: Json, port: number): string | undefined {
  const labels = record(metadata["labels"]) as Readonly<Record<string, string>>;
  const own = policies.filter(({ spec }) => isForIngress(record(spec)) && selects(record(spec)["podSelector"], labels));
  const rules = own.flatMap(({ spec }) => recordsIn(record(spec)["ingress"]));
  if (own.length === 0 || rules.some((rule) => allows(rule, port))) return undefined;
  const { name } = record(own[0]?.["metadata"]);
  return typeof name === "string" ? name : "without a name";
}

/** Without `policyTypes`, a policy is for ingress. */
function isForIngress({ policyTypes }: Json): boolean {
  return !Array.isArray(policyTypes) || policyTypes.length === 0 || policyTypes.includes("Ingress");
}

function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  return matchesSelector(labelSelectorOf(record(selector) as LabelSelector), labels);
}

/** A rule without ports allows all. A port with a name is not resolved, and counts as this one. */
function allows({ ports }: Json, wanted: number): boolean {
  const all = recordsIn(ports);
  if (all.length === 0) return true;
  return all.some(({ port, endPort, protocol = "TCP" }) => {
    if (protocol !== "TCP") return false;
    if (typeof port !== "number") return true;
    return typeof endPort === "number" ? port <= wanted && wanted <= endPort : port === wanted;
  });
}
