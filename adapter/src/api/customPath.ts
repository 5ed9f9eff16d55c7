import { parseSelector, type SelectorResult } from "../kubernetes/labelSelectorParser.ts";
import { type Attributes, wantsWatch } from "../kubernetes/requestAttributes.ts";
import type { CustomRead } from "./customMetrics.ts";
import { CUSTOM } from "./groups.ts";
import { readListOptions } from "./listOptions.ts";
import { type CustomRoute, type RefusedRoute, refused } from "./routes.ts";
import { badRequest, notFound, watchNotSupported } from "./status.ts";

/** A request to the custom metrics API. */
export interface CustomPath {
  readonly version: string;
  /** The decoded segments of the path after the version. */
  readonly rest: readonly string[];
  /** What is authorized. */
  readonly attributes: Attributes;
  readonly query: URLSearchParams;
  /** The parsed parameter `labelSelector`. */
  readonly selector: SelectorResult;
}

/** Which metric of which objects. */
type Described = Pick<CustomRead, "namespace" | "group" | "resource" | "name" | "metric">;

/**
 * Reads a path of the custom metrics API, after `/apis/custom.metrics.k8s.io/VERSION/`:
 * - `namespaces/NS/RESOURCE[.GROUP]/NAME/METRIC`
 * - `RESOURCE[.GROUP]/NAME/METRIC`, for an object without a namespace
 * - `namespaces/NS/metrics/METRIC`, for the namespace itself. NS can be `*`.
 *
 * NAME can be `*`. Then `labelSelector` selects the objects. `metricLabelSelector` selects series.
 * Source: https://github.com/kubernetes-sigs/custom-metrics-apiserver, pkg/apiserver/installer
 */
export function readCustomPath({ version, rest, attributes, query, selector }: CustomPath): CustomRoute | RefusedRoute {
  const described = describedBy(rest, attributes);
  if (!described) {
    const isShort = rest[0] === "namespaces" && rest.length === 3 && rest[2] !== "";
    return refused(isShort ? badRequest("invalid request path") : notFound());
  }
  const options = readListOptions(query, selector);
  if (!options.ok) return refused(badRequest(options.message));
  const fieldProblem = otherName(query.get("fieldSelector") ?? "", described.name);
  if (fieldProblem) return refused(badRequest(fieldProblem));
  const series = readSeries(query.get("metricLabelSelector") ?? "");
  if (!series.ok) return refused(badRequest(series.message));
  if (wantsWatch(query)) return refused(watchNotSupported(CUSTOM.name));
  const objects = described.name === "*" ? options.selector : [];
  const read = { ...described, objects, series: series.selector };
  return { kind: "customMetric", version, read, timeoutMs: options.timeoutMs };
}

/**
 * Reads the objects from the attributes, so that a read and its authorization cannot name different ones. Returns
 * undefined if the attributes do not spell the path: those of `namespaces/NS/status/NAME/METRIC` name the namespace, and
 * those of `watch/NAME/METRIC` name the resource NAME.
 */
function describedBy(rest: readonly string[], attributes: Attributes): Described | undefined {
  if (!attributes.resourceRequest) return undefined;
  const { namespace, resource, name, subresource } = attributes;
  if (isSpelled(rest, ["namespaces", namespace, "metrics", name])) {
    return { namespace: "", group: "", resource: "namespaces", name: namespace, metric: name };
  }
  // `*` is a namespace only in the path of a namespace's metric.
  if (namespace === "*") return undefined;
  const scope = namespace === "" ? [] : ["namespaces", namespace];
  if (!isSpelled(rest, [...scope, resource, name, subresource])) return undefined;
  const [, plural, group = ""] = /^([^.]+)(?:\.(.+))?$/.exec(resource) ?? [];
  return plural === undefined ? undefined : { namespace, group, resource: plural, name, metric: subresource };
}

function isSpelled(rest: readonly string[], segments: readonly string[]): boolean {
  return (
    rest.length === segments.length && segments.every((segment, index) => segment !== "" && segment === rest[index])
  );
}

/** The name is in the path. A field selector can only repeat it. */
function otherName(fieldSelector: string, name: string): string | undefined {
  if (["", `metadata.name=${name}`, `metadata.name==${name}`].includes(fieldSelector)) return undefined;
  return "fieldSelector metadata.name doesn't match requested name";
}

/** The label selectors of objects have no order operators, and no series is selected by one. */
function readSeries(text: string): SelectorResult {
  const parsed = parseSelector(text);
  if (!parsed.ok) return parsed;
  const unsupported = parsed.selector.find(({ operator }) => operator === "gt" || operator === "lt");
  if (!unsupported) return parsed;
  return {
    ok: false,
    message: `metricLabelSelector: ${JSON.stringify(unsupported.operator)} isn't supported in label selectors`,
  };
}
