import { describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { HPA, type Hpa, hpaOf, KEY, podinfo, recordAutoscaler } from "../../testing/recordAutoscaler";
import { recordStack, tree } from "../../testing/recordStack";
import { TrafficAutoscaler, TrafficQueryDialect } from ".";

/** How the mocks show what is unknown at preview. */
const UNKNOWN = { __pulumiUnknown: true };

/** The guide's metric, with the guide's name for its query. */
const metrics = [{ requestsPerSecond: 10, queryName: "processed-requests-per-second" }];
const guide = { ...podinfo, metrics };

/** Step 4 of Alibaba Cloud's guide, in autoscaling/v2, its query without white space. */
const GUIDE = {
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: {
    name: "podinfo",
    namespace: "test",
    annotations: {
      [`${KEY}processed-requests-per-second`]:
        'sum(rate(istio_requests_total{destination_workload="podinfo",destination_workload_namespace="test",reporter="destination"}[1m]))',
    },
  },
  spec: {
    maxReplicas: 10,
    minReplicas: 1,
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "podinfo" },
    metrics: [
      {
        type: "External",
        external: {
          metric: {
            name: "prometheus-query",
            selector: { matchLabels: { "query-name": "processed-requests-per-second" } },
          },
          target: { type: "AverageValue", averageValue: "10" },
        },
      },
    ],
  },
};

function squeezed(hpa: Hpa): Hpa {
  const annotations = Object.entries(hpa.metadata.annotations).map(([key, query]) => [key, query.replace(/\s/g, "")]);
  return { ...hpa, metadata: { ...hpa.metadata, annotations: Object.fromEntries(annotations) } };
}

describe("what is registered", () => {
  // Guards names and parents: a change of either replaces the autoscaler of everyone who upgrades.
  test.each([false, true])("the tree (preview %s)", async (preview) => {
    const stack = await recordAutoscaler(podinfo, preview);
    expect(tree(stack)).toEqual([`web-hpa: ${HPA} < web`, "web: asm-autoscaler:index:TrafficAutoscaler"]);
  });

  test.each([false, true])("the guide's autoscaler, exactly (preview %s)", async (preview) => {
    expect(squeezed(await hpaOf(guide, preview))).toEqual(GUIDE);
  });

  test("any query under its name, as an average or as a value, next to requests", async () => {
    const hpa = await hpaOf({
      ...podinfo,
      metrics: [
        { requestsPerSecond: 0.5, windowSeconds: 90 },
        { query: "sum(queue_length)", queryName: "queue", averageValue: "1000" },
        { query: "  max(latency_seconds)\n", queryName: "latency", value: "0.25" },
      ],
    });
    expect(Object.keys(hpa.metadata.annotations).sort()).toEqual([
      `${KEY}latency`,
      `${KEY}podinfo-requests-per-second`,
      `${KEY}queue`,
    ]);
    expect(hpa.metadata.annotations[`${KEY}podinfo-requests-per-second`]).toContain("[1m30s]");
    expect(hpa.metadata.annotations[`${KEY}latency`]?.trim()).toBe("max(latency_seconds)");
    // As the API server prints them: anything else is a difference at each refresh.
    expect(hpa.spec.metrics.map((metric) => metric.external?.target)).toEqual([
      { type: "AverageValue", averageValue: "500m" },
      { type: "AverageValue", averageValue: "1k" },
      { type: "Value", value: "250m" },
    ]);
  });

  test("a query in the dialect of its server under its name, with the dialect beside it", async () => {
    const query = "range_max(queue_length[5m])";
    const hpa = await hpaOf({
      ...podinfo,
      metrics: [{ query, dialect: TrafficQueryDialect.Server, queryName: "queue", averageValue: "1000" }],
    });
    expect(hpa.metadata.annotations).toEqual({ [`${KEY}queue`]: query, [`${KEY}dialect.queue`]: "server" });
  });

  test("namespace and target from other resources are written into the query", async () => {
    const hpa = await hpaOf({ ...guide, namespace: pulumi.output("test"), target: pulumi.output("podinfo") });
    expect(squeezed(hpa)).toEqual(GUIDE);
  });

  test("what is unknown at preview leaves the rest of the preview known", async () => {
    const unknown = pulumi.output(pulumi.unknown).apply(String);
    const hpa = await hpaOf({ ...podinfo, namespace: unknown }, true);
    expect(hpa.metadata).toEqual({ name: "podinfo", namespace: UNKNOWN, annotations: UNKNOWN });
    expect(hpa.spec).toMatchObject({ minReplicas: 1, maxReplicas: 10, scaleTargetRef: { name: "podinfo" } });
  });

  test("its outputs are those of the autoscaler, so that whoever uses them waits for it", async () => {
    const seen: string[] = [];
    await recordStack(() => {
      const scaler = new TrafficAutoscaler("web", podinfo);
      pulumi.all([scaler.namespace, scaler.name]).apply((names) => seen.push(...names));
    });
    expect(seen).toEqual(["test", "podinfo"]);
  });
});

describe("two autoscalers in one namespace", () => {
  const web = { ...guide, target: "web" };
  const { target: _, ...untargeted } = podinfo;
  const inStatefulSet = { ...untargeted, targetRef: { kind: "StatefulSet", name: "podinfo" } };

  test("are refused when both have the guide's query name, since the adapter could serve neither", async () => {
    let inputErrors: unknown;
    const stack = await recordStack(() => {
      new TrafficAutoscaler("first", guide);
      inputErrors = inputErrorsOf(() => new TrafficAutoscaler("second", web));
    });
    expect(inputErrors).toEqual([["metrics[0].queryName", "ASM_QUERY_NAME_TAKEN"]]);
    expect(stack.filter(({ name }) => name.startsWith("second"))).toEqual([]);
  });

  test.each([
    ["scales the same workload", podinfo, "target"],
    ["scales the same workload by another name", { ...podinfo, name: "podinfo-2" }, "target"],
    ["has the same name for another workload", { ...podinfo, name: "podinfo", target: "web" }, "name"],
    ["has a workload of another kind, and so the same name", { ...inStatefulSet }, "name"],
  ])("are refused when the second %s", async (_what, second, path) => {
    let inputErrors: unknown;
    await recordStack(() => {
      new TrafficAutoscaler("first", { ...podinfo, metrics: [{ cpuUtilization: 70 }] });
      inputErrors = inputErrorsOf(() => new TrafficAutoscaler("second", second));
    });
    expect(inputErrors).toEqual([[path, "ASM_TARGET_SHARED"]]);
  });

  test.each([
    ["has a query name of its own", { ...web, metrics: [{ requestsPerSecond: 10, queryName: "shop-rps" }] }],
    [
      "scales a workload of another kind by a name of its own",
      { ...inStatefulSet, name: "set", metrics: [{ cpuUtilization: 70 }] },
    ],
    ["has the default query name", { ...podinfo, target: "web" }],
    ["is in another namespace", { ...web, namespace: "other" }],
  ])("are right when the second %s", async (_what, second) => {
    const stack = await recordStack(() => {
      new TrafficAutoscaler("first", guide);
      new TrafficAutoscaler("second", second);
    });
    expect(stack.filter(({ type }) => type === HPA)).toHaveLength(2);
  });

  test("of two runs of a program know nothing of each other", async () => {
    await recordStack(() => void new TrafficAutoscaler("first", guide));
    await recordStack(() => void new TrafficAutoscaler("first", web));
  });
});
