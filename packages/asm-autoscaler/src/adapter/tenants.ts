import * as pulumi from "@pulumi/pulumi";
import type { Mistake } from "../validation/inputErrors";
import { countMistakes, nameMistakes } from "../validation/inputErrors";
import { isGiven, later, now } from "../validation/inputs";

/** Limits for the HPAs of one namespace, for a cluster that several teams share. */
export interface MetricsAdapterTenantArgs {
  /**
   * Label that restricts every query to series of its HPA's own namespace, such as destination_workload_namespace. A
   * query for another namespace is rejected. Defaults to none: queries can read all series.
   */
  namespaceLabel?: pulumi.Input<string>;
  /** Maximum number of metrics of the HPAs of one namespace. The first ones are served. Defaults to no limit. */
  maxMetricsPerNamespace?: pulumi.Input<number>;
  /**
   * Maximum cost of one query at each evaluation, in seconds: the range of each selector times the number of steps of
   * the subqueries around it, added up. Defaults to no limit.
   */
  maxQueryCostSeconds?: pulumi.Input<number>;
}

const label = {
  pattern: /^(?!__name__$)[a-zA-Z_][a-zA-Z0-9_]*$/,
  longest: 1024,
  allowed: "letters, digits and '_', no digit at the start",
};

/** Everything that is wrong with what is known of it, each with its property path. */
export function tenantMistakes(tenants: pulumi.Input<MetricsAdapterTenantArgs> | undefined): Mistake[] {
  const known = now(tenants);
  if (known === later || !isGiven(known)) return [];
  const { namespaceLabel, maxMetricsPerNamespace, maxQueryCostSeconds } = known;
  return [
    ...nameMistakes("tenants.namespaceLabel", now(namespaceLabel), label),
    ...countMistakes("tenants.maxMetricsPerNamespace", now(maxMetricsPerNamespace), "Give a number, such as 200"),
    ...countMistakes(
      "tenants.maxQueryCostSeconds",
      now(maxQueryCostSeconds),
      "Give seconds, such as 21600 for six hours",
    ),
  ];
}

/** The adapter's flags for its tenants; undefined without any. */
export function tenantFlags(
  tenants: pulumi.Input<MetricsAdapterTenantArgs> | undefined,
): pulumi.Output<string[]> | undefined {
  if (!isGiven(tenants)) return undefined;
  return pulumi
    .output(tenants)
    .apply(({ namespaceLabel, maxMetricsPerNamespace, maxQueryCostSeconds }) => [
      ...(isGiven(namespaceLabel) ? [`--enforce-namespace-label=${namespaceLabel}`] : []),
      ...(isGiven(maxMetricsPerNamespace) ? [`--max-metrics-per-namespace=${maxMetricsPerNamespace}`] : []),
      ...(isGiven(maxQueryCostSeconds) ? [`--max-query-cost=${maxQueryCostSeconds}s`] : []),
    ]);
}
