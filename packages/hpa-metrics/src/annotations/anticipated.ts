import { type Problem, problem } from "../problem";
import { ANTICIPATES } from "./key";
import type { Config, Report } from "./settings";
import type { ExternalMetric, MetricSpec } from "./spec";

/**
 * The metrics of an HPA that only annotations name: queries with an `anticipates.<query-name>` that no metric of the
 * HPA asks for. They are evaluated and shown, so that an owner can look at them before they scale anything.
 */
export function observedMetrics(
  configs: ReadonlyMap<string, Config>,
  served: ReadonlySet<string>,
  claimed: ReadonlySet<string>,
): ExternalMetric[] {
  return [...configs].flatMap(([name, config]) => {
    if (!served.has(name)) return [];
    const unasked = [...config.values()].filter(({ key }) => key.includes(`/${ANTICIPATES}`) && !claimed.has(key));
    return unasked.map(({ key }) => ({ name, matchLabels: { "query-name": queryNameIn(key) } }));
  });
}

/**
 * Removes what cannot be shown next to a load: an anticipated load whose own load is not a metric of the HPA, or is
 * anticipated already. One that is observed is left out. One that the HPA asks for stays a metric like any other. There
 * are therefore never more observed metrics than metrics that the HPA asks for.
 */
export function withLoads(specs: readonly MetricSpec[], report: Report): MetricSpec[] {
  const nameOf = ({ metricName, queryKey }: MetricSpec) => `${metricName} ${queryKey.slice(queryKey.indexOf("/") + 1)}`;
  const loads = new Set(specs.filter(({ isObserved, anticipates }) => !isObserved && !anticipates).map(nameOf));
  return specs.flatMap((spec) => {
    const { anticipates, ...rest } = spec;
    if (anticipates === undefined || loads.delete(`${spec.metricName} ${anticipates}`)) return [spec];
    report(unknownLoad(spec, anticipates));
    return spec.isObserved ? [] : [rest];
  });
}

function queryNameIn(key: string): string {
  return key.slice(key.indexOf("/") + 1 + ANTICIPATES.length);
}

function unknownLoad({ queryKey }: MetricSpec, load: string): Problem {
  return problem(
    "ASM_ANTICIPATES_UNKNOWN",
    `the query in "${queryKey}" anticipates "${load}", which no other metric of the HPA asks for, or which another query anticipates already`,
    { key: queryKey },
  );
}
