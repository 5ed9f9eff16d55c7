import { describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { mistakesOf } from "../../testing/mistakesOf";
import { only, recordStack, tree } from "../../testing/recordStack";
import { settled } from "../arguments/settled";
import { TrafficAutoscaler, type TrafficAutoscalerArgs } from ".";
import { checkAutoscaler } from "./check";

const HPA = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
/** How the mocks show what is unknown at preview. */
const UNKNOWN = { __pulumiUnknown: true };
const KEY = "metric-config.external.prometheus-query.prometheus/";

const podinfo: TrafficAutoscalerArgs = {
  namespace: "test",
  target: "podinfo",
  maxReplicas: 10,
  metrics: [{ requestsPerSecond: 10 }],
};

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

interface Hpa {
  metadata: { name: string; annotations: Record<string, string> };
  spec: { metrics: { external: { target: Record<string, string> } }[] };
}

async function hpaOf(args: TrafficAutoscalerArgs, preview = false): Promise<Hpa> {
  const stack = await recordStack(() => void new TrafficAutoscaler("web", args), { preview });
  const inputs = JSON.parse(JSON.stringify(only(stack, HPA).inputs));
  return inputs;
}

function squeezed(hpa: Hpa): Hpa {
  const annotations = Object.entries(hpa.metadata.annotations).map(([key, query]) => [key, query.replace(/\s/g, "")]);
  return { ...hpa, metadata: { ...hpa.metadata, annotations: Object.fromEntries(annotations) } };
}

const refused = (args: TrafficAutoscalerArgs) => mistakesOf(() => new TrafficAutoscaler("web", args));

describe("what is registered", () => {
  // Guards names and parents: a change of either replaces the autoscaler of everyone who upgrades.
  test.each([false, true])("the tree (preview %s)", async (preview) => {
    const stack = await recordStack(() => void new TrafficAutoscaler("web", podinfo), { preview });
    expect(tree(stack)).toEqual([`web-hpa: ${HPA} < web`, "web: asm-autoscaler:index:TrafficAutoscaler"]);
  });

  test.each([false, true])("the guide's autoscaler, exactly (preview %s)", async (preview) => {
    expect(squeezed(await hpaOf(podinfo, preview))).toEqual(GUIDE);
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
      `${KEY}processed-requests-per-second`,
      `${KEY}queue`,
    ]);
    expect(hpa.metadata.annotations[`${KEY}processed-requests-per-second`]).toContain("[1m30s]");
    expect(hpa.metadata.annotations[`${KEY}latency`]?.trim()).toBe("max(latency_seconds)");
    // As the API server prints them: anything else is a difference at each refresh.
    expect(hpa.spec.metrics.map((metric) => metric.external.target)).toEqual([
      { type: "AverageValue", averageValue: "500m" },
      { type: "AverageValue", averageValue: "1k" },
      { type: "Value", value: "250m" },
    ]);
  });

  test("namespace and target from other resources are written into the query", async () => {
    const hpa = await hpaOf({ ...podinfo, namespace: pulumi.output("test"), target: pulumi.output("podinfo") });
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

describe("what is refused", () => {
  test("all mistakes at once, each with its path, before anything is registered", async () => {
    const wrong: TrafficAutoscalerArgs = {
      namespace: "Test",
      target: "",
      minReplicas: 11,
      maxReplicas: 10,
      metrics: [
        { requestsPerSecond: 0, windowSeconds: 0.5, value: "1" },
        { query: "sum(rate(x[1m])", queryName: "bad name", averageValue: "ten" },
        { query: "x", value: "1", averageValue: "1", windowSeconds: 60 },
        { requestsPerSecond: 1, query: "x", queryName: "both" },
        {},
      ],
    };
    const stack = await recordStack(() =>
      expect(refused(wrong)).toEqual([
        ["namespace", "ASM_NAME_INVALID"],
        ["target", "ASM_NAME_INVALID"],
        ["minReplicas", "ASM_REPLICAS_CROSSED"],
        ["metrics[0].requestsPerSecond", "ASM_TARGET_INVALID"],
        ["metrics[0].windowSeconds", "ASM_COUNT_INVALID"],
        ["metrics[0].value", "ASM_ARGUMENT_MISPLACED"],
        ["metrics[1].query", "ASM_QUERY_INVALID"],
        ["metrics[1].averageValue", "ASM_TARGET_INVALID"],
        ["metrics[2].queryName", "ASM_QUERY_NAMELESS"],
        ["metrics[2].windowSeconds", "ASM_ARGUMENT_MISPLACED"],
        ["metrics[2]", "ASM_TARGET_COUNT"],
        ["metrics[3]", "ASM_METRIC_KIND"],
        ["metrics[4]", "ASM_METRIC_KIND"],
        ["metrics[1].queryName", "ASM_QUERY_NAME_INVALID"],
      ]),
    );
    expect(stack).toEqual([]);
  });

  test("a query with a fault is shown with a caret under it", () => {
    const metrics = [{ query: "sum(rate(x[1m])", queryName: "q", averageValue: "1" }];
    expect(() => new TrafficAutoscaler("web", { ...podinfo, metrics })).toThrow(
      /metrics\[0\]\.query: ASM_[\s\S]*\n +\^/,
    );
  });

  test("a query that the adapter could not make one reading of", () => {
    const metrics = [{ query: "rate_of_requests[5m]", queryName: "q", averageValue: "1" }];
    expect(refused({ ...podinfo, metrics })).toEqual([["metrics[0].query", "ASM_QUERY_INVALID"]]);
  });

  test("two metrics with one query name", () => {
    const metrics = [{ requestsPerSecond: 1 }, { requestsPerSecond: 2 }];
    expect(refused({ ...podinfo, metrics })).toEqual([["metrics[1].queryName", "ASM_QUERY_NAME_TWICE"]]);
  });

  test.each(["query", "interval", "prometheus-server", "prometheus-server-alias", "query-name", "aggregate"])(
    "%s as a query name, which is a key of the adapter's own",
    (queryName) => {
      const metrics = [{ query: "sum(x)", queryName, averageValue: "1" }];
      expect(refused({ ...podinfo, metrics })).toEqual([["metrics[0].queryName", "ASM_QUERY_NAME_RESERVED"]]);
    },
  );

  test("no replica, no metric", () => {
    expect(refused({ ...podinfo, minReplicas: 0, maxReplicas: 2.5, metrics: [] })).toEqual([
      ["minReplicas", "ASM_COUNT_INVALID"],
      ["maxReplicas", "ASM_COUNT_INVALID"],
      ["metrics", "ASM_METRICS_EMPTY"],
    ]);
  });

  test.each(["0", "-1", "1e-9x", "1 k", ""])("the target %j", (averageValue) => {
    const metrics = [{ query: "sum(x)", queryName: "q", averageValue }];
    expect(refused({ ...podinfo, metrics })).toEqual([["metrics[0].averageValue", "ASM_TARGET_INVALID"]]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 0.0001])("%d requests per second", (requestsPerSecond) => {
    expect(refused({ ...podinfo, metrics: [{ requestsPerSecond }] })).toEqual([
      ["metrics[0].requestsPerSecond", "ASM_TARGET_INVALID"],
    ]);
  });

  test("what comes from another resource is not judged before it is known, and is judged then", async () => {
    const args: TrafficAutoscalerArgs = {
      namespace: pulumi.output("NOT/VALID"),
      target: Promise.resolve("podinfo"),
      minReplicas: pulumi.output(99),
      maxReplicas: 10,
      metrics: [{ query: pulumi.output("sum("), queryName: "q", value: "1" }],
    };
    expect(() => checkAutoscaler("web", args)).not.toThrow();
    const late = settled(args, (known) => checkAutoscaler("web", known)).apply(() => "nothing");
    const said = await new Promise((resolve) => {
      pulumi.recover(late, (error) => error.message).apply(resolve);
    });
    expect(said).toMatch(/namespace: ASM_.*\n.*minReplicas: ASM_.*\n.*query: ASM_/);
  });
});

describe("two autoscalers in one namespace", () => {
  const web = { ...podinfo, target: "web" };

  test("are refused when both take the guide's query name, since the adapter could serve neither", async () => {
    let mistakes: unknown;
    const stack = await recordStack(() => {
      new TrafficAutoscaler("first", podinfo);
      mistakes = mistakesOf(() => new TrafficAutoscaler("second", web));
    });
    expect(mistakes).toEqual([["metrics[0].queryName", "ASM_QUERY_NAME_TAKEN"]]);
    expect(stack.filter(({ name }) => name.startsWith("second"))).toEqual([]);
  });

  test.each([
    ["has a query name of its own", { ...web, metrics: [{ requestsPerSecond: 10, queryName: "shop-rps" }] }],
    ["is in another namespace", { ...web, namespace: "other" }],
  ])("are right when the second %s", async (_what, second) => {
    const stack = await recordStack(() => {
      new TrafficAutoscaler("first", podinfo);
      new TrafficAutoscaler("second", second);
    });
    expect(stack.filter(({ type }) => type === HPA)).toHaveLength(2);
  });

  test("of two runs of a program know nothing of each other", async () => {
    await recordStack(() => void new TrafficAutoscaler("first", podinfo));
    await recordStack(() => void new TrafficAutoscaler("first", web));
  });
});
