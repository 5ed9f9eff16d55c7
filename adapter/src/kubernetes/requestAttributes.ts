import type { Selector } from "./labelSelector.ts";

/**
 * Attributes of a request, the input of authorization. They follow the API server's `RequestInfo`
 * (apiserver/pkg/endpoints/request/requestinfo.go). To read an external metric is verb `list` on a resource with the
 * name of the metric. To read a custom metric is verb `get` on an object, with the metric as its subresource. To read a
 * custom metric of a namespace is verb `get` on the resource `metrics` of that namespace, with the metric as its name.
 */
export type Attributes = PathAttributes | ResourceAttributes;

/** Attributes of a request for a path that is not a resource. */
interface PathAttributes {
  readonly resourceRequest: false;
  readonly verb: string;
  readonly path: string;
}

/** Attributes of a request for a resource. */
export interface ResourceAttributes {
  readonly resourceRequest: true;
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** Namespace of the request. Empty for a cluster-scoped request. */
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** Empty unless the verb is `list`, `watch` or `deletecollection`, and if the selector is not valid. */
  readonly labelSelector: Selector;
  /** The text as sent. Empty unless the verb is `list`, `watch` or `deletecollection`. */
  readonly fieldSelector: string;
}

const VERBS: ReadonlyMap<string, string> = new Map([
  ["POST", "create"],
  ["GET", "get"],
  ["HEAD", "get"],
  ["PUT", "update"],
  ["PATCH", "patch"],
  ["DELETE", "delete"],
]);
const PATH_VERBS = new Set(["watch", "proxy"]);
const NAMESPACE_SUBRESOURCES = new Set(["status", "finalize"]);

/**
 * Reads the attributes of a request. `segments` are the decoded segments of the path, and `selector` is the parsed
 * parameter `labelSelector`.
 * Kubernetes also reads the name from `fieldSelector=metadata.name=…`. This function does not, so the request needs
 * more permissions, never fewer.
 */
export function readAttributes(
  method: string,
  segments: readonly string[],
  query: URLSearchParams,
  selector: Selector,
): Attributes {
  const [prefix, group = "", version = "", ...rest] = segments.at(-1) === "" ? segments.slice(0, -1) : segments;
  const first = rest[0];
  if (prefix !== "apis" || first === undefined) {
    return { resourceRequest: false, verb: method.toLowerCase(), path: `/${segments.join("/")}` };
  }
  const pathVerb = PATH_VERBS.has(first) && rest.length > 1;
  const parts = pathVerb ? rest.slice(1) : rest;
  const namespace = parts[0] === "namespaces" ? (parts[1] ?? "") : "";
  const inNamespace = parts[0] === "namespaces" && parts[2] !== undefined && !NAMESPACE_SUBRESOURCES.has(parts[2]);
  const [resource = "", name = "", subresource = ""] = inNamespace ? parts.slice(2) : parts;
  const verb = pathVerb ? first : readVerb(method, name, query);
  const selects = !pathVerb && ["list", "watch", "deletecollection"].includes(verb);
  return {
    resourceRequest: true,
    verb,
    group,
    version,
    namespace,
    resource,
    subresource: verb === "proxy" ? "" : subresource,
    name,
    labelSelector: selects ? selector : [],
    fieldSelector: selects ? (query.get("fieldSelector") ?? "") : "",
  };
}

function readVerb(method: string, name: string, query: URLSearchParams): string {
  const verb = VERBS.get(method) ?? "";
  if (name !== "") return verb;
  if (verb === "get") return wantsWatch(query) ? "watch" : "list";
  return verb === "delete" ? "deletecollection" : verb;
}

/**
 * Whether the query requests a watch. The rules are those of Kubernetes for a boolean parameter:
 * `watch`, `watch=` and `watch=1` are true. Only `0` and `false` are false.
 */
export function wantsWatch(query: URLSearchParams): boolean {
  const watch = query.get("watch");
  return watch !== null && watch !== "0" && watch.toLowerCase() !== "false";
}
