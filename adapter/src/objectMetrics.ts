import { type Problem, problem, problemLine } from "@asm-autoscaler/hpa-metrics";
import type { CustomMetricName, CustomMetrics, CustomRead, CustomResult } from "./api/customMetrics.ts";
import { type Listener, NOT_SYNCED, readOne } from "./externalMetrics.ts";
import { MOST_FOUND, type ServedMetric, sameQuestion } from "./hpas/metricIndex.ts";
import type { MetricRegistry } from "./hpas/metricRegistry.ts";
import { reason } from "./kubernetes/client.ts";
import { matchesSelector, type Selector } from "./kubernetes/labelSelector.ts";
import type { ResourceNames } from "./kubernetes/resourceNames.ts";
import { groupOf } from "./kubernetes/scale.ts";
import { withoutSecrets } from "./kubernetes/secrets.ts";
import type { Readings } from "./readings/readings.ts";

/** The `Object` metrics that annotations of HPAs describe. */
export interface ObjectMetrics extends Pick<CustomMetrics, "metricNames"> {
  /** Undefined if no HPA of the namespace describes the metric for this object. */
  read(read: CustomRead): Promise<CustomResult | undefined>;
}

interface Parts {
  readonly metricRegistry: Pick<MetricRegistry, "findObjects" | "allHpaMetrics">;
  readonly readings: Readings;
  readonly names: ResourceNames;
  isSynced(namespace: string): boolean;
  readonly listener: Listener;
}

/**
 * Creates the `Object` metrics. A read names one object. A read of all objects (`*`) is not answered: annotations say
 * nothing about the labels of objects, and a part of the objects is not all of them.
 */
export function createObjectMetrics(parts: Parts): ObjectMetrics {
  const { metricRegistry, readings, names, isSynced, listener } = parts;
  let listed: readonly CustomMetricName[] = [];
  return {
    metricNames() {
      const now = namesOf(metricRegistry, names);
      if (JSON.stringify(now) !== JSON.stringify(listed)) listed = now;
      return listed;
    },
    async read(read) {
      const namespace = namespaceOf(read);
      if (namespace === "" || read.name === "*") return undefined;
      if (!isSynced(namespace)) return { ok: false, status: 503, message: NOT_SYNCED };
      const named = metricRegistry.findObjects(
        namespace,
        read.metric,
        ({ object, labels }) =>
          object.name === read.name && groupOf(object) === read.group && matchesSelector(read.series, labels),
      );
      const found = await ofResource(named, read.resource, names);
      if ("code" in found) {
        for (const { hpas, spec } of named)
          for (const hpa of hpas) listener.troubled(hpa, spec.queryKey, found, { refused: true });
        return { ok: false, status: 503, message: withoutSecrets(problemLine(found)) };
      }
      const [first, ...others] = closest(found, read.series);
      if (!first) return undefined;
      const rival = others.find(({ spec }) => !sameQuestion(first.spec, spec));
      if (rival || named.length > MOST_FOUND)
        return { ok: false, status: 503, message: problemLine(several(read, [first, rival ?? first])) };
      const result = await readOne(first, namespace, readings, listener);
      if (!result.ok) return { ok: false, status: 503, message: withoutSecrets(result.message) };
      return { ok: true, values: result.readings.map((reading) => ({ ...describedBy(first, read), ...reading })) };
    },
  };
}

/** The custom metrics API: the `Object` metrics of annotations, then the rules of prometheus-adapter, if there are any. */
export function joinCustomMetrics(objects: ObjectMetrics, rules: CustomMetrics | undefined): CustomMetrics {
  let parts: readonly (readonly CustomMetricName[])[] = [];
  let all: readonly CustomMetricName[] = [];
  return {
    metricNames() {
      const now = [objects.metricNames(), rules?.metricNames() ?? NONE];
      if (now.some((one, index) => one !== parts[index])) [parts, all] = [now, now.flat()];
      return all;
    },
    async read(read) {
      return (await objects.read(read)) ?? rules?.read(read) ?? notServed(read);
    },
  };
}

const NONE: readonly CustomMetricName[] = [];

/** The HPA controller reads a metric of a Namespace always for the HPA's own namespace. */
function namespaceOf({ namespace, group, resource, name }: CustomRead): string {
  return namespace === "" && group === "" && resource === "namespaces" ? name : namespace;
}

/** Those whose kind has this plural name, or why that is not known. */
async function ofResource(
  named: readonly ServedMetric[],
  resource: string,
  names: ResourceNames,
): Promise<readonly ServedMetric[] | Problem> {
  try {
    const kinds = await Promise.all(named.map(({ spec }) => (spec.object ? names.of(spec.object) : undefined)));
    return named.filter((_, index) => kinds[index] === resource);
  } catch (error) {
    return problem("ASM_OBJECT_KIND", `the plural name of a described object's kind is not known: ${reason(error)}`);
  }
}

/** Those that have no other labels than the selector requires, if there are any. Otherwise all. */
function closest(found: readonly ServedMetric[], series: Selector): readonly ServedMetric[] {
  const required = new Set(series.map(({ key }) => key));
  const exact = found.filter(({ spec }) => Object.keys(spec.labels).every((label) => required.has(label)));
  return exact.length > 0 ? exact : found;
}

function describedBy({ spec: { object } }: ServedMetric, { namespace, name }: CustomRead) {
  return { kind: object?.kind ?? "", apiVersion: object?.apiVersion ?? "", namespace, name };
}

function several({ metric, resource, name }: CustomRead, found: readonly ServedMetric[]): Problem {
  const hpas = [...new Set(found.flatMap((one) => one.hpas.slice(0, 3)))].join(" and ");
  return problem(
    "ASM_OBJECT_SEVERAL",
    `the selector matches several metrics "${metric}" of ${resource} "${name}", which HPAs ${hpas} describe`,
  );
}

function notServed({ metric, resource, name, namespace }: CustomRead): CustomResult {
  const where = namespace === "" ? "" : ` in the namespace "${namespace}"`;
  const message = `no HPA describes the metric "${metric}" of ${resource} "${name}"${where} by annotations`;
  return { ok: false, status: 404, message: problemLine(problem("ASM_OBJECT_NOT_SERVED", message)) };
}

/** Starts to read the plural names that are not known. They are in the next list. */
function namesOf({ allHpaMetrics }: Parts["metricRegistry"], names: ResourceNames): CustomMetricName[] {
  const found = new Map<string, CustomMetricName>();
  for (const { specs } of allHpaMetrics()) {
    for (const { object, metricName } of specs) {
      if (!object) continue;
      const resource = names.known(object);
      if (resource === undefined) {
        // A read of the metric reports why the name is not known.
        names.of(object).catch(() => undefined);
        continue;
      }
      const group = groupOf(object);
      const name = `${resource}${group === "" ? "" : `.${group}`}/${metricName}`;
      found.set(name, { name, isNamespaced: group !== "" || resource !== "namespaces" });
    }
  }
  return [...found.values()];
}
