import { describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { type RecordedStack, recordStack, tree } from "../../testing/recordStack";
import { SampleWorkload, type SampleWorkloadArgs } from ".";

const record = (args: SampleWorkloadArgs, preview = false, opts: pulumi.ComponentResourceOptions = {}) =>
  recordStack(() => void new SampleWorkload("demo", args, opts), { preview });

interface Pod {
  imagePullSecrets?: unknown;
  securityContext: Record<string, unknown>;
  containers: [
    { name: string; image: string; ports: { containerPort: number }[]; securityContext: Record<string, unknown> },
  ];
}

interface Spec {
  replicas?: number;
  selector: { matchLabels: unknown };
  template: { metadata: { labels: unknown }; spec: Pod };
  ports: unknown;
}

function inputsOf(stack: RecordedStack, name: string): { metadata: Record<string, unknown>; spec: Spec } {
  const found = stack.find((resource) => resource.name === name);
  return JSON.parse(JSON.stringify(found?.inputs));
}

const pods = (stack: RecordedStack) =>
  ["demo-podinfo", "demo-loadtester"].map((name) => inputsOf(stack, name).spec.template.spec);

// Guards names and parents: a change of either replaces what everyone who upgrades has running.
test.each([false, true])("the tree (preview %s)", async (preview) => {
  expect(tree(await record({ namespace: "test" }, preview))).toEqual([
    "demo-loadtester-network-policy: kubernetes:networking.k8s.io/v1:NetworkPolicy < demo",
    "demo-loadtester-service: kubernetes:core/v1:Service < demo",
    "demo-loadtester: kubernetes:apps/v1:Deployment < demo",
    "demo-podinfo-service: kubernetes:core/v1:Service < demo",
    "demo-podinfo: kubernetes:apps/v1:Deployment < demo",
    "demo: asm-autoscaler:index:SampleWorkload",
  ]);
});

test.each([false, true])("names, labels and ports are the guide's (preview %s)", async (preview) => {
  const stack = await record({ namespace: "test" }, preview);
  for (const app of ["podinfo", "loadtester"]) {
    const { metadata, spec } = inputsOf(stack, `demo-${app}`);
    expect(metadata).toEqual({ name: app, namespace: "test", labels: { app } });
    expect(spec.selector.matchLabels).toEqual({ app });
    expect(spec.template.metadata.labels).toEqual({ app });
  }
  const ports = (name: string) => inputsOf(stack, name).spec.ports;
  expect(ports("demo-podinfo-service")).toEqual([{ name: "http", port: 9898, targetPort: "http", protocol: "TCP" }]);
  expect(ports("demo-loadtester-service")).toEqual([{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }]);
  expect(pods(stack).map(({ containers: [container] }) => [container.name, container.image])).toEqual([
    ["podinfod", "ghcr.io/stefanprodan/podinfo:6.14.1"],
    ["loadtester", "ghcr.io/fluxcd/flagger-loadtester:0.38.0"],
  ]);
});

test("no number of replicas is fixed, or each update would undo what the autoscaler did", async () => {
  const stack = await record({ namespace: "test" });
  for (const name of ["demo-podinfo", "demo-loadtester"]) {
    expect(inputsOf(stack, name).spec).not.toHaveProperty("replicas");
  }
});

test("nobody reaches the port on which the load tester runs commands, and its sidecar is still scraped", async () => {
  const stack = await record({ namespace: "test" });
  const [container] = inputsOf(stack, "demo-loadtester").spec.template.spec.containers;
  const policy = stack.find(({ name }) => name === "demo-loadtester-network-policy")?.inputs;
  expect(policy).toMatchObject({
    metadata: { namespace: "test" },
    spec: { podSelector: { matchLabels: { app: "loadtester" } }, policyTypes: ["Ingress"] },
  });
  const open = Object(policy)["spec"].ingress.flatMap(({ ports }: { ports: { port: number }[] }) =>
    ports.map(({ port }) => port),
  );
  expect(open).toEqual([15090, 15020]);
  for (const { containerPort } of container.ports) expect(open).not.toContain(containerPort);
});

test("no container has a right that it does not need", async () => {
  for (const { securityContext, containers } of pods(await record({ namespace: "test" }))) {
    expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect(containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  }
});

test("images come from a mirror, with credentials for it", async () => {
  const mirrored = pods(
    await record({ namespace: "test", imageRegistry: "registry.example/mirror", imagePullSecrets: ["mirror"] }),
  );
  expect(mirrored.map(({ containers: [{ image }], imagePullSecrets }) => [image, imagePullSecrets])).toEqual([
    ["registry.example/mirror/stefanprodan/podinfo:6.14.1", [{ name: "mirror" }]],
    ["registry.example/mirror/fluxcd/flagger-loadtester:0.38.0", [{ name: "mirror" }]],
  ]);
});

test("the load is the guide's: ten workers of five requests per second, for five minutes", async () => {
  const seen: unknown[] = [];
  await recordStack(() => {
    const sample = new SampleWorkload("demo", { namespace: pulumi.output("shop") });
    pulumi
      .all([sample.deploymentName, sample.namespace, sample.loadCommand, sample.loadRequestsPerSecond])
      .apply((outputs) => seen.push(...outputs));
  });
  expect(seen).toEqual([
    "podinfo",
    "shop",
    "kubectl -n shop exec deploy/loadtester -c loadtester -- hey -z 5m -c 10 -q 5 http://podinfo.shop:9898",
    50,
  ]);
});

describe("what is refused", () => {
  test("all errors at once, each with its path, before anything is registered", async () => {
    const stack = await recordStack(() => {
      const args = { namespace: "Test", imageRegistry: "https://mirror", imagePullSecrets: ["good", "Not good"] };
      expect(inputErrorsOf(() => new SampleWorkload("demo", args))).toEqual([
        ["namespace", "ASM_NAME_INVALID"],
        ["imageRegistry", "ASM_IMAGE_INVALID"],
        ["imagePullSecrets[1]", "ASM_NAME_INVALID"],
      ]);
    });
    expect(stack).toEqual([]);
  });

  test("no namespace, as a program without types may give none", () => {
    const args: SampleWorkloadArgs = JSON.parse("{}");
    expect(inputErrorsOf(() => new SampleWorkload("demo", args))).toEqual([["namespace", "ASM_ARGUMENT_MISSING"]]);
  });
});
