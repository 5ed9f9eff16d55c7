import { describe, expect, test } from "@jest/globals";
import { AnswerTooLarge, KubernetesError } from "../kubernetes/client.ts";
import { createResources } from "./resources.ts";

const kind = (resource: string, name: string, scope = "Namespaced") => {
  return { resource, singularResource: name.toLowerCase(), scope, responseKind: { kind: name } };
};
const AGGREGATED: Record<string, unknown> = {
  "/api": {
    kind: "APIGroupDiscoveryList",
    items: [
      {
        metadata: {},
        versions: [{ version: "v1", resources: [kind("pods", "Pod"), kind("nodes", "Node", "Cluster")] }],
      },
    ],
  },
  "/apis": {
    kind: "APIGroupDiscoveryList",
    items: [
      { metadata: { name: "metrics.k8s.io" }, versions: [{ version: "v1", resources: [kind("pods", "PodMetrics")] }] },
      {
        metadata: { name: "networking.k8s.io" },
        versions: [{ version: "v1", resources: [kind("ingresses", "Ingress")] }],
      },
      {
        metadata: { name: "x.io" },
        versions: [
          { version: "v2", resources: [kind("routes", "Route"), kind("ingresses", "Other")] },
          { version: "v1", resources: [kind("routes", "Route"), kind("olds", "Old"), kind("routes/status", "Route")] },
        ],
      },
    ],
  },
};
const PLAIN: Record<string, unknown> = {
  "/api": { kind: "APIVersions", versions: ["v1"] },
  "/api/v1": {
    resources: [
      { name: "pods", singularName: "", namespaced: true, kind: "Pod" },
      { name: "nodes", singularName: "node", namespaced: false, kind: "Node" },
    ],
  },
  "/apis": {
    kind: "APIGroupList",
    groups: [
      { name: "custom.metrics.k8s.io", versions: [{ version: "v1beta1" }], preferredVersion: { version: "v1beta1" } },
      { name: "networking.k8s.io", versions: [{ version: "v1" }], preferredVersion: { version: "v1" } },
      { name: "x.io", versions: [{ version: "v1" }, { version: "v2" }], preferredVersion: { version: "v2" } },
      { name: "down.io", versions: [{ version: "v1" }], preferredVersion: { version: "v1" } },
    ],
  },
  "/apis/networking.k8s.io/v1": {
    resources: [{ name: "ingresses", singularName: "ingress", namespaced: true, kind: "Ingress" }],
  },
  "/apis/x.io/v1": {
    resources: [
      { name: "routes", singularName: "route", namespaced: true, kind: "Route" },
      { name: "routes/status", singularName: "", namespaced: true, kind: "Route" },
      { name: "olds", singularName: "old", namespaced: true, kind: "Old" },
    ],
  },
  "/apis/x.io/v2": {
    resources: [
      { name: "routes", singularName: "route", namespaced: true, kind: "Route" },
      { name: "ingresses", singularName: "other", namespaced: true, kind: "Other" },
    ],
  },
};

async function resourcesOf(answers: Record<string, unknown>) {
  let at = 0;
  let calls = 0;
  const resources = createResources(
    {
      async call(_method, path) {
        calls++;
        if (!(path in answers)) throw new KubernetesError(503, `${path} is down`);
        return answers[path];
      },
    },
    { monotonic: () => at },
  );
  const pass = (ms: number) => {
    at += ms;
  };
  await resources.refresh();
  return { resources, pass, calls: () => calls };
}

describe("the kinds of objects of a cluster", () => {
  test.each([
    ["with aggregated discovery", AGGREGATED],
    ["without it", PLAIN],
  ])("%s are found by plural and singular name", async (_name, answers) => {
    const { resources } = await resourcesOf(answers);
    const found = (group: string, name: string) => {
      const one = resources.find(group, name);
      return one && `${one.resource}.${one.group}/${one.version} ${one.kind}${one.isNamespaced ? "" : " (cluster)"}`;
    };
    expect(found("", "pod")).toBe("pods./v1 Pod");
    expect(found("", "nodes")).toBe("nodes./v1 Node (cluster)");
    // An empty group is any group, in the cluster's order.
    expect(found("", "ingresses")).toBe("ingresses.networking.k8s.io/v1 Ingress");
    expect(found("x.io", "ingresses")).toBe("ingresses.x.io/v2 Other");
    // The start of a group stands for it.
    expect(found("networking", "ingress")).toBe("ingresses.networking.k8s.io/v1 Ingress");
    expect(found("x.io", "route")).toBe("routes.x.io/v2 Route");
    expect(found("x.io", "old")).toBe("olds.x.io/v1 Old");
    expect(found("", "routes/status")).toBeUndefined();
    expect(resources.problem()).toBeUndefined();
  });

  test("are those of every cluster until they are read, and stay when they cannot be read again", async () => {
    const { resources, pass } = await resourcesOf({});
    expect(resources.find("", "pods")?.kind).toBe("Pod");
    expect(resources.find("apps", "deployment")?.resource).toBe("deployments");
    expect(resources.find("", "ingresses")?.group).toBe("networking.k8s.io");
    expect(resources.problem()?.code).toBe("ASM_RULE_DISCOVERY");
    pass(10_000);
    await resources.refresh();
    expect(resources.find("", "pods")?.kind).toBe("Pod");
  });

  test("are read at most every ten seconds", async () => {
    const { resources, pass, calls } = await resourcesOf(AGGREGATED);
    await resources.refresh();
    expect(calls()).toBe(2);
    pass(10_000);
    await Promise.all([resources.refresh(), resources.refresh()]);
    expect(calls()).toBe(4);
  });

  test("are read one by one if the aggregated document is too large", async () => {
    const resources = createResources(
      {
        async call(_method, path, options) {
          if (options?.accept !== undefined) throw new AnswerTooLarge(0, "too large");
          return PLAIN[path] ?? {};
        },
      },
      { monotonic: () => 0 },
    );
    await resources.refresh();
    expect(resources.find("x.io", "routes")?.kind).toBe("Route");
  });
});
