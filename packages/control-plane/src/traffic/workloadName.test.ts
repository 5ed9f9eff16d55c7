import { directPlanOf, parseQuery, requestsPerSecondQuery } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import type { V1Pod } from "@kubernetes/client-node";
import { istioLabels } from "./istioLabels.ts";
import { canonicalOf, workloadName } from "./workloadName.ts";

type Labels = Readonly<Record<string, string>>;

/** A pod as its controller creates it. */
const pod = (kind: string, owner: string, labels: Labels = {}, generateName = `${owner}-`): V1Pod => ({
  metadata: {
    name: `${owner}-x7k2p`,
    generateName,
    labels,
    ownerReferences: [{ apiVersion: "any/v1", kind, name: owner, uid: "1", controller: true }],
  },
});

/** The pods of every kind of docs/how-to/other-workloads.md. Each workload is named `web`. */
const pods: Readonly<Record<string, V1Pod>> = {
  Deployment: pod("ReplicaSet", "web-6d845cc8fc", { "pod-template-hash": "6d845cc8fc" }),
  StatefulSet: pod("StatefulSet", "web", { "statefulset.kubernetes.io/pod-name": "web-0" }),
  Rollout: pod("ReplicaSet", "web-7c95d5f4b8", { "rollouts-pod-template-hash": "7c95d5f4b8" }),
  CloneSet: pod("CloneSet", "web", { "apps.kruise.io/cloneset-instance-id": "x7k2p" }),
  "a kind whose pods are its own": pod("GameServerSet", "web"),
  "a kind with a label of its name": pod("GameServerSet", "web-blue", { "service.istio.io/workload-name": "web" }),
};

describe.each(Object.entries(pods))("the traffic of a %s", (_kind, given) => {
  const source = { namespace: "shop", workload: "loadtester", serviceAccount: "default", app: "loadtester" };
  const destination = { namespace: "shop", workload: workloadName(given), serviceAccount: "default", app: "unknown" };
  const series = [{ labels: istioLabels(source, destination, "web"), value: 60, perSecond: 1 }];

  test.each([
    ["web", 1],
    ["web-2", undefined],
  ])("is counted by the query of a TrafficAutoscaler for %s: %s", (workload, reading) => {
    const parsed = parseQuery(requestsPerSecondQuery({ workload, namespace: "shop" }));
    if (!parsed.ok) throw new Error(parsed.problem.caret);
    const planned = directPlanOf(parsed.query);
    if (!planned.ok) throw new Error(planned.reason);
    expect(planned.plan.evaluate(() => series)).toBe(reading);
  });
});

describe("the name of a workload in Istio's metrics", () => {
  test.each<[string, V1Pod, string]>([
    ["a ReplicaSet of nobody keeps its name", pod("ReplicaSet", "web-6d845cc8fc"), "web-6d845cc8fc"],
    ["a hash that is not the end stays", pod("ReplicaSet", "web", { "pod-template-hash": "6d845cc8fc" }), "web"],
    ["a CronJob", pod("Job", "report-28500000"), "report"],
    ["a Job", pod("Job", "migrate"), "migrate"],
    ["a DeploymentConfig", pod("ReplicationController", "web-3", { deploymentconfig: "web" }), "web"],
    ["a pod whose controller names it itself", pod("GameServerSet", "web", {}, ""), "web-x7k2p"],
    ["a pod of nobody", { metadata: { name: "alone" } }, "alone"],
  ])("%s", (_what, given, name) => {
    expect(workloadName(given)).toBe(name);
  });
});

test("the canonical service and revision come from labels, in Istio's order, or from the workload", () => {
  expect(canonicalOf({}, "web")).toEqual({ service: "web", revision: "latest" });
  expect(canonicalOf({ app: "shop", version: "v1" }, "web")).toEqual({ service: "shop", revision: "v1" });
  const recommended = { "app.kubernetes.io/name": "front", "app.kubernetes.io/version": "2.0" };
  expect(canonicalOf({ app: "shop", version: "v1", ...recommended }, "web")).toEqual({
    service: "front",
    revision: "2.0",
  });
  const own = { "service.istio.io/canonical-name": "own", "service.istio.io/canonical-revision": "blue" };
  expect(canonicalOf({ ...recommended, ...own }, "web")).toEqual({ service: "own", revision: "blue" });
});
