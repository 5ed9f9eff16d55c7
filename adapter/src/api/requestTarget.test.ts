import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseTarget } from "./requestTarget.ts";
import type { Route } from "./routes.ts";

const G = "/apis/external.metrics.k8s.io/v1beta1";

function routeOf(method: string, url: string): Route {
  const target = parseTarget(method, url);
  return target.wellFormed ? target.route : { kind: "refused", status: target.status };
}

/** The kind of a route, or the code of its refusal. */
function kindOf(method: string, url: string): string | number {
  const route = routeOf(method, url);
  return route.kind === "refused" ? route.status.code : route.kind;
}

describe("what a target is for", () => {
  test.each([
    ["GET", "/healthz", "health"],
    ["HEAD", "/readyz", "health"],
    ["GET", "/livez?verbose", "health"],
    ["POST", "/healthz", 405],
    ["GET", "/livez/ping", 404],
    ["GET", "/healthz/", 404],
    ["GET", "/HEALTHZ", 404],
    ["GET", "/", 404],
    ["GET", "/metrics", 404],
    ["GET", "/version", "version"],
    ["GET", "/version/", 404],
    ["GET", "/apis", "groupList"],
    ["GET", "/apis?timeout=32s", "groupList"],
    ["GET", "/apis/", 404],
    ["GET", "/apis/external.metrics.k8s.io", "group"],
    ["GET", G, "resourceList"],
    ["GET", `${G}/`, "resourceList"],
    ["GET", `${G}//`, 404],
    ["POST", G, 405],
    ["HEAD", G, 405],
    ["GET", "/apis/external.metrics.k8s.io/v1", 404],
    ["GET", "/apis/other/v1", 404],
    ["GET", "/APIS/external.metrics.k8s.io/v1beta1", 404],
    ["GET", "/openapi/v2", "openapiV2"],
    ["GET", "/openapi/v3", "openapiIndex"],
    ["GET", `/openapi/v3${G}`, "openapi"],
    ["GET", `${G}/foo`, 404],
    ["GET", `${G}/namespaces/ns`, 404],
    ["GET", `${G}/namespaces/ns/`, 404],
    ["GET", `${G}/namespaces/ns/m`, "metric"],
    ["GET", `${G}/Namespaces/ns/m`, 404],
    ["GET", `${G}/namespaces/ns/m/`, 404],
    ["GET", `${G}/namespaces/ns/m/extra`, 404],
    ["DELETE", `${G}/namespaces/ns/m`, 405],
    ["HEAD", `${G}/namespaces/ns/m`, 405],
    ["get", `${G}/namespaces/ns/m`, 405],
    ["DELETE", `${G}/namespaces/ns/m/extra`, 404],
    ["GET", `${G}/namespaces/ns/m?watch=true`, 405],
    ["GET", `${G}/namespaces/ns/m?watch`, 405],
    ["GET", `${G}/namespaces/ns/m?watch=False`, "metric"],
    ["GET", `${G}/namespaces/ns/m?limit=500&unknown=1&resourceVersion=0`, "metric"],
    ["GET", `${G}/namespaces/ns/m?limit=abc`, 400],
    ["GET", `${G}/namespaces/ns/m?timeout=abc`, 400],
    ["GET", `${G}/namespaces/ns/m?timeout=${"1".repeat(5000)}`, 400],
    ["GET", `${G}/namespaces/ns/m?fieldSelector=metadata.name%3Dx`, "metric"],
    ["GET", `${G}/namespaces/ns/m?fieldSelector=spec.x%3Dx`, 400],
    ["GET", `${G}/namespaces/ns/m?fieldSelector=abc`, 400],
    ["GET", `${G}/namespaces/ns/m?labelSelector=a%20b`, 400],
    ["GET", `${G}/namespaces/ns%2fm`, 400],
    ["GET", `${G}/namespaces/ns%2Fother/m`, 400],
    ["GET", `${G}/namespaces//m`, 404],
    ["GET", `/${G}/namespaces/ns/m`, 404],
    ["GET", `${G}/namespaces/../namespaces/ns/m`, 404],
    ["GET", `${G}/namespaces/%2e%2e/m`, 404],
    ["GET", `${G}/namespaces/./m`, 404],
    ["GET", `${G}/namespaces/ns/..`, 404],
    ["GET", `${G}/namespaces/ns/%zz`, 400],
    ["GET", `${G}/namespaces/ns/%ff`, 400],
    ["GET", `${G}/namespaces/ns/%00`, 400],
    ["GET", `${G}/namespaces/ns/m\\x`, 400],
    ["GET", `${G}/namespaces/ns/m#x`, 400],
    ["GET", `${G}/namespaces/ns/m?a=%ff`, 400],
    ["GET", `${G}/namespaces/ns/m?a#b`, 400],
    ["GET", `${G}/namespaces/ns/m?a=${"b".repeat(20_000)}`, 400],
    ["GET", `https://host${G}/namespaces/ns/m`, 400],
    ["OPTIONS", "*", 400],
    ["CONNECT", "host:443", 400],
    ["GET", "", 400],
  ])("%s %s", (method, url, expected) => {
    expect(kindOf(method, url)).toBe(expected);
  });
});

test("a metric's name is decoded once and the first of two selectors counts", () => {
  const route = routeOf(
    "GET",
    `${G}/namespaces/ns/caf%C3%A9%20a:b%7C%2541?labelSelector=a%3Db&labelSelector=c&timeout=1m1.5s`,
  );
  expect(route).toEqual({
    kind: "metric",
    namespace: "ns",
    metric: "café a:b|%41",
    selector: [{ key: "a", operator: "=", values: ["b"] }],
    timeoutMs: 61_500,
  });
});

describe("messages are the API server's", () => {
  test.each([
    ["limit=abc", 'strconv.ParseInt: parsing "abc": invalid syntax'],
    ["labelSelector=%3D%3D", "found '==', expected: !, identifier, or 'end of string'"],
    ["timeout=1x", 'invalid timeout specified in the request URL - time: invalid duration "1x"'],
    ["fieldSelector=a%3D1", '"a" is not a known field selector: only "metadata.name", "metadata.namespace"'],
  ])("%s", (query, message) => {
    expect(routeOf("GET", `${G}/namespaces/ns/m?${query}`)).toMatchObject({ status: { code: 400, message } });
  });
});

describe("what is authorized is what RequestInfo says", () => {
  const none = { subresource: "", name: "", labelSelector: [], fieldSelector: "" };
  const ours = { resourceRequest: true, group: "external.metrics.k8s.io", version: "v1beta1", ...none };
  test.each([
    ["GET", "/apis", { resourceRequest: false, verb: "get", path: "/apis" }],
    ["GET", `${G}/`, { resourceRequest: false, verb: "get", path: `${G}/` }],
    ["POST", "/openapi/v3", { resourceRequest: false, verb: "post", path: "/openapi/v3" }],
    [
      "GET",
      `${G}/namespaces/ns/m?labelSelector=a%3Db`,
      {
        ...ours,
        verb: "list",
        namespace: "ns",
        resource: "m",
        labelSelector: [{ key: "a", operator: "=", values: ["b"] }],
      },
    ],
    ["GET", `${G}/namespaces/ns/m?watch=1`, { ...ours, verb: "watch", namespace: "ns", resource: "m" }],
    ["GET", `${G}/watch/namespaces/ns/m`, { ...ours, verb: "watch", namespace: "ns", resource: "m" }],
    ["GET", `${G}/namespaces/ns/m/x`, { ...ours, verb: "get", namespace: "ns", resource: "m", name: "x" }],
    ["DELETE", `${G}/namespaces/ns/m`, { ...ours, verb: "deletecollection", namespace: "ns", resource: "m" }],
    ["POST", `${G}/namespaces/ns/m`, { ...ours, verb: "create", namespace: "ns", resource: "m" }],
    [
      "GET",
      `${G}/namespaces/ns/status`,
      { ...ours, verb: "get", namespace: "ns", resource: "namespaces", name: "ns", subresource: "status" },
    ],
    ["GET", `${G}/m`, { ...ours, verb: "list", namespace: "", resource: "m" }],
  ])("%s %s", (method, url, attributes) => {
    expect(parseTarget(method, url)).toMatchObject({ attributes });
  });
});

test("whatever is asked, the parser answers, and data is given for the canonical path alone", () => {
  const piece = fc.constantFrom(
    ...[
      "apis",
      "external.metrics.k8s.io",
      "v1beta1",
      "namespaces",
      "ns",
      "m",
      "",
      ".",
      "..",
      "%2f",
      "%2e",
      "/",
      "?",
      "%",
    ],
    ...["watch", "\\", ";", "#", " ", "é", "labelSelector=", "%C3%A9", "APIS", "//", "http:"],
  );
  const paths = fc.array(piece, { maxLength: 9 }).map((pieces) => `/${pieces.join("/")}`);
  const nearly = piece.map((text) => `${G}/namespaces/ns/${text}`);
  let served = 0;
  fc.assert(
    fc.property(fc.oneof(paths, nearly, fc.string({ unit: "binary" })), (url) => {
      const target = parseTarget("GET", url);
      if (!target.wellFormed || target.route.kind !== "metric") return;
      served += 1;
      const { namespace, metric } = target.route;
      const [path] = url.split("?");
      const expected = `${G}/namespaces/${encodeURIComponent(namespace)}/`;
      expect(path?.slice(0, expected.length)).toBe(expected);
      expect(decodeURIComponent(path?.slice(expected.length) ?? "")).toBe(metric);
      expect(metric).not.toMatch(/^\.{0,2}$|\//);
      expect(target.attributes).toMatchObject({ resourceRequest: true, namespace });
    }),
    { numRuns: 3000 },
  );
  expect(served).toBeGreaterThan(100);
});
