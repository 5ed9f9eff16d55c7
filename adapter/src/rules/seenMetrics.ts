import {
  type ClusterResource,
  type FindResource,
  type Problem,
  parseQuantity,
  problem,
  type ScaleTarget,
} from "@asm-autoscaler/hpa-metrics";
import type { CustomRead } from "../api/customMetrics.ts";
import type { AskedMetric } from "../hpas/ruleMetricIndex.ts";
import { groupOf } from "../kubernetes/scale.ts";
import { type ObjectsRead, subjectOf } from "./customRead.ts";
import { type ExternalValues, externalKey, type SeriesRead } from "./externalRules.ts";
import type { MetricIndex, RuleSeries } from "./metricIndex.ts";
import type { ObjectValues } from "./objectValues.ts";
import type { RuleReadings } from "./ruleReadings.ts";

/** The rule that serves a metric, and what was read last. */
export interface SeenMetric {
  /** Where the rule is, such as `rules[0]`. */
  readonly place: string;
  /** Name of the series with which it serves the metric. */
  readonly series: string;
  /** One for each set of pods whose metric is read: several HPAs of a namespace can ask for one metric. At most MOST_READS. */
  readonly reads: readonly SeenRead[];
}

/** One repeated read. */
export interface SeenRead {
  /** The selector of the pods. Empty for a metric that is not read for pods. */
  readonly pods: string;
  readonly query: string;
  /** The values that were read last. Undefined before the first ones. */
  readonly values?: SeenValues;
  /** Why the last evaluation gave no values. */
  readonly problem?: Problem;
}

/** Values in one answer. */
export interface SeenValues {
  /** Unix ms. */
  readonly evaluatedAt: number;
  /** Number of values, and of the objects that were asked for. */
  readonly count: number;
  readonly objects: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  /** The first objects without a value, with why. At most MOST_WITHOUT. */
  readonly without: readonly { readonly name: string; readonly problem: Problem }[];
}

/** Maximum number of reads of one metric, and of objects without a value. */
const MOST_READS = 5;
const MOST_WITHOUT = 3;

/** What the metrics are looked up in. */
export interface SeenSources {
  readonly find: FindResource;
  index(): MetricIndex;
  readonly custom: Pick<RuleReadings<ObjectsRead, ObjectValues>, "about">;
  readonly external: Pick<RuleReadings<SeriesRead, ExternalValues>, "about">;
}

/** Returns a function that finds the rule of a metric and what was read last. Undefined if no rule serves the metric. */
export function createSeenMetrics({ find, index, custom, external }: SeenSources) {
  return (asked: AskedMetric): SeenMetric | undefined => {
    if (asked.type === "External") {
      const { namespace, metric, series: selector } = asked;
      const found = index().external(metric);
      return (
        found &&
        seen(
          found,
          external.about(externalKey({ namespace, metric, selector }, found)).map(({ read, last }) => {
            return {
              pods: "",
              query: read.text(),
              ...lastOf(last.reading && valuesOfSeries(last.reading), last.problem),
            };
          }),
        )
      );
    }
    const read = customReadOf(asked, find);
    const resource = read && find(read.group, read.resource);
    const found = resource && index().custom(asked.metric, resource);
    return (
      found &&
      seen(
        found,
        custom.about(subjectOf(read, found)).map(({ read: one, last }) => {
          const values = last.reading && valuesOfObjects(last.reading, one.names());
          return { pods: one.selector, query: one.text(), ...lastOf(values, last.problem) };
        }),
      )
    );
  };
}

function seen({ rule: { place }, series }: RuleSeries, reads: readonly SeenRead[]): SeenMetric {
  return { place, series, reads: reads.slice(0, MOST_READS) };
}

function lastOf(values: SeenValues | undefined, found: Problem | undefined): Pick<SeenRead, "values" | "problem"> {
  return { ...(values ? { values } : {}), ...(found ? { problem: found } : {}) };
}

/**
 * The read of a metric as the HPA controller sends it, without the selector of the pods. Undefined if the cluster has no
 * such kind of object.
 * Source: k8s.io/metrics pkg/client/custom_metrics/versioned_client.go.
 */
function customReadOf(
  { type, namespace, metric, series, object }: AskedMetric,
  find: FindResource,
): Omit<CustomRead, "objects"> | undefined {
  if (type === "Pods") return { namespace, group: "", resource: "pods", name: "*", metric, series };
  const resource = object && kindOf(object, find);
  if (!resource || !object) return undefined;
  // The HPA controller reads the metrics of the HPA's own namespace, whatever name the HPA has for it.
  if (resource.resource === "namespaces" && resource.group === "")
    return { namespace: "", group: "", resource: "namespaces", name: namespace, metric, series };
  return { namespace, group: resource.group, resource: resource.resource, name: object.name, metric, series };
}

function kindOf(object: ScaleTarget, find: FindResource): ClusterResource | undefined {
  const group = groupOf(object);
  const found = find(group, object.kind.toLowerCase());
  return found?.group === group ? found : undefined;
}

function valuesOfObjects(
  { evaluatedAt, values, unusable, ofEach }: ObjectValues,
  names: readonly string[],
): SeenValues {
  const numbers: number[] = [];
  const without: SeenValues["without"][number][] = [];
  for (const name of names) {
    const value = values.get(name) ?? ofEach;
    if (value !== undefined) numbers.push(numberOf(value));
    else if (without.length < MOST_WITHOUT) without.push({ name, problem: unusable.get(name) ?? NO_SERIES });
  }
  return { ...summary(numbers, evaluatedAt), objects: names.length, without };
}

function valuesOfSeries({ evaluatedAt, items }: ExternalValues): SeenValues {
  const numbers = items.map(({ quantity }) => numberOf(quantity));
  return { ...summary(numbers, evaluatedAt), objects: items.length, without: [] };
}

function summary(numbers: readonly number[], evaluatedAt: number): Omit<SeenValues, "objects" | "without"> {
  const [first = 0] = numbers;
  let [min, max, sum] = [first, first, 0];
  for (const number of numbers) {
    min = Math.min(min, number);
    max = Math.max(max, number);
    sum += number;
  }
  return { evaluatedAt, count: numbers.length, min, max, sum };
}

/** Only to be shown: a number of JavaScript has fewer digits than a quantity. */
function numberOf(quantity: string): number {
  return Number(parseQuantity(quantity).milli) / 1000;
}

const NO_SERIES = problem("ASM_NO_SERIES", "the query finds no series of it");
