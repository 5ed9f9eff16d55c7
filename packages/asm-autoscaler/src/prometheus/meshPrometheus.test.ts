import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { filesOf, recordPrometheus, templateOf } from "../../testing/recordPrometheus";
import { only, recordStack, tree } from "../../testing/recordStack";
import { MeshPrometheus } from ".";
import { endpointErrors } from "./endpoint";

const CLAIM = "kubernetes:core/v1:PersistentVolumeClaim";
const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";

const TREE = [
  "mesh-account: kubernetes:core/v1:ServiceAccount < mesh",
  "mesh-cluster-role-binding: kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding < mesh",
  "mesh-cluster-role: kubernetes:rbac.authorization.k8s.io/v1:ClusterRole < mesh",
  "mesh-configuration: kubernetes:core/v1:ConfigMap < mesh",
  "mesh-data: kubernetes:core/v1:PersistentVolumeClaim < mesh",
  "mesh-network-policy: kubernetes:networking.k8s.io/v1:NetworkPolicy < mesh",
  "mesh-service: kubernetes:core/v1:Service < mesh",
  "mesh-stateful-set: kubernetes:apps/v1:StatefulSet < mesh",
  "mesh: asm-autoscaler:index:MeshPrometheus",
];

test.each([false, true])("the tree (preview %s)", async (preview) => {
  expect(tree(await recordPrometheus({}, preview))).toEqual([...TREE].sort());
});

test("it answers where the guides of the mesh look for it, and the adapter takes its endpoint as it is", async () => {
  const outputs: unknown[] = [];
  const stack = await recordStack(() => {
    const { endpoint, scrapeIntervalSeconds, grafanaUrl } = new MeshPrometheus("mesh");
    pulumi.all([endpoint, scrapeIntervalSeconds, grafanaUrl]).apply((all) => outputs.push(...all));
  });
  expect(outputs).toEqual([{ url: "http://prometheus.istio-system.svc:9090" }, 15, undefined]);
  expect(endpointErrors("prometheus", { url: "http://prometheus.istio-system.svc:9090" })).toEqual([]);
  expect(only(stack, "kubernetes:core/v1:Service").inputs).toMatchObject({
    metadata: { name: "prometheus", namespace: "istio-system" },
    spec: { type: "ClusterIP", ports: [{ port: 9090, targetPort: "http" }] },
  });
});

test("its namespace is one place, and two of them share no name that a cluster has once", async () => {
  const stack = await recordPrometheus({ namespace: "monitoring" });
  const places = stack
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ type, inputs }) => [
      type.split(":").at(-1),
      Object(inputs["metadata"]).name,
      Object(inputs["metadata"]).namespace,
    ]);
  expect(places.sort()).toEqual([
    ["ClusterRole", "mesh-prometheus-monitoring", undefined],
    ["ClusterRoleBinding", "mesh-prometheus-monitoring", undefined],
    ["ConfigMap", "prometheus", "monitoring"],
    ["NetworkPolicy", "prometheus", "monitoring"],
    ["PersistentVolumeClaim", undefined, "monitoring"],
    ["Service", "prometheus", "monitoring"],
    ["ServiceAccount", "prometheus", "monitoring"],
    ["StatefulSet", "prometheus", "monitoring"],
  ]);
});

test("it may see pods and nothing else", async () => {
  const stack = await recordPrometheus();
  expect(only(stack, "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole").inputs["rules"]).toEqual([
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] },
  ]);
  expect(only(stack, "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding").inputs["subjects"]).toEqual([
    { kind: "ServiceAccount", name: "prometheus", namespace: "istio-system" },
  ]);
  expect(only(stack, STATEFUL_SET).dependsOn).toEqual(
    expect.arrayContaining(["mesh-account", "mesh-cluster-role-binding", "mesh-configuration"]),
  );
});

test("its pod writes only to its disk, has no right on the node, and is outside the mesh", async () => {
  const template = templateOf(await recordPrometheus(), "StatefulSet");
  const [container] = template.spec.containers;
  expect(template.metadata.labels).toMatchObject({
    "sidecar.istio.io/inject": "false",
    "istio.io/dataplane-mode": "none",
  });
  expect(template.spec.securityContext).toMatchObject({
    runAsNonRoot: true,
    runAsUser: 65534,
    fsGroup: 65534,
    seccompProfile: { type: "RuntimeDefault" },
  });
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  expect(container.volumeMounts.filter(({ readOnly }) => readOnly !== true)).toEqual([
    { name: "data", mountPath: "/prometheus" },
  ]);
  expect(template.spec.volumes).toEqual([
    { name: "configuration", configMap: { name: "prometheus" } },
    { name: "data", persistentVolumeClaim: {} },
  ]);
});

test("another configuration is read again and starts no new pod, which would be minutes without readings", async () => {
  const short = await recordPrometheus({ scrapeIntervalSeconds: 30, retentionDays: 1 });
  const long = await recordPrometheus({ scrapeIntervalSeconds: 30, retentionDays: 2 });
  expect(filesOf(short, "mesh-configuration")).not.toEqual(filesOf(long, "mesh-configuration"));
  expect(templateOf(short, "StatefulSet")).toEqual(templateOf(long, "StatefulSet"));
  expect(templateOf(long, "StatefulSet").spec.containers[0].args).toContain("--config.auto-reload");
});

test("its disk and its memory follow the number of pods, unless they are given", async () => {
  const sized = await recordPrometheus({ expectedMeshPods: 10_000 });
  expect(only(sized, CLAIM).inputs["spec"]).toEqual({
    accessModes: ["ReadWriteOnce"],
    storageClassName: "alicloud-disk-topology-alltype",
    resources: { requests: { storage: "300Gi" } },
  });
  expect(templateOf(sized, "StatefulSet").spec.containers[0].resources).toEqual({
    requests: { cpu: "4100m", memory: "26624Mi" },
    limits: { memory: "26624Mi" },
  });

  const resources = { requests: { cpu: "1", memory: "2Gi" }, limits: { memory: "3Gi" } };
  const given = await recordPrometheus({
    expectedMeshPods: 10_000,
    storageGiB: 40,
    storageClassName: "fast",
    resources,
  });
  expect(only(given, CLAIM).inputs["spec"]).toMatchObject({
    storageClassName: "fast",
    resources: { requests: { storage: "40Gi" } },
  });
  expect(templateOf(given, "StatefulSet").spec.containers[0].resources).toEqual(resources);
});

test("nothing waits for a disk that waits for its first pod; growth is no new pod, and a new disk is a new name", async () => {
  const stack = await recordPrometheus({ storageGiB: 40 });
  expect(only(stack, CLAIM).inputs["metadata"]).toMatchObject({ annotations: { "pulumi.com/skipAwait": "true" } });
  expect(only(stack, CLAIM).inputs["metadata"]).not.toHaveProperty("name");
  expect(only(stack, STATEFUL_SET).dependsOn).toContain("mesh-data");
  expect(JSON.stringify(only(stack, STATEFUL_SET).inputs)).not.toContain("40Gi");
});

test("its image may come from a mirror, with credentials", async () => {
  const stack = await recordPrometheus({ imageRegistry: "registry.example/mirror", imagePullSecrets: ["pull"] });
  const { spec } = templateOf(stack, "StatefulSet");
  expect(spec.containers[0].image).toMatch(/^registry\.example\/mirror\/prometheus\/prometheus:v\d/);
  expect(spec.imagePullSecrets).toEqual([{ name: "pull" }]);
});

test("what is unknown at preview leaves every name known, so that nothing looks like a replacement", async () => {
  const expectedMeshPods = pulumi.output(pulumi.unknown).apply(Number);
  const stack = await recordPrometheus({ expectedMeshPods, grafana: true, grafanaPassword: pulumi.secret("x") }, true);
  const unnamed = stack
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .filter(({ inputs }) => Object(inputs["metadata"]).name === undefined);
  expect(unnamed.map(({ name }) => name).sort()).toEqual([
    "mesh-data",
    "mesh-grafana-password",
    "mesh-grafana-provisioning",
  ]);
});

test("every child goes to the provider that the component was given", async () => {
  const stack = await recordStack(() => {
    const given = new MockProvider("cluster");
    new MeshPrometheus("mesh", { grafana: true }, { providers: { kubernetes: given } });
  });
  const children = stack.filter(({ parent }) => parent === "mesh");
  expect(children).toHaveLength(TREE.length - 1 + 4);
  for (const child of children)
    expect([child.name, child.provider]).toEqual([child.name, expect.stringContaining("cluster")]);
});

class MockProvider extends pulumi.ProviderResource {
  constructor(name: string) {
    super("kubernetes", name);
  }
}
