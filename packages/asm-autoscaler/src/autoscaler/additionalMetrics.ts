import { isServedType, METRIC_SOURCES, metricSourceOf, parseQuantity } from "@asm-autoscaler/hpa-metrics";
import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { type InputError, missingErrors } from "../validation/inputErrors";
import { isGiven, type Known, UNKNOWN } from "../validation/inputs";
import { quantityErrors } from "./targetErrors";

/** A metric of a HorizontalPodAutoscaler as Kubernetes has it, all of it known. */
export type MetricSpec = pulumi.Unwrap<k8s.autoscaling.v2.MetricSpec>;

type Source = NonNullable<ReturnType<typeof metricSourceOf>>;

type MetricTarget = pulumi.Unwrap<k8s.autoscaling.v2.MetricTarget>;
type TargetField = "averageUtilization" | "averageValue" | "value";

/** What the API server requires of each source. */
const REQUIRED: Readonly<Record<Source, readonly string[]>> = {
  resource: ["name", "target", "target.type"],
  containerResource: ["name", "container", "target", "target.type"],
  pods: ["metric", "metric.name", "target", "target.type"],
  object: [
    ...["describedObject", "describedObject.kind", "describedObject.name"],
    ...["metric", "metric.name", "target", "target.type"],
  ],
  external: ["metric", "metric.name", "target", "target.type"],
};

const OF_RESOURCE: Readonly<Record<string, TargetField>> = {
  Utilization: "averageUtilization",
  AverageValue: "averageValue",
};
const OF_VALUE: Readonly<Record<string, TargetField>> = { Value: "value", AverageValue: "averageValue" };

/** The types of target that each source can have, and the field with the value of each type. */
const TARGET_FIELDS: Readonly<Record<Source, Readonly<Record<string, TargetField>>>> = {
  resource: OF_RESOURCE,
  containerResource: OF_RESOURCE,
  pods: { AverageValue: "averageValue" },
  object: OF_VALUE,
  external: OF_VALUE,
};

/** All errors of additionalMetrics, each with its path. */
export function additionalMetricErrors(metrics: Known<readonly Known<MetricSpec>[] | undefined>): InputError[] {
  if (metrics === UNKNOWN || metrics === undefined) return [];
  return metrics.flatMap((metric, index) =>
    metric === UNKNOWN ? [] : specErrors(`additionalMetrics[${index}]`, metric),
  );
}

function specErrors(path: string, metric: MetricSpec): InputError[] {
  const source = metricSourceOf(metric.type);
  if (source === undefined) {
    const types = Object.keys(METRIC_SOURCES).join(", ");
    const message = `${JSON.stringify(metric.type ?? null)} is not a type of a metric`;
    return [{ path: `${path}.type`, code: "ASM_CHOICE_UNKNOWN", message, remedy: `Use one of ${types}` }];
  }
  const given = metric[source];
  const target = given?.target;
  const others = Object.values(METRIC_SOURCES).filter((field) => field !== source && isGiven(metric[field]));
  const example = "Write it as in a HorizontalPodAutoscaler";
  return [
    ...missingErrors(`${path}.${source}`, metric[source], example),
    ...others.map((field): InputError => {
      const message = `${field} does not belong to a metric of type ${metric.type}`;
      return { path: `${path}.${field}`, code: "ASM_ARGUMENT_MISPLACED", message, remedy: `Remove ${field}` };
    }),
    ...(isGiven(given) ? partErrors(`${path}.${source}`, given, REQUIRED[source], example) : []),
    ...(isGiven(target) ? targetErrors(`${path}.${source}.target`, target, source) : []),
    ...servedErrors(path, metric),
  ];
}

/** The errors of required parts that are missing. Of a part in another one that is missing, nothing is said. */
function partErrors(path: string, source: object, required: readonly string[], example: string): InputError[] {
  const missing = required.filter((part) => !isGiven(at(source, part)));
  return missing
    .filter((part) => !missing.some((outer) => part.startsWith(`${outer}.`)))
    .flatMap((part) => missingErrors(`${path}.${part}`, undefined, example));
}

function at(object: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
      object,
    );
}

/** The errors of a target: a type that the source does not have, the field of the type missing, or no quantity. */
function targetErrors(path: string, target: MetricTarget, source: Source): InputError[] {
  const { type, value, averageValue } = target;
  const quantities = [
    ...quantityErrors(`${path}.value`, value),
    ...quantityErrors(`${path}.averageValue`, averageValue),
  ];
  if (!isGiven(type)) return quantities;
  const field = TARGET_FIELDS[source][type];
  if (field === undefined) {
    const message = `${JSON.stringify(type)} is not a type of target that ${source} has`;
    const remedy = `Use one of ${Object.keys(TARGET_FIELDS[source]).join(", ")}`;
    return [{ path: `${path}.type`, code: "ASM_CHOICE_UNKNOWN", message, remedy }, ...quantities];
  }
  return [...missingErrors(`${path}.${field}`, target[field], `Set ${field}, or another type`), ...quantities];
}

/** The error (none or one) of a metric that the adapter would look for in the annotations, where it has no query. */
function servedErrors(path: string, { external }: MetricSpec): InputError[] {
  const type = external?.metric?.selector?.matchLabels?.["type"] ?? external?.metric?.name;
  if (type === undefined || !isServedType(type)) return [];
  return [
    {
      path: `${path}.external.metric`,
      code: "ASM_ARGUMENT_MISPLACED",
      message: `The adapter serves metrics of type ${type}, and this one has no query`,
      remedy: "Add a metric with query to metrics instead",
    },
  ];
}

/** Whether one of the metrics can have a value without pods, as Kubernetes requires it for minReplicas 0. */
export function hasValueWithoutPods(metrics: Known<readonly Known<MetricSpec>[] | undefined>): boolean {
  if (metrics === UNKNOWN) return true;
  return (metrics ?? []).some((metric) => metric === UNKNOWN || ["Object", "External"].includes(metric.type));
}

/** The metrics with their targets in the API server's form. Otherwise each refresh would show a change. */
export function canonicalMetrics(metrics: readonly MetricSpec[]): MetricSpec[] {
  return metrics.map((metric) => {
    const source = metricSourceOf(metric.type);
    if (source === undefined || metric[source] === undefined) return metric;
    const { value, averageValue, ...target } = metric[source].target;
    return {
      ...metric,
      [source]: {
        ...metric[source],
        target: {
          ...target,
          ...(isGiven(value) ? { value: parseQuantity(value).canonical } : {}),
          ...(isGiven(averageValue) ? { averageValue: parseQuantity(averageValue).canonical } : {}),
        },
      },
    };
  });
}
