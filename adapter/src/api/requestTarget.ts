import { parseSelector } from "../kubernetes/labelSelectorParser.ts";
import { type Attributes, readAttributes, wantsWatch } from "../kubernetes/requestAttributes.ts";
import { type CustomPath, readCustomPath } from "./customPath.ts";
import { type ApiGroup, CUSTOM, EXTERNAL } from "./groups.ts";
import { readListOptions } from "./listOptions.ts";
import { type Route, refused } from "./routes.ts";
import { badRequest, methodNotAllowed, notFound, type Status, watchNotSupported } from "./status.ts";

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

/**
 * Parses the method and the raw request target (origin form, as in the request line). `groups` are the API groups that
 * are served; a path of another group is unknown. Never throws.
 */
export function parseTarget(method: string, url: string, groups: readonly ApiGroup[] = [EXTERNAL]): Target {
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
  const route = odd ? refused(notFound()) : readRoute({ segments, attributes, query, selector }, groups);
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

/** A request whose target is well formed. */
interface Parsed extends Omit<CustomPath, "version" | "rest"> {
  /** The decoded segments of the path. */
  readonly segments: readonly string[];
}

function readRoute(parsed: Parsed, groups: readonly ApiGroup[]): Route {
  const { segments, query } = parsed;
  const path = segments.join("/");
  switch (path) {
    case "healthz":
    case "livez":
    case "readyz":
      return { kind: "health", check: path, verbose: query.has("verbose") };
    case "apis":
      return { kind: "groupList" };
    case "version":
      return { kind: "version" };
    case "openapi/v2":
      return { kind: "openapiV2" };
    case "openapi/v3":
      return { kind: "openapiIndex" };
  }
  if (segments[0] === "openapi") return readOpenapiPath(segments, query, groups);
  const [apis, name, version, ...rest] = segments;
  const group = apis === "apis" ? groups.find((served) => served.name === name) : undefined;
  if (!group) return refused(notFound());
  if (version === undefined) return { kind: "group", group };
  if (!group.versions.includes(version)) return refused(notFound());
  // The generic API server accepts a trailing slash for this list only.
  if (rest.length === 0 || (rest.length === 1 && rest[0] === "")) return { kind: "resourceList", group, version };
  return group === CUSTOM ? readCustomPath({ version, rest, ...parsed }) : readExternalPath(rest, parsed);
}

function readOpenapiPath(segments: readonly string[], query: URLSearchParams, groups: readonly ApiGroup[]): Route {
  const [, v3, apis, name, version = "", ...rest] = segments;
  const group = v3 === "v3" && apis === "apis" ? groups.find((served) => served.name === name) : undefined;
  if (!group?.versions.includes(version) || rest.length > 0) return refused(notFound());
  return { kind: "openapi", groupVersion: `${group.name}/${version}`, hash: query.get("hash") || undefined };
}

function readExternalPath(rest: readonly string[], { query, selector }: Parsed): Route {
  const [namespaces, namespace, metric] = rest;
  if (namespaces !== "namespaces" || !namespace || !metric || rest.length !== 3) return refused(notFound());
  // An invalid parameter is reported before an unsupported operation.
  const options = readListOptions(query, selector);
  if (!options.ok) return refused(badRequest(options.message));
  if (wantsWatch(query)) return refused(watchNotSupported(EXTERNAL.name));
  return { kind: "metric", namespace, metric, selector: options.selector, timeoutMs: options.timeoutMs };
}

/** Every resource is read with GET. A health check also accepts HEAD. An unknown path gets 404 for every method. */
function checkMethod(method: string, route: Route): Route {
  if (method === "GET" || (method === "HEAD" && route.kind === "health")) return route;
  if (route.kind === "refused" && route.status.code === 404) return route;
  return refused(methodNotAllowed());
}
