import type { Selector } from "../kubernetes/labelSelector.ts";
import { type Attributes, readAttributes, wantsWatch } from "../kubernetes/requestAttributes.ts";
import { readListOptions } from "./listOptions.ts";
import { badRequest, methodNotAllowed, notFound, type Status, watchNotSupported } from "./status.ts";

/** The API group and version that the adapter serves. */
export const GROUP = "external.metrics.k8s.io";
export const VERSION = "v1beta1";
export const GROUP_VERSION = `${GROUP}/${VERSION}`;

/** The resource whose reading lists all readings of a namespace. */
export const LISTING = "externalmetrics";

/** The names of the health checks; each is a path of its own. */
export type HealthCheck = "healthz" | "livez" | "readyz";

/** What a request is for. */
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
      /** From the client's `timeout` parameter; a wish, the server's own deadline may be shorter. */
      readonly timeoutMs: number | undefined;
    }
  | { readonly kind: "refused"; readonly status: Status };

/**
 * A request target, read once: `route` is what is dispatched and `attributes` is what is authorized, so that the two
 * can never mean different things.
 */
export type Target =
  | {
      readonly wellFormed: true;
      readonly route: Route;
      readonly attributes: Attributes;
      /** The `pretty` parameter. */
      readonly pretty: string | null;
    }
  /** Not a target that any Kubernetes client sends: refused before the client's identity matters. */
  | { readonly wellFormed: false; readonly status: Status };

const PATH_CHARACTERS = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@/[\]%]*$/;
const QUERY_CHARACTERS = /^[\x21-\x7e]*$/;
const CONTROL = /\p{Cc}/u;
/** Far beyond any real selector, and little enough to read before the client's identity is known. */
const MAX_LENGTH = 16_384;

/** Reads the method and the raw request target (origin form, as it stood in the request line). Never throws. */
export function parseTarget(method: string, url: string): Target {
  if (url.length > MAX_LENGTH) return malformed(`the request target is longer than ${MAX_LENGTH} bytes`);
  const question = url.indexOf("?");
  const path = question === -1 ? url : url.slice(0, question);
  const rawQuery = question === -1 ? "" : url.slice(question + 1);
  if (!PATH_CHARACTERS.test(path) || !QUERY_CHARACTERS.test(rawQuery) || rawQuery.includes("#")) {
    return malformed("the request target is not a path with an optional query");
  }
  if (/%2f/i.test(path)) return malformed("the path holds an encoded slash");
  const decoded = decode(path);
  if (decoded === undefined || CONTROL.test(decoded)) return malformed("the path is not percent-encoded UTF-8 text");
  if (decode(rawQuery) === undefined) return malformed("the query is not percent-encoded UTF-8 text");

  const segments = decoded.slice(1).split("/");
  const query = new URLSearchParams(rawQuery);
  const attributes = readAttributes(method, segments, query);
  const odd = segments.some((segment, index) => isOdd(segment) && !isTrailing(segments, index));
  const route = odd ? refused(notFound()) : readRoute(segments, query);
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

/** One slash may stand at the end; which paths allow it is `readRoute`'s to say. */
function isTrailing(segments: readonly string[], index: number): boolean {
  return index === segments.length - 1 && segments[index] === "";
}

function readRoute(segments: readonly string[], query: URLSearchParams): Route {
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
    // The generic API server serves this list, and only this, with a slash at its end too.
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
  // A parameter that cannot be read is told before what cannot be done.
  const options = readListOptions(query);
  if (!options.ok) return refused(badRequest(options.message));
  if (wantsWatch(query)) return refused(watchNotSupported(GROUP));
  return { kind: "metric", namespace, metric, selector: options.selector, timeoutMs: options.timeoutMs };
}

function refused(status: Status): Route {
  return { kind: "refused", status };
}

/** Everything is read with GET; a health check may also be asked with HEAD. A path that is not there stays a 404. */
function checkMethod(method: string, route: Route): Route {
  if (method === "GET" || (method === "HEAD" && route.kind === "health")) return route;
  if (route.kind === "refused" && route.status.code === 404) return route;
  return refused(methodNotAllowed());
}
