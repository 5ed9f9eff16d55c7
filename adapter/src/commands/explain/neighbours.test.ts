import type { ExternalMetric } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import type { Routed } from "../../delegates/routing.ts";
import { factsOf, type World } from "./fakes.testing.ts";
import { asText } from "./print.ts";
import { reasonsOf } from "./reasons.ts";

const KEDA: Routed = { name: "keda-main", selectorKey: "scaledobject.keda.sh/name", metrics: [] };
const SLS: Routed = { name: "alibaba", metrics: ["sls_*"] };
const OF_KEDA = { name: "s0-Prometheus", matchLabels: { "scaledobject.keda.sh/name": "podinfo" } };
const BLIND = { type: "ScalingActive", status: "False", reason: "FailedGetExternalMetric", message: "none" };

interface Given extends World {
  readonly metric?: ExternalMetric;
  readonly conditions?: readonly object[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly others?: readonly object[];
}

/** Podinfo has 4 replicas of 1 to 10, and a target of 10 for each pod. */
async function explained({ metric = OF_KEDA, conditions = [], annotations = {}, others = [], ...world }: Given) {
  const { name, ...selector } = metric;
  const object = {
    metadata: { namespace: "test", name: "podinfo", annotations },
    spec: {
      ...{ minReplicas: 1, maxReplicas: 10, scaleTargetRef: { kind: "Deployment", name: "podinfo" } },
      metrics: [
        { type: "External", external: { metric: { name, selector }, target: { averageValue: "10" } } },
        ...others,
      ],
    },
    status: { currentReplicas: 4, desiredReplicas: 4, conditions },
  };
  const facts = await factsOf(object, world);
  const reasons = reasonsOf(facts);
  return { facts, reasons, first: reasons[0], text: asText(facts, reasons).replace(/\s+/g, " ") };
}

describe("an HPA of a neighbour whose metric the API has", () => {
  test("has no fault, and the value explains its size", async () => {
    const { first, facts } = await explained({ read: () => "38", delegates: [SLS, KEDA] });
    expect(first).toMatchObject({ id: "settled", wrong: false, why: expect.stringContaining("s0-Prometheus is 38") });
    expect(facts.problems).toEqual([]);
  });

  test("is said to be served through the delegate that claims it by its label", async () => {
    const { text } = await explained({ read: () => "38", delegates: [SLS, KEDA] });
    expect(text).toContain("s0-prometheus (scaledobject.keda.sh/name=podinfo), not a metric of this adapter");
    expect(text).toContain('served through kube-system/a and its delegate "keda-main"');
    expect(text).toMatch(/Served 38 at 2026/);
  });

  test("is said to be served through the delegate whose pattern its name matches", async () => {
    const metric = { name: "sls_Ingress_qps", matchExpressions: [{ key: "x", operator: "Exists" }] };
    const { facts, text } = await explained({ metric, read: () => "38", delegates: [KEDA, SLS] });
    expect(facts.neighbours[0]).toMatchObject({ name: "sls_ingress_qps", selector: "x", delegates: ["alibaba"] });
    expect(text).toContain('its delegate "alibaba"');
  });

  test("is said to be served through the delegate that the answer names, whatever the flags of the command are", async () => {
    const via = "1.1 asm-metrics-adapter-datadog, 1.1 proxy";
    const { facts, text } = await explained({ metric: { name: "queue" }, read: () => "38", via });
    expect(facts.neighbours[0]).toMatchObject({ delegates: [], answeredBy: "datadog" });
    expect(text).toContain('served through kube-system/a and its delegate "datadog"');
  });

  test("is said to have the label of a known neighbour, without its --delegate", async () => {
    const { text } = await explained({ read: () => "38" });
    expect(text).toContain("through kube-system/a by the label of keda");
  });

  test("is read with the name and the selector that the HPA controller sends", async () => {
    const asked: string[] = [];
    const matchExpressions = [
      { key: "b", operator: "NotIn", values: ["z", "a"] },
      { key: "a", operator: "DoesNotExist" },
    ];
    const read = (path: string, selector: string) => {
      asked.push(`${path.split("/").at(-1)} ${selector}`);
      return "38";
    };
    const { facts } = await explained({
      metric: { name: "Queue", matchLabels: { c: "1" }, matchExpressions },
      read,
    });
    expect(asked).toEqual(["queue !a,b notin (a,z),c=1"]);
    expect(facts.neighbours[0]?.command).toBe(
      "kubectl get --raw '/apis/external.metrics.k8s.io/v1beta1/namespaces/test/queue?labelSelector=!a%2Cb%20notin%20(a%2Cz)%2Cc%3D1'",
    );
  });
});

test("the command to copy has one argument, whatever the HPA's metric is called", async () => {
  const words = `'; reboot; echo '"$(reboot)\n`;
  const metric = { name: words, matchLabels: { a: words } };
  const { facts } = await explained({ metric, read: () => undefined });
  expect(facts.neighbours[0]?.command).toMatch(/^kubectl get --raw '[^'\s]+'$/);
});

describe("an HPA of a neighbour whose metric the API does not have", () => {
  const unreachable = () => Promise.reject(new Error('ASM_DELEGATE_UNREACHABLE: the delegate "keda-main" is away.'));

  test("says through whom, what the API answered, and how to read it", async () => {
    const { first, text } = await explained({ read: unreachable, delegates: [KEDA], conditions: [BLIND] });
    expect(first).toMatchObject({ id: "ASM_DELEGATE_UNREACHABLE", wrong: true });
    expect(first?.why).toContain(
      's0-prometheus, served through kube-system/a and its delegate "keda-main", has no value; the API answers: ASM_DELEGATE_UNREACHABLE: the delegate "keda-main" is away.',
    );
    expect(text).toContain(
      "Try kubectl get --raw '/apis/external.metrics.k8s.io/v1beta1/namespaces/test/s0-prometheus",
    );
  });

  test("says that the delegate answered an empty list, and not that nobody serves the metric", async () => {
    const via = "1.1 asm-metrics-adapter-datadog";
    const { first } = await explained({ metric: { name: "queue" }, read: () => undefined, via });
    expect(first).toMatchObject({ id: "neighbour-fails", remedy: expect.stringContaining('log of "datadog"') });
    expect(first?.why).toContain('its delegate "datadog", has no value; the API answers: a list without values');
  });

  test("is told to check --delegate, if its label is that of a known neighbour", async () => {
    const { reasons } = await explained({ read: () => undefined });
    expect(reasons.map(({ id }) => id)).toEqual(["ASM_METRIC_NOT_SERVED", "no-reading"]);
    expect(reasons[0]?.remedy).toContain("--delegate=keda");
  });

  test("is told the nearest type of this adapter, if nobody serves a misspelled name", async () => {
    const metric = { name: "promethues-query", matchLabels: { "query-name": "rps" } };
    const { first } = await explained({ metric, read: () => undefined });
    expect(first).toMatchObject({ id: "ASM_METRIC_NOT_SERVED", wrong: true });
    expect(first?.why).toContain('did you mean "prometheus-query"?');
  });
});

describe("an HPA of a neighbour whose metric the user may not read", () => {
  test("is not said to fail, unless the HPA controller says so", async () => {
    const { reasons } = await explained({});
    expect(reasons.map(({ id }) => id)).toEqual(["no-reading"]);
  });

  test("is explained by the HPA controller's condition, with what to run", async () => {
    const { reasons, first, text } = await explained({ conditions: [BLIND] });
    expect(reasons.map(({ id }) => id)).toEqual(["neighbour-unknown", "no-reading"]);
    expect(first?.why).toContain("you may not read it");
    expect(text).toContain("kubectl get --raw '");
  });
});

test("a metric of ours with a mistake is never said to be a neighbour's", async () => {
  const metric = { name: "prometheus-query", matchLabels: { "query-name": "rps" } };
  const { facts, first } = await explained({ metric, read: () => "38", delegates: [KEDA] });
  expect(facts.neighbours).toEqual([]);
  expect(first).toMatchObject({ wrong: true });
});
