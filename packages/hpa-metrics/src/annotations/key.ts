/**
 * Annotation keys of kube-metrics-adapter: `metric-config.external.<metric>.prometheus/<key>`, and
 * `metric-config.object.<metric>.prometheus/<key>` for an `Object` metric. With `pods` instead, they are settings of a
 * `Pods` metric that a rule of prometheus-adapter serves.
 */

import { policyKeys } from "./noDataPolicy";

/** The settings that can apply to one query. `<key>.<query-name>` overrides `<key>`. */
export const settingsOfQuery = [...policyKeys, "dialect", "reaction", "interval"] as const;

/** The reserved keys, which are settings. Every other key is the name of a query. */
export const reservedKeys = [
  "query",
  "query-name",
  "aggregate",
  "prometheus-server",
  "prometheus-server-alias",
  "per-replica",
  "min-pod-ready-age",
  ...settingsOfQuery,
] as const;

/** The prefix of `anticipates.<query-name>`: the query anticipates the load of the query that the value names. */
export const ANTICIPATES = "anticipates.";

/** The type of metric that a key is about. The custom metrics API serves `object` and `pods`. */
export type KeyType = "external" | "object" | "pods";

/** A parsed annotation key. */
export type AnnotationKey =
  /** Not about metrics. The adapter ignores it. */
  | { readonly kind: "foreign" }
  | {
      readonly kind: "config";
      readonly type: KeyType;
      readonly metricName: string;
      readonly name: string;
    }
  /** A metric of the custom metrics API from another source than Prometheus, such as `json-path`. */
  | {
      readonly kind: "collector";
      readonly type: Exclude<KeyType, "external">;
      readonly metricName: string;
      readonly collector: string;
    }
  /** About metrics, but in a form that the adapter does not read. */
  | { readonly kind: "unread"; readonly type: KeyType; readonly reason: string };

/** Reports whether the key is reserved, so that no query can have this name. */
export function isReserved(name: string): boolean {
  return isSettingOfQuery(name) || reservedKeys.some((reserved) => reserved === name);
}

/** Reports whether the key is a setting of one query, such as `on-no-data.rps`. */
function isSettingOfQuery(name: string): boolean {
  return name.startsWith(ANTICIPATES) || settingsOfQuery.some((key) => name.startsWith(`${key}.`));
}

/** The annotation key of one setting of a metric, by default of an `External` metric. */
export function annotationKey(metricName: string, name: string, type: KeyType = "external"): string {
  return `metric-config.${type}.${metricName}.prometheus/${name}`;
}

/** Parses an annotation key. */
export function parseKey(key: string): AnnotationKey {
  if (!key.startsWith("metric-config.")) return { kind: "foreign" };
  const type = key.startsWith("metric-config.pods.")
    ? "pods"
    : key.startsWith("metric-config.object.")
      ? "object"
      : "external";
  const unread = (reason: string): AnnotationKey => ({ kind: "unread", type, reason });
  const [left = "", name, ...more] = key.split("/");
  if (name === undefined || more.length > 0)
    return unread(`it has ${more.length + (name === undefined ? 0 : 1)} slashes`);
  const parts = left.split(".");
  if (parts.length > 4) return unread("the metric's name in it has a dot");
  const [, word, metricName = "", collector] = parts;
  if (collector === undefined) return unread("the metric's name or the collector is missing");
  if (word !== type) return unread(`its type is "${word}", not "external"`);
  if (type !== "external" && collector !== "prometheus") return { kind: "collector", type, metricName, collector };
  if (collector !== "prometheus") return unread(`its collector is "${collector}", not "prometheus"`);
  return { kind: "config", type, metricName, name };
}
