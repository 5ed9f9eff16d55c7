/**
 * What a request wants to do, as the API server's `RequestInfo` describes it: the input of any authorization.
 * apiserver/pkg/endpoints/request/requestinfo.go. Reading an external metric is verb `list` on the metric's name.
 */
export type Attributes =
  | { readonly resourceRequest: false; readonly verb: string; readonly path: string }
  | {
      readonly resourceRequest: true;
      readonly verb: string;
      readonly group: string;
      readonly version: string;
      /** Empty at cluster scope. */
      readonly namespace: string;
      readonly resource: string;
      readonly subresource: string;
      readonly name: string;
      /** The text as sent; empty unless the verb is one that selects (`list`, `watch`, `deletecollection`). */
      readonly labelSelector: string;
      readonly fieldSelector: string;
    };

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
 * The attributes of a request. `segments` are the path's decoded parts between slashes.
 * Kubernetes also takes a name from `fieldSelector=metadata.name=…`; leaving it out asks for more rights, never fewer.
 */
export function readAttributes(method: string, segments: readonly string[], query: URLSearchParams): Attributes {
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
    labelSelector: selects ? (query.get("labelSelector") ?? "") : "",
    fieldSelector: selects ? (query.get("fieldSelector") ?? "") : "",
  };
}

function readVerb(method: string, name: string, query: URLSearchParams): string {
  const verb = VERBS.get(method) ?? "";
  if (name !== "") return verb;
  if (verb === "get") return wantsWatch(query) ? "watch" : "list";
  return verb === "delete" ? "deletecollection" : verb;
}

/** Kubernetes's reading of a boolean parameter: `watch`, `watch=` and `watch=1` are true, only `0` and `false` are not. */
export function wantsWatch(query: URLSearchParams): boolean {
  const watch = query.get("watch");
  return watch !== null && watch !== "0" && watch.toLowerCase() !== "false";
}
