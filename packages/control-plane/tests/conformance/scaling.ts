import { beforeAll, expect, test } from "@jest/globals";
import { until } from "../until.ts";
import { byName, deployment, hpa, queryKey } from "./hpa.ts";
import type { Stage } from "./stage.ts";
import { answer, sample } from "./standIn.ts";

const behavior = { scaleUp: { stabilizationWindowSeconds: 0 }, scaleDown: { stabilizationWindowSeconds: 0 } };
const alias = { "metric-config.external.prometheus-query.prometheus/prometheus-server-alias": "stand-in" };

/** An HPA as its owner sees it. */
export interface Seen {
  spec: number;
  active: string;
  message: string;
  events: string[];
  metric: string;
}

/** What the HPA controller makes of the answers. */
export function scaling(stage: () => Stage): void {
  const make = async (name: string, queries: Record<string, string>, target = "10", minReplicas = 1) => {
    await runOnePod(stage(), name);
    const named = Object.fromEntries(Object.entries(queries).map(([query, text]) => [queryKey(query), text]));
    const metrics = Object.keys(queries).map((query) => byName(query, target));
    const options = { maxReplicas: 8, minReplicas, behavior, annotations: { ...alias, ...named } };
    await stage().apply(hpa(name, metrics, options));
  };
  const replicas = async (name: string) => (await seen(stage(), name)).spec;

  beforeAll(() => {
    const { plan } = stage().standIn;
    plan.set("load", sample("25"));
    plan.set("edge", sample("11"));
    plan.set("idle", sample("5"));
    plan.set("broken", sample("35"));
  });

  test("63 an average of 10 of a load of 25 is three replicas, and the status is canonical", async () => {
    await make("average", { load: "load" });
    await until("three", async () => (await replicas("average")) === 3, 20);
    const { active, metric } = await seen(stage(), "average");
    expect([active, /^[1-9]\d*m?$/.test(metric)]).toEqual(["True", true]);
    await until("its event", async () => (await seen(stage(), "average")).events.includes("SuccessfulRescale"), 10);
  }, 40_000);

  test("64 a selector that matches two metrics gets their sum", async () => {
    const metric = { name: "summed", matchLabels: { type: "prometheus" }, averageValue: "10" };
    const key = "metric-config.external.summed.prometheus";
    const owner = (name: string, extra: Record<string, string>, query: string) =>
      hpa(name, [{ ...metric, matchLabels: { ...metric.matchLabels, ...extra } }], {
        annotations: { [`${key}/query`]: query, [`${key}/prometheus-server-alias`]: "stand-in" },
      });
    await stage().apply(owner("summand-a", { part: "a" }, "load"), owner("summand-b", { part: "b" }, "idle"));
    const { body } = await until("both", async () => {
      const got = await stage().read(
        "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/summed?labelSelector=type%3Dprometheus",
      );
      return got.body.items?.length === 2 && got;
    });
    expect(body.items?.map(({ value }) => Number(value)).reduce((a, b) => a + b)).toBe(30);
    await stage().plane.kubectl(["delete", "hpa", "summand-a", "summand-b"]);
  });

  test("65 a ratio of 1.1 is within the tolerance and 1.2 is not", async () => {
    await make("edge", { edge: "edge" });
    await until("a look at it", async () => (await seen(stage(), "edge")).active === "True", 20);
    expect(await replicas("edge")).toBe(1);
    stage().standIn.plan.set("edge", sample("12"));
    await until("two", async () => (await replicas("edge")) === 2, 20);
  }, 50_000);

  test("66 zero goes to zero replicas, and a thousandth brings it back", async () => {
    await make("zero", { idle: "idle" }, "10", 0);
    await until("a look at it", async () => (await seen(stage(), "zero")).active === "True", 20);
    stage().standIn.plan.set("idle", sample("0"));
    await until("none", async () => (await replicas("zero")) === 0, 20);
    stage().standIn.plan.set("idle", sample("0.001"));
    await until("one", async () => (await replicas("zero")) === 1, 30);
    stage().standIn.plan.set("idle", sample("5"));
  }, 90_000);

  test("67 an answer that is no reading keeps the size, and the condition says why", async () => {
    await make("kept", { broken: "broken" });
    await until("four", async () => (await replicas("kept")) === 4, 20);
    const bad: [string, ReturnType<typeof answer>][] = [
      ["ASM_NO_SERIES", answer({ status: "success", data: { resultType: "vector", result: [] } })],
      ["ASM_NEGATIVE", sample("-5")],
      ["ASM_OVERFLOW", sample("1e16")],
      ["ASM_ANSWER_PARTIAL", sample("5", { more: { warnings: ["a store does not answer"] } })],
      ["ASM_PROMETHEUS_ANSWER", answer("<html>no</html>", 502)],
    ];
    for (const [code, reaction] of bad) {
      stage().standIn.plan.set("broken", reaction);
      const { message } = await until(
        code,
        async () => {
          const got = await seen(stage(), "kept");
          expect(got.spec).toBe(4);
          return got.active === "False" && got.message.includes(code) && got;
        },
        50,
      );
      expect(message).toContain("default/kept");
    }
    expect((await seen(stage(), "kept")).events).toContain("FailedGetExternalMetric");
    stage().standIn.plan.set("broken", sample("35"));
    await until("recovery within a sync or two", async () => (await seen(stage(), "kept")).active === "True", 8);
  }, 120_000);

  test("70 a target for the whole counts ready pods: a ratio of 2.5 with one of them ready is three", async () => {
    stage().standIn.plan.set("whole", sample("25"));
    await runOnePod(stage(), "whole");
    await runPods(stage(), "whole");
    const metrics = [{ ...byName("whole"), value: "10" }];
    const options = { maxReplicas: 8, behavior, annotations: { ...alias, [queryKey("whole")]: "whole" } };
    await stage().apply(hpa("whole", metrics, options));
    await until("three", async () => (await replicas("whole")) === 3, 20);
    await runPods(stage(), "whole");
    await until("eight, since now three are ready", async () => (await replicas("whole")) === 8, 20);
  }, 60_000);
}

/** Says of the pods of a Deployment that they run and are ready, as a kubelet would. */
async function runPods({ plane }: Stage, name: string): Promise<void> {
  const pods = await plane.kubectl(["get", "pods", "-l", `app=${name}`, "-o", "name"]);
  const status = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
  for (const pod of pods.trim().split("\n")) {
    await plane.kubectl(["patch", pod, "--subresource=status", "-p", JSON.stringify({ status })]);
  }
}

/** A Deployment of one pod. Without a pod there is no average, and the HPA controller would make a size of nothing. */
export async function runOnePod({ apply, plane }: Pick<Stage, "apply" | "plane">, name: string): Promise<void> {
  await apply(deployment(name, 1));
  await until("its pod", async () => {
    const response = await plane.kubernetes.request(`/apis/apps/v1/namespaces/default/deployments/${name}`);
    return ((await response.json()) as { status?: { replicas?: number } }).status?.replicas === 1;
  });
}

/** Reads an HPA's size, condition and the reasons of its events. */
export async function seen({ plane }: Pick<Stage, "plane">, name: string, namespace = "default"): Promise<Seen> {
  const get = async <T>(path: string): Promise<T> => (await (await plane.kubernetes.request(path)).json()) as T;
  const [scaled, autoscaler, events] = await Promise.all([
    get<{ spec: { replicas: number } }>(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`),
    get<{
      status?: {
        conditions?: { type: string; status: string; message: string }[];
        currentMetrics?: { external?: { current: { averageValue?: string } } }[];
      };
    }>(`/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers/${name}`),
    get<{ items: { reason: string }[] }>(
      `/api/v1/namespaces/${namespace}/events?fieldSelector=involvedObject.name%3D${name}`,
    ),
  ]);
  const active = autoscaler.status?.conditions?.find(({ type }) => type === "ScalingActive");
  return {
    spec: scaled.spec.replicas,
    active: active?.status ?? "",
    message: active?.message ?? "",
    events: events.items.map(({ reason }) => reason),
    metric: autoscaler.status?.currentMetrics?.[0]?.external?.current.averageValue ?? "",
  };
}
