import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CUSTOM, EXTERNAL } from "./groups.ts";
import { parseTarget } from "./requestTarget.ts";
import type { Route } from "./routes.ts";

const G = "/apis/custom.metrics.k8s.io/v1beta1";
const parse = (method: string, url: string) => parseTarget(method, url, [EXTERNAL, CUSTOM]);

function routeOf(url: string, method = "GET"): Route {
  const target = parse(method, url);
  return target.wellFormed ? target.route : { kind: "refused", status: target.status };
}

function statusOf(url: string, method = "GET"): number {
  const route = routeOf(url, method);
  return route.kind === "refused" ? route.status.code : 200;
}

const nothing = { namespace: "", group: "", objects: [], series: [] };

test.each([
  ["namespaces/ns/pods/*/rps", { ...nothing, namespace: "ns", resource: "pods", name: "*", metric: "rps" }],
  ["namespaces/ns/pods/%2A/rps", { ...nothing, namespace: "ns", resource: "pods", name: "*", metric: "rps" }],
  [
    "namespaces/ns/ingresses.networking.k8s.io/web/hits",
    { ...nothing, namespace: "ns", group: "networking.k8s.io", resource: "ingresses", name: "web", metric: "hits" },
  ],
  ["nodes/n1/load", { ...nothing, resource: "nodes", name: "n1", metric: "load" }],
  ["namespaces/ns/metrics/rps", { ...nothing, resource: "namespaces", name: "ns", metric: "rps" }],
  ["namespaces/*/metrics/rps", { ...nothing, resource: "namespaces", name: "*", metric: "rps" }],
  [
    "namespaces/ns/pods/*/caf%C3%A9:x?labelSelector=a%3Db&metricLabelSelector=c&labelSelector=d",
    {
      ...{ namespace: "ns", group: "", resource: "pods", name: "*", metric: "café:x" },
      objects: [{ key: "a", operator: "=", values: ["b"] }],
      series: [{ key: "c", operator: "exists", values: [] }],
    },
  ],
  // Only the name `*` needs a selector of objects.
  [
    "namespaces/ns/pods/web/rps?labelSelector=a",
    { ...nothing, namespace: "ns", resource: "pods", name: "web", metric: "rps" },
  ],
])("%s is read", (path, read) => {
  expect(routeOf(`${G}/${path}`)).toEqual({ kind: "customMetric", version: "v1beta1", read, timeoutMs: undefined });
});

test("the version of the answer and the client's timeout are those of the request", () => {
  const route = routeOf("/apis/custom.metrics.k8s.io/v1beta2/nodes/n1/load?timeout=300ms");
  expect(route).toMatchObject({ kind: "customMetric", version: "v1beta2", timeoutMs: 300 });
});

describe("what differs from the library of the original", () => {
  test.each([
    // What is authorized is the namespace or the resource `x`, not what the path seems to name.
    ["namespaces/ns/status", 400, "GET"],
    ["namespaces/ns/status/a/b", 404, "GET"],
    ["namespaces/ns/finalize/a/b", 404, "GET"],
    ["watch/x/y", 404, "GET"],
    ["proxy/x/y", 404, "GET"],
    ["namespaces/ns/.x/a/b", 404, "GET"],
    ["namespaces/ns/pods./a/b", 404, "GET"],
    ["namespaces/*/pods/*/rps", 404, "GET"],
    // As in the external metrics API.
    ["namespaces/ns/pods/web/rps/", 404, "GET"],
    ["namespaces//pods/web/rps", 404, "GET"],
    ["namespaces/ns/pods/../rps", 404, "GET"],
    ["namespaces/ns/pods/*/rps?watch=true", 405, "GET"],
    ["namespaces/ns/pods/*/rps", 405, "HEAD"],
    // A mistake of the client is not an error of the server.
    ["namespaces/ns/pods/*/rps?metricLabelSelector=%3D%3D", 400, "GET"],
    ["namespaces/ns/pods/*/rps?metricLabelSelector=a%3E5", 400, "GET"],
    // The HPA controller never sends `!=`, but people do.
    ["namespaces/ns/pods/*/rps?metricLabelSelector=a!%3Db", 200, "GET"],
  ])("%s gets %i (%s)", (path, status, method) => {
    expect(statusOf(`${G}/${path}`, method)).toBe(status);
  });
});

const vectors: { method: string; path: string; attributes: string[] | null; status: number }[] = JSON.parse(
  readFileSync(new URL("custom.vectors.json", import.meta.url), "utf8"),
);

test.each(vectors)("$method $path is authorized as the API server reads it", ({ method, path, attributes }) => {
  const target = parse(method, `/apis/custom.metrics.k8s.io/${path}`);
  const found = target.wellFormed && target.attributes.resourceRequest ? target.attributes : undefined;
  expect(found && [found.verb, found.namespace, found.resource, found.subresource, found.name]).toEqual(
    attributes ?? undefined,
  );
});

test("whatever is asked, what is read is what is authorized", () => {
  const piece = fc.constantFrom(
    ...[
      "namespaces",
      "ns",
      "pods",
      "pods.apps",
      "metrics",
      "status",
      "watch",
      "proxy",
      "*",
      "rps",
      "",
      ".",
      "..",
      "a.",
    ],
    ...["%2A", "%2e", "?labelSelector=a", "?watch=1", "NAMESPACES"],
  );
  const paths = fc.array(piece, { minLength: 3, maxLength: 6 }).map((pieces) => `${G}/${pieces.join("/")}`);
  const read = new Set<string>();
  fc.assert(
    fc.property(paths, (url) => {
      const target = parse("GET", url);
      if (!target.wellFormed || target.route.kind !== "customMetric") return;
      const { namespace, group, resource, name, metric } = target.route.read;
      const full = group === "" ? resource : `${resource}.${group}`;
      const scope = namespace === "" ? "" : `namespaces/${namespace}/`;
      const [path = ""] = url.split("?");
      const asked = decodeURIComponent(path.slice(G.length + 1));
      const isOfNamespace = asked === `namespaces/${name}/metrics/${metric}`;
      if (!isOfNamespace) expect(asked).toBe(`${scope}${full}/${name}/${metric}`);
      read.add(isOfNamespace ? "namespace" : namespace === "" ? "root" : "object");
      expect(target.attributes).toMatchObject(
        isOfNamespace
          ? { verb: "get", namespace: name, resource: "metrics", name: metric, subresource: "" }
          : { verb: "get", namespace, resource: full, name, subresource: metric },
      );
    }),
    { numRuns: 20_000 },
  );
  expect([...read].sort()).toEqual(["namespace", "object", "root"]);
});

test("a path of a group that is not served is unknown, whatever else is wrong with it", () => {
  for (const path of [G, `${G}/`, "/apis/custom.metrics.k8s.io", `${G}/nodes/n1/load?limit=x`, `/openapi/v3${G}`]) {
    for (const method of ["GET", "POST"]) {
      const target = parseTarget(method, path);
      expect(target).toMatchObject({ route: { kind: "refused", status: { code: 404 } } });
    }
  }
});
