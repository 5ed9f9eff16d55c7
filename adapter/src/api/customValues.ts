import type { Requirement, Selector } from "../kubernetes/labelSelector.ts";
import type { ObjectValue } from "./customMetrics.ts";
import { CUSTOM } from "./groups.ts";
import type { CustomRoute } from "./routes.ts";
import { EVALUATED, type Row, table } from "./table.ts";
import { timestamp } from "./values.ts";

/**
 * Returns a `MetricValueList` of the version that was asked for. Each item repeats the selector of the request's series.
 * Source: k8s.io/metrics/pkg/apis/custom_metrics, types.go of v1beta1 and v1beta2
 */
export function customValueList({ version, read }: CustomRoute, values: readonly ObjectValue[]): object {
  const selector = labelSelectorObject(read.series);
  const items = values.map((value) => {
    const described = { describedObject: referenceTo(value) };
    const measured = { timestamp: timestamp(value.evaluatedAt), value: value.value };
    if (version === "v1beta1") return { ...described, metricName: read.metric, ...measured, selector };
    return { ...described, metric: { name: read.metric, selector }, ...measured };
  });
  return { kind: CUSTOM.kind, apiVersion: `${CUSTOM.name}/${version}`, metadata: {}, items };
}

function referenceTo({ kind, namespace, name, apiVersion }: ObjectValue): object {
  return { kind, ...(namespace === "" ? {} : { namespace }), name, apiVersion };
}

const OPERATORS: Readonly<Record<Requirement["operator"], string>> = {
  "=": "",
  "==": "",
  in: "In",
  "!=": "NotIn",
  notin: "NotIn",
  exists: "Exists",
  "!": "DoesNotExist",
  gt: "Gt",
  lt: "Lt",
};

/**
 * The selector as objects of the Kubernetes API write it. `null` if it is empty.
 * Source: apimachinery/pkg/apis/meta/v1/helpers.go, ParseToLabelSelector
 */
function labelSelectorObject(selector: Selector): object | null {
  if (selector.length === 0) return null;
  const equal = selector.filter(({ operator }) => OPERATORS[operator] === "");
  const others = selector.filter(({ operator }) => OPERATORS[operator] !== "");
  const matchLabels = Object.fromEntries(equal.map(({ key, values }) => [key, values[0] ?? ""]));
  const matchExpressions = others.map(({ key, operator, values }) => {
    return { key, operator: OPERATORS[operator], ...(values.length > 0 ? { values } : {}) };
  });
  return {
    ...(equal.length > 0 ? { matchLabels } : {}),
    ...(others.length > 0 ? { matchExpressions } : {}),
  };
}

const COLUMNS = [
  { name: "Object", type: "string", format: "name", description: "The object that the value is about.", priority: 0 },
  { name: "Metric", type: "string", format: "", description: "The name of the metric.", priority: 0 },
  { name: "Value", type: "string", format: "", description: "The value.", priority: 0 },
  EVALUATED,
] as const;

/** Returns a `Table` of meta.k8s.io with a row for each object. */
export function customTable(version: string, { read }: CustomRoute, values: readonly ObjectValue[]): object {
  const rows = values.map(({ namespace, name, kind, value, evaluatedAt }): Row => {
    const cells = [`${kind.toLowerCase()}/${name}`, read.metric, value, timestamp(evaluatedAt)];
    return { name, namespace, cells };
  });
  return table(version, COLUMNS, rows);
}
