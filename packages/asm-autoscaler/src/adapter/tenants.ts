import * as pulumi from "@pulumi/pulumi";
import type { InputError } from "../validation/inputErrors";
import { countErrors, nameErrors } from "../validation/inputErrors";
import { isGiven, knownValue, UNKNOWN } from "../validation/inputs";

/** Limits for the HPAs of one namespace, for a cluster that several teams share. */
export interface MetricsAdapterTenantArgs {
  /**
   * Label that restricts every query to series of its HPA's own namespace, such as destination_workload_namespace. A
   * query for another namespace is rejected. Defaults to none: queries can read all series.
   */
  namespaceLabel?: pulumi.Input<string>;
  /**
   * Maximum number of metrics of the HPAs of one namespace. The HPAs that the adapter saw first are served; an HPA that
   * would exceed the limit is not served at all. Defaults to no limit.
   */
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

/** All errors of the known properties of tenants, each with its property path. */
export function tenantErrors(tenants: pulumi.Input<MetricsAdapterTenantArgs> | undefined): InputError[] {
  const known = knownValue(tenants);
  if (known === UNKNOWN || !isGiven(known)) return [];
  const { namespaceLabel, maxMetricsPerNamespace, maxQueryCostSeconds } = known;
  return [
    ...nameErrors("tenants.namespaceLabel", knownValue(namespaceLabel), label),
    ...countErrors("tenants.maxMetricsPerNamespace", knownValue(maxMetricsPerNamespace), "Set a number, such as 200"),
    ...countErrors(
      "tenants.maxQueryCostSeconds",
      knownValue(maxQueryCostSeconds),
      "Set seconds, such as 21600 for six hours",
    ),
  ];
}

/** The adapter's flags for tenants. Undefined if none is set. */
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
