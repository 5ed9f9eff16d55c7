import type { Selector } from "../kubernetes/labelSelector.ts";
import { parseSelector, type SelectorResult } from "../kubernetes/labelSelectorParser.ts";
import { type Attributes, readAttributes, wantsWatch } from "../kubernetes/requestAttributes.ts";
import { readListOptions } from "./listOptions.ts";
import { badRequest, methodNotAllowed, notFound, type Status, watchNotSupported } from "./status.ts";

/** The API group and version that the adapter serves. */
export const GROUP = "external.metrics.k8s.io";
export const VERSION = "v1beta1";
export const GROUP_VERSION = `${GROUP}/${VERSION}`;

/** The path of a metric in the API. */
export function metricPath(namespace: string, metric: string): string {
  return `/apis/${GROUP_VERSION}/namespaces/${encodeURIComponent(namespace)}/${encodeURIComponent(metric)}`;
}

/** The resource that lists all readings of a namespace. */
export const LISTING = "externalmetrics";

/** The names of the health checks. Each name is also a path. */
export type HealthCheck = "healthz" | "livez" | "readyz";

/** What a request addresses. */
export type Route =
  | { readonly kind: "health"; readonly check: HealthCheck; readonly verbose: boolean }
  | { readonly kind: "groupList" }
  | { readonly kind: "group" }
  | { readonly kind: "resourceList" }
  | { readonly kind: "version" }
  | { readonly kind: "openapiV2" }
  | { readonly kind: "openapiIndex" }
  | { readonly kind: "openapi"; readonly hash: string | undefined }
  | {
      readonly kind: "metric";
      readonly namespace: string;
      readonly metric: string;
      readonly selector: Selector;
      /** The client's `timeout` parameter in milliseconds. The server's own deadline can be shorter. */
      readonly timeoutMs: number | undefined;
    }
  | { readonly kind: "refused"; readonly status: Status };

/** A read of one metric. */
export type MetricRoute = Extract<Route, { kind: "metric" }>;

/**
 * A parsed request target. The handler dispatches by `route` and authorizes by `attributes`. Both come from one parse,
 * so they cannot disagree.
 */
export type Target =
  | {
      readonly wellFormed: true;
      readonly route: Route;
      readonly attributes: Attributes;
      /** The value of the `pretty` parameter. */
      readonly pretty: string | null;
    }
  /** Not a target that a Kubernetes client sends. It is refused before authentication. */
  | { readonly wellFormed: false; readonly status: Status };

const PATH_CHARACTERS = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@/[\]%]*$/;
const QUERY_CHARACTERS = /^[\x21-\x7e]*$/;
const CONTROL = /\p{Cc}/u;
/**
 * Maximum length of a target in characters. It is far longer than a real selector, and short enough to parse before
 * authentication.
 */
const MAX_LENGTH = 16_384;

/** Parses the method and the raw request target (origin form, as in the request line). Never throws. */
export function parseTarget(method: string, url: string): Target {
  if (url.length > MAX_LENGTH) return malformed(`the request target is longer than ${MAX_LENGTH} bytes`);
  const question = url.indexOf("?");
  const path = question === -1 ? url : url.slice(0, question);
  const rawQuery = question === -1 ? "" : url.slice(question + 1);
  if (!PATH_CHARACTERS.test(path) || !QUERY_CHARACTERS.test(rawQuery) || rawQuery.includes("#")) {
    return malformed("the request target is not a path with an optional query");
  }
  if (/%2f/i.test(path)) return malformed("the path contains an encoded slash");
  const decoded = decode(path);
  if (decoded === undefined || CONTROL.test(decoded)) return malformed("the path is not percent-encoded UTF-8 text");
  if (decode(rawQuery) === undefined) return malformed("the query is not percent-encoded UTF-8 text");

  const segments = decoded.slice(1).split("/");
  const query = new URLSearchParams(rawQuery);
  // Authorization and the answer use one parsed selector.
  const selector = parseSelector(query.get("labelSelector") ?? "");
  const attributes = readAttributes(method, segments, query, selector.ok ? selector.selector : []);
  const odd = segments.some((segment, index) => isOdd(segment) && !isTrailing(segments, index));
  const route = odd ? refused(notFound()) : readRoute(segments, query, selector);
  return { wellFormed: true, route: checkMethod(method, route), attributes, pretty: query.get("pretty") };
}

function malformed(why: string): Target {
  return { wellFormed: false, status: badRequest(`${why}; send it as Kubernetes clients do`) };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function isOdd(segment: string): boolean {
  return segment === "" || segment === "." || segment === "..";
}

/** Allows one trailing slash. `readRoute` decides which paths can have it. */
function isTrailing(segments: readonly string[], index: number): boolean {
  return index === segments.length - 1 && segments[index] === "";
}

function readRoute(segments: readonly string[], query: URLSearchParams, selector: SelectorResult): Route {
  const path = segments.join("/");
  switch (path) {
    case "healthz":
    case "livez":
    case "readyz":
      return { kind: "health", check: path, verbose: query.has("verbose") };
    case "apis":
      return { kind: "groupList" };
    case `apis/${GROUP}`:
      return { kind: "group" };
    // The generic API server accepts a trailing slash for this list only.
    case `apis/${GROUP_VERSION}`:
    case `apis/${GROUP_VERSION}/`:
      return { kind: "resourceList" };
    case "version":
      return { kind: "version" };
    case "openapi/v2":
      return { kind: "openapiV2" };
    case "openapi/v3":
      return { kind: "openapiIndex" };
    case `openapi/v3/apis/${GROUP_VERSION}`:
      return { kind: "openapi", hash: query.get("hash") || undefined };
  }
  const [apis, group, version, namespaces, namespace, metric] = segments;
  const ours = apis === "apis" && group === GROUP && version === VERSION && namespaces === "namespaces";
  if (!ours || !namespace || !metric || segments.length !== 6) return refused(notFound());
  // An invalid parameter is reported before an unsupported operation.
  const options = readListOptions(query, selector);
  if (!options.ok) return refused(badRequest(options.message));
  if (wantsWatch(query)) return refused(watchNotSupported(GROUP));
  return { kind: "metric", namespace, metric, selector: options.selector, timeoutMs: options.timeoutMs };
}

function refused(status: Status): Route {
  return { kind: "refused", status };
}

/** Every resource is read with GET. A health check also accepts HEAD. An unknown path gets 404 for every method. */
function checkMethod(method: string, route: Route): Route {
  if (method === "GET" || (method === "HEAD" && route.kind === "health")) return route;
  if (route.kind === "refused" && route.status.code === 404) return route;
  return refused(methodNotAllowed());
}
