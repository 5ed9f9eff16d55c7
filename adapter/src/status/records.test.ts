import { type Problem, readHpa } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { parseHpa, storedStatus } from "../hpas/hpa.ts";
import { createMetricRegistry } from "../hpas/metricRegistry.ts";
import { createRecords } from "./records.ts";
import { statusOfOne } from "./statusList.ts";

const ID = "test/podinfo";
const DOWN: Problem = {
  code: "ASM_PROMETHEUS_UNREACHABLE",
  severity: "error",
  message: "http://user:secret@prometheus:9090/path?token=secret refuses connections",
  remedy: "start it",
};

/** One HPA of two metrics, `rps` and `p99`, by an API server, an HPA controller and reads that are played by hand. */
function scene() {
  let now = 1_800_000_000_000;
  const metricRegistry = createMetricRegistry({
    checkSpec: () => undefined,
    onAdd: () => undefined,
    onRemove: () => undefined,
  });
  const records = createRecords(metricRegistry.hpaMetrics, { wall: () => now });
  const queries = { rps: "sum(rate(istio_requests_total[1m]))", p99: "latency" };
  const put = (status: object) => {
    const object = {
      metadata: {
        namespace: "test",
        name: "podinfo",
        annotations: Object.fromEntries(
          Object.entries(queries).map(([name, query]) => [`metric-config.external.${name}.prometheus/query`, query]),
        ),
      },
      spec: {
        maxReplicas: 10,
        scaleTargetRef: { kind: "Deployment", name: "podinfo" },
        metrics: Object.keys(queries).map((name) => ({
          type: "External",
          external: {
            metric: { name, selector: { matchLabels: { type: "prometheus" } } },
            target: name === "rps" ? { type: "AverageValue", averageValue: "10" } : { type: "Value", value: "250" },
          },
        })),
      },
      status,
    };
    const hpa = parseHpa(object);
    if (!hpa) throw new Error("the test's HPA has no name");
    metricRegistry.put(hpa);
    records.seen(ID, storedStatus(readHpa(object)));
  };
  const spec = (name: string) => {
    const found = metricRegistry.hpaMetrics(ID)?.specs.find(({ metricName }) => metricName === name);
    if (!found) throw new Error(`there is no metric ${name}`);
    return found;
  };
  return {
    records,
    queries,
    put,
    spec,
    serve: (name: string, value: number) =>
      records.served(ID, spec(name), { milli: BigInt(value * 1000), quantity: "", evaluatedAt: now - 1_000 }),
    trouble: (name: string, refused: boolean) => records.troubled(ID, spec(name).queryKey, DOWN, { refused }),
    pass: (ms: number) => {
      now += ms;
    },
    status: () => statusOfOne({ ...metricRegistry, records, isSynced: () => true, now: () => now }, ID),
  };
}

const usage = (value: string) => ({
  currentReplicas: 4,
  currentMetrics: [
    { type: "External", external: { metric: { name: "rps" }, current: { averageValue: value } } },
    { type: "" },
  ],
});

describe("the record of an HPA", () => {
  test("tells the reading that was served, and when it was evaluated", () => {
    const { put, serve, status } = scene();
    put({ currentReplicas: 4 });
    serve("rps", 38);
    expect(status()?.metrics[0]).toMatchObject({
      reading: { value: 38, evaluatedAt: 1_799_999_999_000 },
      proposal: { replicas: 4, formula: "ceil(38 / 10) = 4" },
    });
  });

  test("tells what the HPA controller noted while another replica of the adapter is asked", () => {
    const { put, serve, pass, status } = scene();
    put({ currentReplicas: 4 });
    serve("rps", 38);
    pass(61_000);
    put(usage("9500m"));
    expect(status()?.metrics[0]?.reading).toEqual({ value: 38 });
    put(usage("7"));
    expect(status()?.metrics[0]?.reading).toEqual({ value: 28 });
  });

  test("names the metric that decides and the one without a reading", () => {
    const { put, serve, trouble, status } = scene();
    put({ currentReplicas: 4 });
    serve("rps", 20);
    trouble("p99", true);
    expect(status()).toMatchObject({ state: "problem", decides: 0, replicas: { current: 4, next: 4 } });
    expect(status()?.sentence).toContain("another of its metrics has no reading");
  });

  test("has no secret of a server's URL", () => {
    const { put, trouble, status } = scene();
    put({ currentReplicas: 4 });
    trouble("rps", true);
    expect(JSON.stringify(status())).not.toContain("secret");
    expect(status()?.problems[0]?.message).toContain("http://prometheus:9090/…");
  });

  test("has a warning while a reading is held, and nothing after it recovered", () => {
    const { put, serve, trouble, records, spec, status } = scene();
    put({ currentReplicas: 4 });
    serve("rps", 38);
    trouble("rps", false);
    expect(status()?.problems.map(({ severity }) => severity)).toEqual(["warning"]);
    expect(status()?.metrics[0]?.reading?.value).toBe(38);
    records.well(ID, spec("rps").queryKey);
    expect(status()?.problems).toEqual([]);
  });

  test("forgets trouble that nobody was told for two minutes", () => {
    const { put, trouble, pass, status } = scene();
    put({ currentReplicas: 4 });
    trouble("rps", true);
    pass(121_000);
    expect(status()?.problems).toEqual([]);
  });

  test("goes on where a query stays and begins anew where it changes", () => {
    const { put, serve, queries, status } = scene();
    put({ currentReplicas: 4 });
    serve("rps", 38);
    serve("p99", 100);
    queries.p99 = "another_latency";
    put({ currentReplicas: 4 });
    expect(status()?.metrics.map(({ history }) => history?.readings.at(-1))).toEqual([38, undefined]);
  });

  test("is gone with its HPA", () => {
    const { put, serve, records, status } = scene();
    put({ currentReplicas: 4 });
    serve("rps", 38);
    records.forget(ID);
    expect(records.of(ID)).toBeUndefined();
    expect(status()).toBeUndefined();
  });
});

test("the record of an Object metric has its place among metrics of other types, and its reading", () => {
  const metricRegistry = createMetricRegistry({
    ...{ checkSpec: () => undefined, servesObjects: true },
    ...{ onAdd: () => undefined, onRemove: () => undefined },
  });
  const now = 1_800_000_000_000;
  const records = createRecords(metricRegistry.hpaMetrics, { wall: () => now });
  const described = (name: string) => ({
    type: "Object",
    object: {
      metric: { name: "hits" },
      describedObject: { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name },
      target: { type: "Value", value: "10" },
    },
  });
  const object = {
    metadata: {
      namespace: "test",
      name: "podinfo",
      annotations: { "metric-config.object.hits.prometheus/query": "x" },
    },
    spec: {
      maxReplicas: 10,
      scaleTargetRef: { kind: "Deployment", name: "podinfo" },
      metrics: [{ type: "Resource", resource: { name: "cpu" } }, described("front"), described("back")],
    },
    status: { currentReplicas: 4 },
  };
  const hpa = parseHpa(object);
  if (!hpa) throw new Error("the test's HPA has no name");
  metricRegistry.put(hpa);
  records.seen(ID, storedStatus(readHpa(object)));
  const [, back] = metricRegistry.hpaMetrics(ID)?.specs ?? [];
  if (!back) throw new Error("there is no second metric");
  records.served(ID, back, { milli: 20_000n, quantity: "20", evaluatedAt: now });
  expect(records.of(ID)?.metrics.map(({ place, milli }) => [place, milli])).toEqual([
    [1, undefined],
    [2, 20_000],
  ]);
  const status = statusOfOne({ ...metricRegistry, records, isSynced: () => true, now: () => now }, ID);
  expect(status?.metrics[2]).toMatchObject({ query: "x", reading: { value: 20 } });
});
