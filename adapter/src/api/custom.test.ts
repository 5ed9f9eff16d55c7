import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { SERVER_NAME } from "./client.testing.ts";
import type { CustomMetricName, CustomMetrics, CustomRead, CustomResult, ObjectValue } from "./customMetrics.ts";
import { type Fixture, startFixture } from "./fixture.testing.ts";
import { MOST_LISTED } from "./resourceLists.ts";

const G = "/apis/custom.metrics.k8s.io";

/** Answers each read with what it was asked for, as the provider did behind which the vectors were recorded. */
function echo({ namespace, name, resource, metric }: CustomRead): CustomResult {
  const message = `the server could not find the metric ${metric} for ${resource} ${name}`;
  if (metric === "nope") return { ok: false, status: 404, message };
  const names = name === "*" ? ["a", "b"] : [name];
  return { ok: true, values: names.map((object) => value(namespace, object)) };
}

function value(namespace: string, name: string): ObjectValue {
  const evaluatedAt = Date.parse("2026-01-02T03:04:05.999Z");
  return { kind: "Pod", apiVersion: "v1", namespace, name, value: "10056m", evaluatedAt };
}

const names: CustomMetricName[] = [
  { name: "pods/rps", isNamespaced: true },
  { name: "ingresses.networking.k8s.io/hits", isNamespaced: true },
  { name: "namespaces/rps", isNamespaced: false },
  { name: "pods/rps", isNamespaced: true },
];
const custom: { names: readonly CustomMetricName[]; read: (read: CustomRead) => Promise<CustomResult> } = {
  names,
  read: async (read) => echo(read),
};
const provider: CustomMetrics = { metricNames: () => custom.names, read: (read) => custom.read(read) };

let fixture: Fixture;
let get: Fixture["get"];
beforeAll(async () => {
  fixture = await startFixture(provider);
  get = fixture.get;
});
afterEach(() => {
  fixture.reset();
  Object.assign(custom, { names, read: async (read: CustomRead) => echo(read) });
});
afterAll(() => fixture.server.close());

interface Vector {
  method: string;
  path: string;
  accept: string;
  status: number;
  body?: string;
}
const vectors: Vector[] = JSON.parse(readFileSync(new URL("custom.vectors.json", import.meta.url), "utf8"));

describe("answers recorded from custom-metrics-apiserver", () => {
  test.each(vectors)("$method $path $accept", async ({ method, path, accept, status, body }) => {
    const reply = await get(`${G}/${path}`, { method, headers: accept ? { Accept: accept } : {} });
    expect(reply.status).toBe(status);
    if (body !== undefined) expect(reply.body).toBe(body);
  });
});

describe("a value", () => {
  const path = `${G}/v1beta2/namespaces/ns/pods/*/rps`;

  test("has no leading slash in the version of its object", async () => {
    custom.read = async () => ({
      ok: true,
      values: [{ ...value("ns", "web"), kind: "Deployment", apiVersion: "apps/v1" }],
    });
    const [item] = JSON.parse((await get(path)).body).items;
    expect(item.describedObject).toEqual({ kind: "Deployment", namespace: "ns", name: "web", apiVersion: "apps/v1" });
  });

  test("repeats the selector of the series with every operator that a selector of objects has", async () => {
    const reply = await get(
      `${path}?metricLabelSelector=${encodeURIComponent("a=b,c!=d,e in (f,g),!h,i,j notin (k)")}`,
    );
    expect(JSON.parse(reply.body).items[0].metric).toEqual({
      name: "rps",
      selector: {
        matchLabels: { a: "b" },
        matchExpressions: [
          { key: "c", operator: "NotIn", values: ["d"] },
          { key: "e", operator: "In", values: ["f", "g"] },
          { key: "h", operator: "DoesNotExist" },
          { key: "i", operator: "Exists" },
          { key: "j", operator: "NotIn", values: ["k"] },
        ],
      },
    });
  });

  test("is a row of a table, where one is asked for", async () => {
    const reply = await get(path, { headers: { Accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } });
    const { kind, rows, columnDefinitions } = JSON.parse(reply.body);
    expect(kind).toBe("Table");
    expect(rows[1]).toEqual({
      cells: ["pod/b", "rps", "10056m", "2026-01-02T03:04:05Z"],
      object: {
        kind: "PartialObjectMetadata",
        apiVersion: "meta.k8s.io/v1",
        metadata: { name: "b", namespace: "ns", creationTimestamp: null },
      },
    });
    expect(columnDefinitions).toHaveLength(rows[0].cells.length);
  });

  test("that nothing has is an empty list, not null", async () => {
    custom.read = async () => ({ ok: true, values: [] });
    expect(JSON.parse((await get(path)).body).items).toEqual([]);
  });

  test.each([
    [400, "BadRequest"],
    [404, "NotFound"],
    [500, "InternalError"],
    [503, "ServiceUnavailable"],
  ] as const)("that cannot be given with %i is a Status with the whole message", async (status, reason) => {
    const message = "rule rules[0]: ASM_X: 2 samples. Sum them.";
    custom.read = async () => ({ ok: false, status, message });
    const reply = await get(path);
    expect(reply.status).toBe(status);
    expect(JSON.parse(reply.body)).toMatchObject({ kind: "Status", status: "Failure", message, reason, code: status });
    expect(reply.headers).not.toHaveProperty("retry-after");
  });

  test("that is not there in time is a timeout that names the objects", async () => {
    custom.read = () => new Promise(() => {});
    const reply = await get(`${path}?timeout=20ms`);
    expect(JSON.parse(reply.body)).toMatchObject({
      reason: "Timeout",
      code: 504,
      message:
        'no reading of metric "rps" of pods "*" in namespace "ns" within 20 ms; check that Prometheus answers its query',
    });
  });

  test("is refused as the API server refuses it, and the log has the request", async () => {
    fixture.backstage.authorize = () => ({ allowed: false, reason: "" });
    const reply = await get(path);
    expect(JSON.parse(reply.body)).toMatchObject({
      code: 403,
      message:
        'pods.custom.metrics.k8s.io "*" is forbidden: User "hpa" cannot get resource "pods/rps" in API group "custom.metrics.k8s.io" in the namespace "ns"',
    });
    expect(fixture.backstage.entries.at(-1)).toMatchObject({ status: 403, verb: "get", path, user: "hpa" });
  });
});

describe("discovery", () => {
  const read = async (path: string) => JSON.parse((await get(path)).body);

  test("both groups are listed, and the newest version of each is preferred", async () => {
    const { groups } = await read("/apis");
    expect(groups.map(({ name }: { name: string }) => name)).toEqual([
      "external.metrics.k8s.io",
      "custom.metrics.k8s.io",
    ]);
    const version = (name: string) => ({ groupVersion: `custom.metrics.k8s.io/${name}`, version: name });
    const versions = [version("v1beta2"), version("v1beta1")];
    expect(groups[1]).toMatchObject({ versions, preferredVersion: version("v1beta2") });
    expect(await read(G)).toEqual({
      kind: "APIGroup",
      apiVersion: "v1",
      name: "custom.metrics.k8s.io",
      versions,
      preferredVersion: version("v1beta2"),
    });
  });

  test.each(["v1beta1", "v1beta2"])("%s lists each metric once, with the one verb get", async (version) => {
    const entry = { singularName: "", kind: "MetricValueList", verbs: ["get"] };
    expect(await read(`${G}/${version}`)).toEqual({
      kind: "APIResourceList",
      apiVersion: "v1",
      groupVersion: `custom.metrics.k8s.io/${version}`,
      resources: [
        { ...entry, name: "pods/rps", namespaced: true },
        { ...entry, name: "ingresses.networking.k8s.io/hits", namespaced: true },
        { ...entry, name: "namespaces/rps", namespaced: false },
      ],
    });
  });

  test("the list is never empty, follows the metrics, and does not change the list of external metrics", async () => {
    custom.names = [];
    fixture.backstage.names = ["prometheus-query"];
    const listed = async (path: string) => (await read(path)).resources.map(({ name }: { name: string }) => name);
    expect(await listed(`${G}/v1beta2`)).toEqual(["metrics"]);
    custom.names = [{ name: "pods/x", isNamespaced: true }];
    expect(await listed(`${G}/v1beta2`)).toEqual(["pods/x"]);
    expect(await listed("/apis/external.metrics.k8s.io/v1beta1")).toEqual(["prometheus-query"]);
  });

  test("a long list is as a short one, ends at its limit, and is made once for all requests", async () => {
    let made = 0;
    const long = Array.from({ length: MOST_LISTED + 10 }, (_, index) => ({
      get name() {
        made += 1;
        return index % 10 === 9 ? "pods/<é>" : `pods/m${index}`;
      },
      isNamespaced: true,
    }));
    custom.names = long;
    const replies = await Promise.all(["v1beta1", "v1beta2", "v1beta1?pretty=true"].map((path) => get(`${G}/${path}`)));
    const [first, second] = replies.map(({ body }) => JSON.parse(body));
    expect(first.resources.map(({ name }: { name: string }) => name)).toEqual([
      ...new Set(long.slice(0, MOST_LISTED).map(({ name }) => name)),
    ]);
    expect(second).toEqual({ ...first, groupVersion: "custom.metrics.k8s.io/v1beta2" });
    expect(replies[0]?.body).toBe(`${JSON.stringify(first).replace("<é>", "\\u003cé\\u003e")}\n`);
    expect(replies[2]?.body).toBe(replies[0]?.body);
    made = 0;
    await get(`${G}/v1beta2`);
    expect(made).toBe(0);
  });

  test("a client that leaves in the middle of a long list disturbs nobody", async () => {
    custom.names = Array.from({ length: 20_000 }, (_, index) => ({ name: `pods/m${index}`, isNamespaced: true }));
    const target = { host: "127.0.0.1", servername: SERVER_NAME, port: fixture.port, ca: fixture.pair.authority.cert };
    const leaving = request({ ...target, path: `${G}/v1beta2`, agent: false }, (response) => response.destroy());
    leaving.end();
    await once(leaving, "close");
    expect((await read(`${G}/v1beta2`)).resources).toHaveLength(20_000);
  });

  test("the aggregated form has one resource per group and version, whatever metrics there are", async () => {
    const Accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const { items } = JSON.parse((await get("/apis", { headers: { Accept } })).body);
    expect(items.map(({ metadata }: { metadata: object }) => metadata)).toEqual([
      { name: "external.metrics.k8s.io" },
      { name: "custom.metrics.k8s.io" },
    ]);
    const resources = [
      {
        resource: "metrics",
        responseKind: { group: "", version: "", kind: "MetricValueList" },
        scope: "Namespaced",
        singularResource: "",
        verbs: ["get"],
      },
    ];
    expect(items[1].versions).toEqual([
      { version: "v1beta2", resources, freshness: "Current" },
      { version: "v1beta1", resources, freshness: "Current" },
    ]);
  });

  test("OpenAPI has a document for each version, with all references in itself and its own tag", async () => {
    const { paths } = await read("/openapi/v3");
    expect(Object.keys(paths)).toEqual([
      "apis/external.metrics.k8s.io/v1beta1",
      "apis/custom.metrics.k8s.io/v1beta2",
      "apis/custom.metrics.k8s.io/v1beta1",
    ]);
    const tags = new Set<unknown>();
    for (const version of ["v1beta1", "v1beta2"]) {
      const url = paths[`apis/custom.metrics.k8s.io/${version}`].serverRelativeURL;
      const reply = await get(url);
      const { components, paths: operations } = JSON.parse(reply.body);
      const references = [...reply.body.matchAll(/#\/components\/schemas\/([^"]+)/g)].map(([, name]) => String(name));
      expect(references.filter((name) => !(name in components.schemas))).toEqual([]);
      // `kubectl explain metrics.custom.metrics.k8s.io` finds the kind by this path.
      const { get: operation } = operations[`${G}/${version}/namespaces/{namespace}/metrics/{name}`];
      expect(operation["x-kubernetes-group-version-kind"]).toEqual({
        group: "custom.metrics.k8s.io",
        version,
        kind: "MetricValueList",
      });
      tags.add(reply.headers.etag);
      expect((await get(url, { headers: { "If-None-Match": String(reply.headers.etag) } })).status).toBe(304);
    }
    expect(tags.size).toBe(2);
  });

  test("OpenAPI v2 has the paths of both groups, unique operations, and all references in itself", async () => {
    const { body } = await get("/openapi/v2");
    const { paths, definitions } = JSON.parse(body);
    expect(Object.keys(paths)).toHaveLength(7);
    const ids = Object.values(paths).map((path) => (path as { get: { operationId: string } }).get.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const references = [...body.matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)].map(([, name]) => String(name));
    expect(references.filter((name) => !(name in definitions))).toEqual([]);
  });
});
