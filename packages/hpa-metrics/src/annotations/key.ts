/** Annotation keys of kube-metrics-adapter: `metric-config.external.<metric>.prometheus/<key>`. */

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

/** A parsed annotation key. */
export type AnnotationKey =
  /** Not about external metrics. The adapter ignores it. */
  | { readonly kind: "foreign" }
  | { readonly kind: "config"; readonly metricName: string; readonly name: string }
  /** About metrics, but in a form that the adapter does not read. */
  | { readonly kind: "unread"; readonly reason: string };

/** Reports whether the key is reserved, so that no query can have this name. */
export function isReserved(name: string): boolean {
  return isSettingOfQuery(name) || reservedKeys.some((reserved) => reserved === name);
}

/** Reports whether the key is a setting of one query, such as `on-no-data.rps`. */
function isSettingOfQuery(name: string): boolean {
  return name.startsWith(ANTICIPATES) || settingsOfQuery.some((key) => name.startsWith(`${key}.`));
}

/** The annotation key of one setting of a metric. */
export function annotationKey(metricName: string, name: string): string {
  return `metric-config.external.${metricName}.prometheus/${name}`;
}

/** Parses an annotation key. Keys of pod and object metrics belong to other adapters, so they are always foreign. */
export function parseKey(key: string): AnnotationKey {
  if (!key.startsWith("metric-config.") || /^metric-config\.(?:pods|object)\./.test(key)) return { kind: "foreign" };
  const [left = "", name, ...more] = key.split("/");
  if (name === undefined || more.length > 0)
    return unread(`it has ${more.length + (name === undefined ? 0 : 1)} slashes`);
  const parts = left.split(".");
  if (parts.length > 4) return unread("the metric's name in it has a dot");
  const [, type, metricName = "", collector] = parts;
  if (collector === undefined) return unread("the metric's name or the collector is missing");
  if (type !== "external") return unread(`its type is "${type}", not "external"`);
  if (collector !== "prometheus") return unread(`its collector is "${collector}", not "prometheus"`);
  return { kind: "config", metricName, name };
}

function unread(reason: string): AnnotationKey {
  return { kind: "unread", reason };
}
