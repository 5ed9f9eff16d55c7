import { describe, expect, jest, test } from "@jest/globals";
import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { HPA, hpaIn, hpaOf, KEY, podinfo, warningsOf } from "../../testing/recordAutoscaler";
import { only, recordStack, tree } from "../../testing/recordStack";
import { TrafficAutoscaler, type TrafficAutoscalerArgs } from ".";

const { target: _target, namespace: _namespace, ...rest } = podinfo;

function deployment(metadata: object, replicas?: number): Deployment {
  const spec = { selector: { matchLabels: { app: "web" } }, template: { metadata: { labels: { app: "web" } } } };
  return new Deployment("app", { metadata, spec: replicas === undefined ? spec : { ...spec, replicas } });
}

test("a workload of another kind, by its own name in the mesh", async () => {
  const targetRef = { kind: "StatefulSet", name: pulumi.output("db") };
  const { metadata, spec } = await hpaOf({ ...rest, namespace: "test", targetRef });
  expect(metadata.name).toBe("db");
  expect(metadata.annotations[`${KEY}db-requests-per-second`]).toContain('destination_workload="db"');
  expect(spec.scaleTargetRef).toEqual({ apiVersion: "apps/v1", kind: "StatefulSet", name: "db" });
});

test("a workload whose pods have another name in the mesh", async () => {
  const targetRef = { apiVersion: "shop.example/v1", kind: "Shop", name: "shop", workload: "shop-frontend" };
  const { metadata, spec } = await hpaOf({ ...rest, namespace: "test", targetRef });
  expect(metadata.name).toBe("shop");
  expect(metadata.annotations[`${KEY}shop-frontend-requests-per-second`]).toContain(
    'destination_workload="shop-frontend"',
  );
  expect(spec.scaleTargetRef).toEqual({ apiVersion: "shop.example/v1", kind: "Shop", name: "shop" });
});

test("a workload of another API", async () => {
  const targetRef = { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", name: "shop" };
  expect((await hpaOf({ ...rest, namespace: "test", targetRef })).spec.scaleTargetRef).toEqual(targetRef);
});

describe.each([false, true])("a Deployment as a resource (preview %s)", (preview) => {
  const record = (metadata: object, more: object = {}) =>
    recordStack(
      () => {
        const args: TrafficAutoscalerArgs = { ...rest, ...more, deployment: deployment(metadata) };
        new TrafficAutoscaler("web", args);
      },
      { preview },
    );

  test("gives namespace and name", async () => {
    const stack = await record({ name: "web", namespace: "shop" });
    expect(tree(stack)).toContain(`web-hpa: ${HPA} < web`);
    const { metadata, spec } = hpaIn(stack);
    expect(metadata).toMatchObject({ name: "web", namespace: "shop" });
    expect(metadata.annotations[`${KEY}web-requests-per-second`]).toContain(
      'destination_workload="web",destination_workload_namespace="shop"',
    );
    expect(spec.scaleTargetRef).toEqual({ apiVersion: "apps/v1", kind: "Deployment", name: "web" });
    expect(only(stack, HPA).dependsOn).toContain("app");
  });

  test("without a namespace is in that of the arguments, else in default", async () => {
    expect(hpaIn(await record({ name: "web" }, { namespace: "shop" })).metadata.namespace).toBe("shop");
    expect(hpaIn(await record({ name: "web" })).metadata.namespace).toBe("default");
  });
});

test("a Deployment that sets its replicas gets a warning, and one that does not gets none", async () => {
  const warnings = (replicas?: number) =>
    warningsOf(() => {
      const web = deployment({ name: "web", namespace: "shop" }, replicas);
      new TrafficAutoscaler("web", { ...rest, deployment: web });
    });
  expect(await warnings(3)).toEqual(["deployment: ASM_REPLICAS_FIXED"]);
  expect(await warnings()).toEqual([]);
});

// The mocks know no provider: these are states of a Deployment as the real one keeps them.
test.each([
  ["sets 3", { __inputs: { spec: { replicas: 3 } }, metadata: { uid: "1" }, spec: { replicas: 7 } }, 1],
  ["sets none and was scaled to 7", { __inputs: { spec: {} }, metadata: { uid: "1" }, spec: { replicas: 7 } }, 0],
  ["was made by something that keeps no inputs", { metadata: { uid: "1" }, spec: { replicas: 7 } }, 0],
  ["cannot be looked at", undefined, 0],
])("what a Deployment that %s gets warned of", async (_what, state, count) => {
  const asked = jest.spyOn(pulumi.runtime, "invoke").mockResolvedValue({ state });
  const said = await warningsOf(
    () => void new TrafficAutoscaler("web", { ...rest, deployment: deployment({ name: "web", namespace: "shop" }) }),
  );
  expect(asked).toHaveBeenCalledTimes(1);
  asked.mockRestore();
  expect(said).toHaveLength(count);
});

test.each([false, true])("its child takes the provider that it is given (preview %s)", async (preview) => {
  const stack = await recordStack(
    () => {
      const provider = new Provider("cluster", { kubeconfig: "{}" });
      new TrafficAutoscaler("web", podinfo, { providers: { kubernetes: provider } });
    },
    { preview },
  );
  expect(only(stack, HPA)).toMatchObject({ parent: "web", provider: expect.stringContaining("::cluster::") });
});
