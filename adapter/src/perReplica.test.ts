import type { MetricSpec } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import type { Kubernetes } from "./kubernetes/client.ts";
import { createResourceNames } from "./kubernetes/resourceNames.ts";
import { dividePerReplica } from "./perReplica.ts";
import { noReadingCounts } from "./readings/readingCounts.ts";
import type { Readings } from "./readings/readings.ts";
import type { ReadOutcome } from "./readings/staleness.ts";

const perReplicaOf = { apiVersion: "apps/v1", kind: "Deployment", name: "shop" };
const QUERY = { text: "hits" };
const spec = { metricName: "hits", labels: {}, query: QUERY, queryKey: "k", perReplicaOf } as unknown as MetricSpec;

/** Readings of a fixed value, divided by the replicas of a scale. */
function scene(
  scale: () => unknown,
  outcome: ReadOutcome = { ok: true, reading: { milli: 100_000n, quantity: "100", evaluatedAt: 7 } },
) {
  const paths: string[] = [];
  const kubernetes = {
    async call(_method: string, path: string) {
      paths.push(path);
      return path.endsWith("/scale") ? scale() : { resources: [{ kind: "Deployment", name: "deployments" }] };
    },
  } as unknown as Kubernetes;
  const names = createResourceNames(kubernetes, { monotonic: () => 0 });
  const plain = { read: async () => outcome, counts: noReadingCounts() } as unknown as Readings;
  return { readings: dividePerReplica(plain, kubernetes, names), paths };
}

const status = (replicas?: unknown) => () => ({ spec: { replicas: 99 }, status: { replicas } });

describe("a metric with per-replica", () => {
  test.each([
    [4, "25"],
    [3, "33333m"],
    [1, "100"],
  ])("is divided by the %d replicas in the status of its target", async (replicas, quantity) => {
    const { readings, paths } = scene(status(replicas));
    expect(await readings.read(spec, "test")).toEqual({
      ok: true,
      reading: expect.objectContaining({ quantity, evaluatedAt: 7 }),
    });
    expect(paths.at(-1)).toBe("/apis/apps/v1/namespaces/test/deployments/shop/scale");
  });

  test.each([
    ["0 replicas", status(0)],
    ["replicas that the API omits, which are 0", status()],
    ["replicas that are no number", status("4")],
    ["negative replicas", status(-1)],
    ["half a replica", status(0.5)],
    ["no scale", () => Promise.reject(new Error("403 forbidden"))],
  ])("has no reading with %s", async (_name, scale) => {
    const { readings } = scene(scale);
    const outcome = await readings.read(spec, "test");
    expect(outcome).toMatchObject({ ok: false, problem: { code: "ASM_REPLICAS_UNKNOWN" } });
    expect(!outcome.ok && outcome.problem.message).toContain("Deployment shop");
  });

  test("keeps the problem of Prometheus, whatever the replicas are", async () => {
    const problem = { code: "ASM_NAN", severity: "error", message: "NaN", remedy: "" } as const;
    const { readings } = scene(status(0), { ok: false, problem });
    expect(await readings.read(spec, "test")).toEqual({ ok: false, problem });
  });

  test("is divided by the replicas of each read, and reads at the same time share one request", async () => {
    let replicas = 2;
    const { readings, paths } = scene(() => status(replicas)());
    const quantities = async () => {
      const outcomes = await Promise.all([readings.read(spec, "test"), readings.read(spec, "test")]);
      return outcomes.map((outcome) => outcome.ok && outcome.reading.quantity);
    };
    expect(await quantities()).toEqual(["50", "50"]);
    replicas = 10;
    expect(await quantities()).toEqual(["10", "10"]);
    expect(paths.filter((path) => path.endsWith("/scale"))).toHaveLength(2);
  });
});

test("a metric without per-replica is read as it is, without a request", async () => {
  const { readings, paths } = scene(status(4));
  const { perReplicaOf: _, ...plain } = spec;
  expect(await readings.read(plain, "test")).toMatchObject({ ok: true, reading: { quantity: "100" } });
  expect(paths).toEqual([]);
});
