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
    const first = await Promise.race([get(GROUP_PATH), slow]);
    expect(first.status).toBe(200);
    expect((await slow).status).toBe(504);
  });

  test("the aggregated form has one resource whatever is registered, is kept by its tag, and has that tag alone", async () => {
    fixture.backstage.names = ["a", "b"];
    const Accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const reply = await get("/apis", { headers: { Accept } });
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject({ "content-type": Accept, vary: "Accept", "cache-control": "public" });
    const [item] = JSON.parse(reply.body).items;
    expect(item.metadata).toEqual({ name: "external.metrics.k8s.io" });
    expect(item.versions).toEqual([
      {
        version: "v1beta1",
        resources: [
          {
            resource: "externalmetrics",
            responseKind: { group: "", version: "", kind: "ExternalMetricValueList" },
            scope: "Namespaced",
            singularResource: "",
            verbs: ["get"],
          },
        ],
        freshness: "Current",
      },
    ]);
    const tag = String(reply.headers.etag);
    expect(tag).toMatch(/^"[0-9A-F]{64}"$/);
    const again = await get("/apis", { headers: { Accept, "If-None-Match": tag } });
    expect([again.status, again.body]).toEqual([304, ""]);
    expect((await get("/apis", { headers: { Accept, "If-None-Match": '"x"' } })).status).toBe(200);
    // The aggregator sends that tag to the list too.
    expect((await get(GROUP_PATH, { headers: { "If-None-Match": tag } })).status).toBe(200);
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
    const proto = await get("/openapi/v3", {
      headers: { Accept: "application/com.github.proto-openapi.spec.v3@v1.0+protobuf" },
    });
    expect(proto.status).toBe(406);
  });

  test("OpenAPI v2 has the same schemas, all references in itself, and a tag", async () => {
    const reply = await get("/openapi/v2");
    const { swagger, definitions } = JSON.parse(reply.body);
    expect([reply.status, swagger]).toEqual([200, "2.0"]);
    const references = [...reply.body.matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)].map(([, name]) => String(name));
    expect(references.length).toBeGreaterThan(3);
    expect(references.filter((name) => !(name in definitions))).toEqual([]);
    const tag = String(reply.headers.etag);
    expect((await get("/openapi/v2", { headers: { "If-None-Match": tag } })).status).toBe(304);
  });

  test("the version", async () => {
    expect(JSON.parse((await get("/version")).body)).toMatchObject({ gitVersion: "v0.1.0" });
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

  test("in time is a timeout, also when the client asks for it", async () => {
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

  test("bad credentials are unauthorized on a health check too", async () => {
    fixture.backstage.identity = { refused: "unauthorized", reason: "" };
    expect((await get("/healthz")).status).toBe(401);
  });

  test("the connection of an unauthenticated client is closed", async () => {
    fixture.backstage.identity = { refused: "anonymous", reason: "" };
    expect((await get(GROUP_PATH)).headers.connection).toBe("close");
  });

  test("credentials that cannot be judged yet are asked to come again, never with a time to wait", async () => {
    fixture.backstage.identity = { refused: "starting", reason: "" };
    for (const path of [GROUP_PATH, METRIC_PATH, "/openapi/v3", "/openapi/v2"]) {
      const reply = await get(path);
      expect([reply.status, JSON.parse(reply.body).reason]).toEqual([503, "ServiceUnavailable"]);
      expect(reply.headers).not.toHaveProperty("retry-after");
    }
    expect((await get("/livez")).status).toBe(200);
  });

  test("a token that could not be reviewed is asked to come again, with a code", async () => {
    fixture.backstage.identity = { refused: "unreviewed", reason: "" };
    const reply = await get(METRIC_PATH);
    expect([reply.status, JSON.parse(reply.body).message]).toEqual([
      503,
      expect.stringMatching(/^ASM_TOKEN_NOT_REVIEWED: /),
    ]);
    expect((await get("/livez")).status).toBe(200);
  });

  test("health is open to all without credentials, and never a question of permission", async () => {
    fixture.backstage.identity = { refused: "anonymous", reason: "" };
    fixture.backstage.authorize = () => ({ allowed: false, reason: "" });
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

describe("what a user may", () => {
  test("is asked with the attributes of the very request that is dispatched", async () => {
    const asked: unknown[] = [];
    fixture.backstage.authorize = (identity, attributes) => {
      asked.push([identity.user, attributes]);
      return { allowed: false, reason: "RBAC: no" };
    };
    const reply = await get(`${METRIC_PATH}?labelSelector=a%3Db`);
    expect(reply.status).toBe(403);
    expect(JSON.parse(reply.body).message).toBe(
      'prometheus-query.external.metrics.k8s.io is forbidden: User "hpa" cannot list resource "prometheus-query" in API group "external.metrics.k8s.io" in the namespace "ns": RBAC: no',
    );
    expect(asked).toEqual([
      [
        "hpa",
        expect.objectContaining({
          verb: "list",
          resource: "prometheus-query",
          namespace: "ns",
          labelSelector: [{ key: "a", operator: "=", values: ["b"] }],
        }),
      ],
    ]);
  });

  test.each(["/nowhere", `${GROUP_PATH}/namespaces/ns/m?limit=x`, "/version", GROUP_PATH, "/livez/ping"])(
    "comes before what is there: %s",
    async (path) => {
      fixture.backstage.authorize = () => ({ allowed: false, reason: "" });
      expect((await get(path)).status).toBe(403);
    },
  );

  test("is an error of ours where nobody can be asked", async () => {
    fixture.backstage.authorize = () => Promise.reject(new Error("connect ECONNREFUSED"));
    const reply = await get(METRIC_PATH);
    expect(JSON.parse(reply.body)).toMatchObject({ kind: "Status", reason: "InternalError", code: 500 });
    expect(reply.body).toContain("could not be asked what user");
    expect(reply.body).not.toContain("ECONNREFUSED");
    expect(fixture.backstage.entries.at(-1)).toMatchObject({ status: 500, error: new Error("connect ECONNREFUSED") });
  });

  test("holds no reader longer than a read may take, and is not blamed on Prometheus", async () => {
    fixture.backstage.authorize = () => new Promise(() => {});
    const reply = await get(`${METRIC_PATH}?timeout=30ms`);
    expect(JSON.parse(reply.body)).toMatchObject({ reason: "Timeout", code: 504 });
    expect(reply.body).not.toContain("Prometheus");
  });
});
