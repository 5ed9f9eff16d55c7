import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import "../../testing/bundleFixture";
import { DEPLOYMENT, deploymentOf, podOf, prometheus, recordAdapter, serverFilesOf } from "../../testing/recordAdapter";
import { only } from "../../testing/recordStack";
import { PrometheusDialect } from ".";

test("runs the bundle on the pinned stock image with the adapter's flags", async () => {
  const pod = podOf(await recordAdapter({ prometheus }));
  expect(pod.containers[0]).toMatchObject({
    image: "docker.io/library/node:24.21.0-alpine",
    command: ["node", "--optimize-for-size", "--max-semi-space-size=2", "/opt/asm-metrics-adapter/load.mjs"],
    args: [
      "--prometheus-server=$(PROMETHEUS_SERVER)",
      "--prometheus-http-config=/etc/asm-metrics-adapter/prometheus/default.http",
      "--secure-port=6443",
      "--bind-address=$(POD_IP)",
      "--metrics-address=$(POD_IP):7979",
      "--status-address=127.0.0.1:8090",
      "--serving-secret=$(POD_NAMESPACE)/asm-metrics-adapter-tls",
      "--serving-service=$(POD_NAMESPACE)/asm-metrics-adapter",
    ],
    readinessProbe: { httpGet: { path: "/readyz", port: "https", scheme: "HTTPS" } },
    livenessProbe: { httpGet: { path: "/livez", port: "https", scheme: "HTTPS" } },
    startupProbe: { httpGet: { path: "/livez", port: "https", scheme: "HTTPS" } },
  });
});

test.each([false, true])(
  "a server's dialect is a flag, also of a server that is not known yet (preview %s)",
  async (preview) => {
    const url = "http://victoria:8428";
    const [plain, output, late] = [
      { url, dialect: PrometheusDialect.Server },
      pulumi.output({ url: pulumi.secret(url), dialect: PrometheusDialect.Server }),
      { url, dialect: pulumi.output(PrometheusDialect.Promql) },
    ];
    const stack = await recordAdapter(
      { prometheus: plain, additionalPrometheus: { b: output, a: late, c: prometheus } },
      preview,
    );
    expect(podOf(stack).containers[0].args.filter((arg) => arg.includes("dialect"))).toEqual([
      "--prometheus-dialect=server",
      "--additional-prometheus-dialect=a=promql",
      "--additional-prometheus-dialect=b=server",
    ]);
  },
);

test("a server's dialect is known and no secret, also if its URL is", async () => {
  const url = pulumi.secret(pulumi.output(pulumi.unknown).apply(String));
  const endpoint = pulumi.output({ url, dialect: PrometheusDialect.Server });
  const stack = await recordAdapter({ prometheus: endpoint }, true);
  const deployment = only(stack, DEPLOYMENT).sent;
  expect(deployment).toContain('"--prometheus-dialect=server"');
  expect(deployment).not.toContain("4dabf18193072939515e22adb298388d");
});

test("every variable in its arguments is set", async () => {
  const [{ args, env }] = podOf(await recordAdapter({ prometheus })).containers;
  const used = args.flatMap((arg) => [...arg.matchAll(/\$\((\w+)\)/g)].map((match) => match[1]));
  const names = env.map(({ name }) => name);
  expect(used.length).toBeGreaterThan(0);
  for (const name of used) expect(names).toContain(name);
});

// The restricted Pod Security Standard of Kubernetes, which many clusters enforce.
test("passes the restricted Pod Security Standard, with a read-only root", async () => {
  const pod = podOf(await recordAdapter({ prometheus }));
  expect(pod).toMatchObject({
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      },
    ],
  });
  expect(pod).not.toHaveProperty("hostNetwork");
});

test("no sidecar and no ztunnel stands between it and the API server, and its Service and policy still find it", async () => {
  const { metadata } = deploymentOf(await recordAdapter({ prometheus })).template;
  expect(metadata.labels).toEqual({
    "app.kubernetes.io/name": "asm-metrics-adapter",
    "sidecar.istio.io/inject": "false",
    "istio.io/dataplane-mode": "none",
  });
});

test("resources and priority are the user's, or enough for a part that all scaling waits for", async () => {
  const own = { requests: { cpu: "1", memory: "1Gi" } };
  const chosen = podOf(await recordAdapter({ prometheus, resources: own, priorityClassName: "platform" }));
  expect([chosen.containers[0].resources, chosen.priorityClassName]).toEqual([own, "platform"]);
  const pod = podOf(await recordAdapter({ prometheus }));
  expect(pod.containers[0].resources).toEqual({
    requests: { cpu: "100m", memory: "96Mi" },
    limits: { memory: "256Mi" },
  });
  expect(pod.priorityClassName).toBe("system-cluster-critical");
});

test("the nodes are the user's, or any", async () => {
  const nodes = {
    nodeSelector: { "node.example/pool": "system" },
    tolerations: [{ key: "dedicated", operator: "Exists", effect: "NoSchedule" }],
    affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
  };
  expect(podOf(await recordAdapter({ prometheus, ...nodes }))).toMatchObject(nodes);
  const pod = podOf(await recordAdapter({ prometheus }));
  for (const field of Object.keys(nodes)) expect(pod).not.toHaveProperty(field);
});

test("replicas, mirror and pull secrets are the user's", async () => {
  const stack = await recordAdapter({
    prometheus: pulumi.output({ url: "https://mimir.example/prometheus" }),
    replicas: 3,
    imageRegistry: pulumi.output("registry.example/mirror"),
    imagePullSecrets: ["one", pulumi.output("two")],
  });
  expect(deploymentOf(stack).replicas).toBe(3);
  const pod = podOf(stack);
  expect(pod.containers[0].image).toBe("registry.example/mirror/library/node:24.21.0-alpine");
  expect(serverFilesOf(stack)["default.url"]).toBe("https://mimir.example/prometheus");
  expect(pod.imagePullSecrets).toEqual([{ name: "one" }, { name: "two" }]);
});

test("two by default, and no pull secret where none is given", async () => {
  const stack = await recordAdapter({ prometheus });
  expect(deploymentOf(stack).replicas).toBe(2);
  expect(podOf(stack)).not.toHaveProperty("imagePullSecrets");
});
