import { expect, test } from "@jest/globals";
import { until } from "../until.ts";
import type { Stage } from "./stage.ts";

const AGGREGATOR = { user: "system:aggregator", groups: [] };
const DOCUMENT = "/openapi/v3/apis/external.metrics.k8s.io/v1beta1";

/** What the OpenAPI aggregator and `kubectl explain` ask for. */
export function openapi(stage: () => Stage): void {
  test("12 the aggregator reads v2 and v3, and keeps what it has", async () => {
    const { direct } = stage();
    for (const path of ["/openapi/v2", "/openapi/v3", DOCUMENT]) {
      const { status, headers } = await direct.proxied(path, AGGREGATOR);
      expect([path, status]).toEqual([path, 200]);
      const tag = String(headers.etag);
      const again = await direct.proxied(path, { ...AGGREGATOR, headers: { "If-None-Match": tag } });
      expect([path, again.status]).toEqual([path, 304]);
    }
  });

  test("14 the API server lists our document, and kubectl explains it", async () => {
    const { plane, read } = stage();
    await until(
      "our path",
      async () => {
        const { body } = await read("/openapi/v3");
        return JSON.stringify(body).includes("apis/external.metrics.k8s.io/v1beta1");
      },
      70,
    );
    const text = await until(
      "an explanation",
      () => plane.kubectl(["explain", "externalmetrics.external.metrics.k8s.io"]),
      70,
    );
    expect(text).toMatch(/ExternalMetricValueList/);
    expect(text).toMatch(/items/);
  }, 150_000);

  test("15 the API server's merged v2 document still serves, and its log has no complaint", async () => {
    const { plane, read } = stage();
    expect((await read("/openapi/v2", { Accept: "application/json" })).status).toBe(200);
    // That nobody answers is what it says of an adapter that is only starting.
    const log = (await plane.logOf("kube-apiserver")).replaceAll(
      /^.*(?:ResponseCode: 503|connection refused).*$/gm,
      "",
    );
    expect(log.split("\n").filter((line) => /openapi.*(?:failed|error).*external\.metrics/i.test(line))).toEqual([]);
  });

  test("16 another hash leads to the right one, and protobuf alone is refused", async () => {
    const { direct } = stage();
    const moved = await direct.proxied(`${DOCUMENT}?hash=wrong`);
    expect(moved.status).toBe(301);
    const found = await direct.proxied(String(moved.headers.location));
    expect([found.status, found.json !== undefined]).toEqual([200, true]);
    const accept = "application/com.github.proto-openapi.spec.v3@v1.0+protobuf";
    expect((await direct.proxied(DOCUMENT, { headers: { Accept: accept } })).status).toBe(406);
  });
}
