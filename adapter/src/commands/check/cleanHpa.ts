import { readExternalMetric } from "hpa-metrics";
import { record } from "../../kubernetes/listWatch.ts";

/** One editable `External` metric of an HPA. */
export interface EditableMetric {
  name: string;
  matchLabels: Record<string, string>;
  matchExpressions: { key: string; operator: string; values?: string[] }[];
  target: Record<string, unknown>;
}

/** An editable HPA without the fields that the API server manages. */
export interface EditableHpa {
  annotations: Record<string, string>;
  /** The `External` metrics, in the order of the spec. */
  external: EditableMetric[];
  /** Returns the whole object with the changes. */
  print(): object;
}

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Copies an HPA of v2beta1 or later as an editable `autoscaling/v2` HPA. */
export function editHpa(object: Record<string, unknown>): EditableHpa {
  const { name, namespace, labels, annotations: all } = record(object["metadata"]);
  const spec = record(object["spec"]);
  const metrics = Array.isArray(spec["metrics"]) ? spec["metrics"].map(record) : [];
  const annotations = Object.fromEntries(
    Object.entries(record(all)).flatMap(([key, value]) => (key === LAST_APPLIED ? [] : [[key, String(value)]])),
  );
  const external = new Map(
    metrics.flatMap((metric) =>
      metric["type"] === "External" ? [[metric, editMetric(record(metric["external"]))]] : [],
    ),
  );
  return {
    annotations,
    external: [...external.values()],
    print: () => ({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...(labels ? { labels } : {}), annotations },
      spec: {
        ...spec,
        metrics: metrics.map((metric) => {
          const edited = external.get(metric);
          return edited ? { type: "External", external: printMetric(edited) } : metric;
        }),
      },
    }),
  };
}

/**
 * Reads a metric. v2beta1 has `metricName`, `metricSelector` and two target fields where v2 has `metric` and `target`.
 */
function editMetric(external: Record<string, unknown>): EditableMetric {
  const { metricName, metricSelector, targetAverageValue, targetValue } = external;
  const metric = readExternalMetric(external["metric"] ?? { name: metricName, selector: metricSelector });
  const old =
    targetAverageValue === undefined
      ? { type: "Value", value: String(targetValue) }
      : { type: "AverageValue", averageValue: String(targetAverageValue) };
  return {
    name: metric.name,
    matchLabels: { ...metric.matchLabels },
    matchExpressions: (metric.matchExpressions ?? []).map(({ key, operator, values }) => ({
      ...{ key, operator },
      ...(values ? { values: [...values] } : {}),
    })),
    target: external["target"] ? { ...record(external["target"]) } : old,
  };
}

function printMetric({ name, matchLabels, matchExpressions, target }: EditableMetric): object {
  const selector = {
    ...(Object.keys(matchLabels).length > 0 ? { matchLabels } : {}),
    ...(matchExpressions.length > 0 ? { matchExpressions } : {}),
  };
  return { metric: { name, ...(Object.keys(selector).length > 0 ? { selector } : {}) }, target };
}
