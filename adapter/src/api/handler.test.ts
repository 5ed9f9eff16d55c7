import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { type Fixture, GROUP_PATH, METRIC_PATH, startFixture } from "./fixture.testing.ts";

let fixture: Fixture;
let get: Fixture["get"];
beforeAll(async () => {
  fixture = await startFixture();
  get = fixture.get;
});
afterEach(() => fixture.reset());
afterAll(() => fixture.server.close());

interface Vector {
  id: string;
  stored: { ns: string; name: string; labels: Record<string, string>; value: string; timestamp: string }[];
  request: { method: string; path: string; accept: string };
  expect: { status: number; contentType: string; body: string };
}
const vectors: Vector[] = JSON.parse(readFileSync(new URL("http.vectors.json", import.meta.url), "utf8"));

describe("answers recorded from the generic API server", () => {
  test.each(vectors)("$id $request.method $request.path", async (vector) => {
    const stored = vector.stored.map(({ ns, name, labels, value, timestamp }) => {
      return { namespace: ns, metricName: name, labels, value, evaluatedAt: Date.parse(timestamp) + 999 };
    });
    fixture.backstage.names = stored.map(({ metricName }) => metricName);
    fixture.backstage.read = async (namespace, metric) => {
      const readings = stored.filter((reading) => reading.namespace === namespace && reading.metricName === metric);
      return { ok: true, readings };
    };
    const { method, path, accept } = vector.request;
    const reply = await get(path, { method, headers: accept ? { Accept: accept } : {} });
    expect(reply.status).toBe(vector.expect.status);
    expect(reply.headers["content-type"]).toBe(vector.expect.contentType);
    // The address is the server's own.
    expect(reply.body).toBe(vector.expect.body.replace("127.0.0.1:443", `127.0.0.1:${fixture.port}`));
  });
});

describe("discovery", () => {
  test("no resource until an HPA registers one; then each name once, sorted", async () => {
    expect(JSON.parse((await get(GROUP_PATH)).body)).toEqual({
      kind: "APIResourceList",
      apiVersion: "v1",
      groupVersion: "external.metrics.k8s.io/v1beta1",
      resources: [],
    });
    fixture.backstage.names = ["z", "prometheus-query", "z"];
    const { resources } = JSON.parse((await get(GROUP_PATH)).body);
    expect(resources.map((resource: { name: string }) => resource.name)).toEqual(["prometheus-query", "z"]);
  });

  test("the availability probe is answered while every read hangs", async () => {
    fixture.backstage.read = () => new Promise(() => {});
    const slow = get(`${METRIC_PATH}?timeout=300ms`);
    const began = performance.now();
    expect((await get(GROUP_PATH)).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(250);
    expect((await slow).status).toBe(504);
  });

  test("the aggregated form alone is not acceptable, so that the aggregator falls back to the list", async () => {
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const reply = await get("/apis", { headers: { Accept: accept } });
    expect(reply.status).toBe(406);
    expect(JSON.parse(reply.body)).toMatchObject({ kind: "Status", reason: "NotAcceptable", code: 406 });
  });

  test("the group", async () => {
    const version = { groupVersion: "external.metrics.k8s.io/v1beta1", version: "v1beta1" };
    const group = { kind: "APIGroup", apiVersion: "v1", name: "external.metrics.k8s.io" };
    const { body } = await get("/apis/external.metrics.k8s.io");
    expect(JSON.parse(body)).toEqual({ ...group, versions: [version], preferredVersion: version });
  });

  test("OpenAPI v3 is found through its index, kept by its tag, and a wrong hash leads to the right one", async () => {
    const index = await get("/openapi/v3");
    const { paths } = JSON.parse(index.body);
    const url: string = paths["apis/external.metrics.k8s.io/v1beta1"].serverRelativeURL;
    const document = await get(url);
    expect(document.status).toBe(200);
    const { components } = JSON.parse(document.body);
    const missing = [...document.body.matchAll(/#\/components\/schemas\/([^"]+)/g)].filter(
      ([, name]) => !(String(name) in components.schemas),
    );
    expect(missing).toEqual([]);
    const tag = String(document.headers.etag);
    const again = await get(url, { headers: { "If-None-Match": tag } });
    expect([again.status, again.body]).toEqual([304, ""]);
    expect((await get("/openapi/v3", { headers: { "If-None-Match": tag } })).status).toBe(200);
    const wrong = await get(`/openapi/v3${GROUP_PATH}?hash=0`);
    expect([wrong.status, wrong.headers.location]).toEqual([301, url]);
    expect((await get("/openapi/v2")).status).toBe(404);
  });
});

describe("a reading that cannot be given", () => {
  test("is an error with the reason that the user will see", async () => {
    const message = "HPA ns/web, annotation a: ASM_X: 2 samples & <more>. Sum them.";
    fixture.backstage.read = async () => ({ ok: false, message });
    const reply = await get(METRIC_PATH);
    expect(reply.status).toBe(503);
    expect(JSON.parse(reply.body)).toMatchObject({ kind: "Status", message, reason: "ServiceUnavailable", code: 503 });
    expect(reply.headers).not.toHaveProperty("retry-after");
    expect(reply.body).not.toContain("<");
  });

  test("in time is a timeout, by the client's own wish too", async () => {
    fixture.backstage.read = () => new Promise(() => {});
    const reply = await get(`${METRIC_PATH}?timeout=20ms`);
    expect(JSON.parse(reply.body)).toMatchObject({ reason: "Timeout", code: 504 });
    expect(reply.body).not.toContain("retryAfter");
  });

  test("because of our own fault is an internal error without its cause; the log has it", async () => {
    fixture.backstage.read = () => Promise.reject(new Error("secret cause"));
    const reply = await get(METRIC_PATH);
    expect(JSON.parse(reply.body)).toMatchObject({ reason: "InternalError", code: 500 });
    expect(reply.body).not.toMatch(/secret|at /);
    expect(fixture.backstage.entries.at(-1)).toMatchObject({
      status: 500,
      error: new Error("secret cause"),
      user: "hpa",
      verb: "list",
    });
  });
});

describe("who may ask", () => {
  const targets = ["/apis", GROUP_PATH, METRIC_PATH, "/openapi/v3", "/metrics", "/livez/ping", `${METRIC_PATH}/extra`];

  test.each(targets)("without credentials %s is forbidden", async (path) => {
    fixture.backstage.identity = { refused: "anonymous", reason: "the client sent no certificate" };
    const reply = await get(path);
    expect([reply.status, JSON.parse(reply.body).reason]).toEqual([403, "Forbidden"]);
    expect(reply.headers["x-content-type-options"]).toBe("nosniff");
    expect(fixture.backstage.entries.at(-1)?.refusal).toBe("the client sent no certificate");
  });

  test.each(targets)("with bad credentials %s is unauthorized, and why stays with us", async (path) => {
    fixture.backstage.identity = { refused: "unauthorized", reason: "expired" };
    const reply = await get(path, { method: "POST" });
    expect(reply.status).toBe(401);
    expect(reply.headers).not.toHaveProperty("www-authenticate");
    expect(reply.body).toBe(
      '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}\n',
    );
  });

  test("the refusal is worded as the API server words it", async () => {
    fixture.backstage.identity = { refused: "anonymous", reason: "" };
    expect(JSON.parse((await get(`${GROUP_PATH}/namespaces/default/foo`)).body)).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message:
        'foo.external.metrics.k8s.io is forbidden: User "system:anonymous" cannot list resource "foo" in API group "external.metrics.k8s.io" in the namespace "default"',
      reason: "Forbidden",
      details: { group: "external.metrics.k8s.io", kind: "foo" },
      code: 403,
    });
    const { message } = JSON.parse((await get("/metrics&x")).body);
    expect(message).toBe('forbidden: User "system:anonymous" cannot get path "/metrics&amp;x"');
  });

  test("health is open to all", async () => {
    fixture.backstage.identity = { refused: "unauthorized", reason: "" };
    for (const path of ["/healthz", "/livez", "/readyz"]) {
      const { status, body } = await get(path);
      expect([status, body]).toEqual([200, "ok"]);
    }
    const head = await get("/readyz", { method: "HEAD" });
    expect([head.status, head.body]).toEqual([200, ""]);
    fixture.backstage.failing = ["hpas"];
    const reply = await get("/readyz");
    expect([reply.status, reply.body]).toEqual([500, "[-]hpas failed: reason withheld\nreadyz check failed\n"]);
  });
});
