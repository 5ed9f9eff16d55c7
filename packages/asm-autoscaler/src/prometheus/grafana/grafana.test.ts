import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { filesOf, recordPrometheus, templateOf } from "../../../testing/recordPrometheus";
import { only, recordStack, tree } from "../../../testing/recordStack";
import { MeshPrometheus } from "..";

const ADDED = [
  "mesh-grafana-deployment: kubernetes:apps/v1:Deployment < mesh",
  "mesh-grafana-network-policy: kubernetes:networking.k8s.io/v1:NetworkPolicy < mesh",
  "mesh-grafana-provisioning: kubernetes:core/v1:ConfigMap < mesh",
  "mesh-grafana-service: kubernetes:core/v1:Service < mesh",
];

test.each([false, true])("what a Grafana adds to the tree (preview %s)", async (preview) => {
  const before = tree(await recordPrometheus({}, preview));
  const added = async (args: object) =>
    tree(await recordPrometheus({ grafana: true, ...args }, preview)).filter((line) => !before.includes(line));
  expect(await added({})).toEqual(ADDED);
  expect(await added({ grafanaPassword: "hunter2" })).toEqual(
    [...ADDED, "mesh-grafana-password: kubernetes:core/v1:Secret < mesh"].sort(),
  );
});

test("its data source is the Prometheus beside it, with its scrape interval", async () => {
  const stack = await recordPrometheus({ grafana: true, scrapeIntervalSeconds: 30, namespace: "monitoring" });
  const files = filesOf(stack, "mesh-grafana-provisioning");
  expect(JSON.parse(files["datasources.yaml"] ?? "")).toMatchObject({
    apiVersion: 1,
    datasources: [
      {
        type: "prometheus",
        url: "http://prometheus.monitoring.svc:9090",
        isDefault: true,
        jsonData: { timeInterval: "30s" },
      },
    ],
  });
});

test("it finds the dashboard of the mesh's traffic where it is told to look", async () => {
  const stack = await recordPrometheus({ grafana: true });
  const files = filesOf(stack, "mesh-grafana-provisioning");
  const { providers }: { providers: [{ options: { path: string } }] } = JSON.parse(files["dashboards.yaml"] ?? "");
  expect(JSON.parse(files["traffic.json"] ?? "")).toMatchObject({ uid: "asm-autoscaler-traffic" });

  const { spec } = templateOf(stack, "Deployment");
  const mounted = spec.containers[0].volumeMounts.find(({ mountPath }) => mountPath === providers[0].options.path);
  expect(spec.volumes).toContainEqual(
    expect.objectContaining({
      name: mounted?.name,
      configMap: expect.objectContaining({ items: [{ key: "traffic.json", path: "traffic.json" }] }),
    }),
  );
});

test("another data source or password is another object, whose name Pulumi gives, and so another pod", async () => {
  const stack = await recordPrometheus({ grafana: true, grafanaPassword: "hunter2" });
  for (const child of ["mesh-grafana-provisioning", "mesh-grafana-password"]) {
    const inputs: Record<string, unknown> = stack.find(({ name }) => name === child)?.inputs ?? {};
    expect(inputs["metadata"]).not.toHaveProperty("name");
    expect(inputs["immutable"]).toBe(true);
    expect(only(stack, "kubernetes:apps/v1:Deployment").dependsOn).toContain(child);
  }
});

test("without a password there is no user, and everybody may look", async () => {
  const { env } = templateOf(await recordPrometheus({ grafana: true }), "Deployment").spec.containers[0];
  expect(env).toEqual(
    expect.arrayContaining([
      { name: "GF_AUTH_ANONYMOUS_ENABLED", value: "true" },
      { name: "GF_AUTH_ANONYMOUS_ORG_ROLE", value: "Viewer" },
      { name: "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION", value: "true" },
    ]),
  );
  expect(env?.some(({ name }) => name === "GF_SECURITY_ADMIN_PASSWORD")).toBe(false);
});

test("with a password nobody looks without it", async () => {
  const stack = await recordPrometheus({ grafana: true, grafanaPassword: "hunter2" });
  const { env } = templateOf(stack, "Deployment").spec.containers[0];
  const password = env?.find(({ name }) => name === "GF_SECURITY_ADMIN_PASSWORD");
  expect(password?.valueFrom).toMatchObject({ secretKeyRef: { key: "password" } });
  expect(env?.some(({ name }) => name === "GF_AUTH_ANONYMOUS_ENABLED")).toBe(false);
});

test.each<[string, pulumi.Input<string>]>([
  ["text", "hunter2"],
  ["a secret", pulumi.secret("hunter2")],
])("the password, given as %s, is nowhere in clear", async (_, grafanaPassword) => {
  const stack = await recordPrometheus({ grafana: true, grafanaPassword });
  // How Pulumi marks a secret value on its way to the engine.
  const secret =
    /\{"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270","value":(?:"[^"]*"|\{[^}]*\})\}/g;
  const holders = stack.filter(({ sent }) => sent.includes("hunter2"));
  expect(holders.map(({ name }) => name)).toEqual(["mesh", "mesh-grafana-password"]);
  for (const { name, sent } of holders)
    expect([name, sent.replaceAll(secret, "")]).toEqual([name, expect.not.stringContaining("hunter2")]);
  // Nothing else became a secret through it.
  for (const { name, sent } of stack.filter((resource) => !holders.includes(resource)))
    expect([name, sent]).toEqual([name, expect.not.stringContaining("4dabf18193072939515e22adb298388d")]);
});

test("its pod writes to nothing that is kept, has no token and no right on the node", async () => {
  const { spec } = templateOf(await recordPrometheus({ grafana: true }), "Deployment");
  expect(spec).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  });
  expect(spec.containers[0].securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
});

test("its URL is an output", async () => {
  const urls: unknown[] = [];
  await recordStack(() => {
    new MeshPrometheus("mesh", { grafana: true }).grafanaUrl.apply((url) => urls.push(url));
  });
  expect(urls).toEqual(["http://grafana.istio-system.svc:3000"]);
});
