import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { MetricValue } from "./dependencies.ts";
import { type Fixture, GROUP_PATH, METRIC_PATH, startFixture } from "./fixture.testing.ts";

let fixture: Fixture;
let get: Fixture["get"];
beforeAll(async () => {
  fixture = await startFixture();
  get = fixture.get;
});
afterEach(() => fixture.reset());
afterAll(() => fixture.server.close());

describe("the forms of an answer", () => {
  const reading: MetricValue = {
    metricName: "prometheus-query",
    labels: { "query-name": "rps" },
    value: "10056m",
    evaluatedAt: Date.parse("2026-01-02T03:04:05.9Z"),
  };
  const table =
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

  test("a table, where one is asked for", async () => {
    fixture.backstage.read = async () => ({ ok: true, readings: [reading] });
    const reply = await get(METRIC_PATH, { headers: { Accept: table } });
    expect(reply.headers["content-type"]).toBe("application/json");
    const { kind, apiVersion, rows, columnDefinitions } = JSON.parse(reply.body);
    expect([kind, apiVersion]).toEqual(["Table", "meta.k8s.io/v1"]);
    expect(rows).toEqual([
      {
        cells: ["prometheus-query", "query-name=rps", "10056m", "2026-01-02T03:04:05Z", ""],
        object: {
          kind: "PartialObjectMetadata",
          apiVersion: "meta.k8s.io/v1",
          metadata: { name: "prometheus-query", namespace: "ns", creationTimestamp: null },
        },
      },
    ]);
    expect(columnDefinitions).toHaveLength(rows[0].cells.length);
  });

  test("a header says where the only value is from, if it has several sources", async () => {
    const source = '{"from":"pods"}';
    fixture.backstage.read = async () => ({ ok: true, readings: [{ ...reading, source }] });
    const one = await get(METRIC_PATH);
    expect(one.headers["asm-metrics-source"]).toBe(source);
    expect(one.body).not.toContain("pods");
    fixture.backstage.read = async () => ({ ok: true, readings: [{ ...reading, source }, reading] });
    expect((await get(METRIC_PATH)).headers["asm-metrics-source"]).toBeUndefined();
    fixture.backstage.read = async () => ({ ok: true, readings: [reading] });
    expect((await get(METRIC_PATH)).headers["asm-metrics-source"]).toBeUndefined();
  });

  test("the listing of a namespace: each reading, and in the table why another is missing", async () => {
    fixture.backstage.names = ["prometheus-query", "broken", "prometheus-query"];
    fixture.backstage.read = async (_, metric) =>
      metric === "broken" ? { ok: false, message: "no series" } : { ok: true, readings: [reading] };
    const path = `${GROUP_PATH}/namespaces/ns/externalmetrics`;
    const list = JSON.parse((await get(path)).body);
    expect(list.kind).toBe("ExternalMetricValueList");
    expect(list.items).toHaveLength(1);
    const { rows } = JSON.parse((await get(`${path}?limit=500`, { headers: { Accept: table } })).body);
    expect(rows.map(({ cells }: { cells: string[] }) => [cells[0], cells[2], cells[4]])).toEqual([
      ["prometheus-query", "10056m", ""],
      ["broken", "<unknown>", "no series"],
    ]);
  });

  test("the HPA controller never gets the listing, whose values it would add up", async () => {
    fixture.backstage.names = ["prometheus-query"];
    fixture.backstage.read = async (_, metric) => ({
      ok: true,
      readings: metric === "externalmetrics" ? [] : [reading],
    });
    fixture.backstage.identity = {
      user: "system:serviceaccount:kube-system:horizontal-pod-autoscaler",
      uid: "",
      groups: [],
      extra: new Map(),
    };
    expect(JSON.parse((await get(`${GROUP_PATH}/namespaces/ns/externalmetrics`)).body).items).toEqual([]);
  });

  test("YAML, errors too", async () => {
    fixture.backstage.read = async () => ({ ok: true, readings: [reading] });
    const headers = { Accept: "application/yaml" };
    const reply = await get(METRIC_PATH, { headers });
    expect(reply.headers["content-type"]).toBe("application/yaml");
    expect(reply.body).toBe(
      'apiVersion: external.metrics.k8s.io/v1beta1\nitems:\n- metricLabels:\n    query-name: rps\n  metricName: prometheus-query\n  timestamp: "2026-01-02T03:04:05Z"\n  value: 10056m\nkind: ExternalMetricValueList\nmetadata: {}\n',
    );
    expect((await get("/nowhere", { headers })).body).toContain("reason: NotFound\n");
  });

  test.each(["text/html", "application/vnd.kubernetes.protobuf"])("%s alone is not acceptable", async (Accept) => {
    const reply = await get(METRIC_PATH, { headers: { Accept } });
    expect([reply.status, reply.headers["content-type"]]).toEqual([406, "application/json"]);
    expect(reply.body).toBe(
      '{\n  "kind": "Status",\n  "apiVersion": "v1",\n  "metadata": {},\n  "status": "Failure",\n  "message": "406: Not Acceptable\\n\\nAvailable representations: application/json, application/yaml",\n  "reason": "NotAcceptable",\n  "details": {},\n  "code": 406\n}',
    );
  });
});
