import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { until } from "../until.ts";
import { available } from "./adapterProcess.ts";
import { GROUP_PATH, metricPath, type Stage } from "./stage.ts";

/** Life and death of the one adapter. Last, since it ends it. */
export function availability(stage: () => Stage): void {
  test("1 the APIService is available", async () => {
    expect(await available(stage().plane)).toBe("Passed: all checks passed");
  });

  test("3 a namespace that is deleted goes", async () => {
    const { plane } = stage();
    await plane.kubectl(["create", "namespace", "short"]);
    await plane.kubectl(["delete", "namespace", "short", "--wait", "--timeout=30s"]);
  }, 40_000);

  test("4 the availability probe is answered at once while Prometheus is down", async () => {
    const { plane, direct } = stage();
    await plane.kill("prometheus");
    const probes = await Promise.all(
      Array.from({ length: 5 }, () => direct.proxied(GROUP_PATH, { user: "system:kube-aggregator" })),
    );
    for (const { status, milliseconds } of probes) expect([status, milliseconds < 500]).toEqual([200, true]);
    await plane.start("prometheus");
  }, 60_000);

  test("62 without an API server who is known is served, and who is not is no success", async () => {
    const { plane, direct } = stage();
    const METRIC = metricPath("prometheus-query", undefined, "ns");
    await plane.kill("kube-apiserver");
    try {
      expect((await direct.get("/livez")).status).toBe(200);
      expect((await direct.proxied(METRIC)).status).toBe(200);
      const unknown = await direct.proxied(METRIC, { user: "new", groups: [] });
      expect([unknown.status, unknown.headers["retry-after"]]).toEqual([500, undefined]);
    } finally {
      await plane.start("kube-apiserver");
    }
    await until("the API server to reach the adapter", async () => (await stage().read(METRIC)).status === 200, 40);
  }, 120_000);

  test("75 SIGTERM under load fails no read, and readiness goes first", async () => {
    const { adapter, read, direct } = stage();
    const METRIC = metricPath("prometheus-query", undefined, "ns");
    const failed: number[] = [];
    let loading = true;
    const load = (async () => {
      while (loading) {
        const { status } = await read(METRIC);
        if (status !== 200) failed.push(status);
        await pause(20);
      }
    })();
    const ended = adapter.end("SIGTERM");
    await until("not ready", async () => (await direct.get("/readyz")).status === 500, 3);
    await pause(3_000); // within the notice that it gives to whoever routes to it
    loading = false;
    await load;
    expect(failed).toEqual([]);
    await ended;
  }, 40_000);

  test("2, 3 while it is down the API server says so and namespaces hang; then all is well again", async () => {
    const { plane, adapter } = stage();
    expect(await available(plane, "False", 40)).toMatch(/^FailedDiscoveryCheck: /);
    await plane.kubectl(["create", "namespace", "hanging"]);
    await plane.kubectl(["delete", "namespace", "hanging", "--wait=false"]);
    const text = await until("the reason", async () => {
      const got = await plane.kubectl(["get", "namespace", "hanging", "-o", "json"]);
      return got.includes("NamespaceDeletionDiscoveryFailure") && got;
    });
    expect(text).toContain("external.metrics.k8s.io/v1beta1");
    await adapter.begin();
    await available(plane, "True", 35);
    await until(
      "the namespace to be gone",
      async () => !(await plane.kubectl(["get", "namespace", "-o", "name"])).includes("hanging"),
      60,
    );
  }, 180_000);
}
