import { expect, test } from "@jest/globals";
import { metricPath, type Stage } from "./stage.ts";

const METRIC = metricPath("prometheus-query", undefined, "ns");
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

/** Media types. Runs after `requests`, whose metric it reads. */
export function negotiation(stage: () => Stage): void {
  const ask = (accept: string | undefined, query = "") =>
    stage().direct.proxied(`${METRIC}${query}`, { headers: accept === undefined ? {} : { Accept: accept } });

  test.each([
    undefined,
    "*/*",
    "application/*",
    "application/vnd.kubernetes.protobuf, */*",
    "application/json;charset=utf-8",
  ])("28, 33 %s is JSON", async (accept) => {
    const { status, headers, json } = await ask(accept);
    expect([status, headers["content-type"]]).toEqual([200, "application/json"]);
    expect(json).toMatchObject({ kind: "ExternalMetricValueList" });
  });

  test.each(["application/vnd.kubernetes.protobuf", "text/html", "application/json;q=0", "image/*"])(
    "29, 30 %s is not acceptable, as a Status",
    async (accept) => {
      const { status, json } = await ask(accept);
      expect([status, json]).toEqual([406, expect.objectContaining({ kind: "Status", reason: "NotAcceptable" })]);
    },
  );

  test("31 YAML is YAML", async () => {
    const { status, headers, body } = await ask("application/yaml");
    expect([status, headers["content-type"]]).toEqual([200, "application/yaml"]);
    expect(body).toMatch(/^kind: ExternalMetricValueList$/m);
    expect(body).toMatch(/value: 10056m/);
  });

  test.each([TABLE, `${TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`])(
    "32 %s is a Table",
    async (accept) => {
      const { status, json } = await ask(accept);
      expect(status).toBe(200);
      expect(json).toMatchObject({ kind: "Table", apiVersion: "meta.k8s.io/v1", rows: [{ cells: expect.anything() }] });
    },
  );

  test("34 pretty is indented", async () => {
    expect((await ask(undefined, "?pretty=true")).body).toMatch(/^\{\n {2}"kind"/);
    expect((await ask(undefined)).body).toMatch(/^\{"kind"/);
  });
}
