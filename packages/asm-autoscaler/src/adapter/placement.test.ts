import { describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import "../../testing/bundleFixture";
import { CA, deploymentOf, podOf, prometheus, recordAdapter } from "../../testing/recordAdapter";
import { only } from "../../testing/recordStack";
import { ImagePullPolicy } from ".";
import { strategyErrors } from "./updateStrategy";

const admissionWebhook = { secretName: "webhook", caBundle: CA };

test("labels and annotations of the pods are the user's too, and the component's own stay", async () => {
  for (const wrap of [<T>(value: T) => value, pulumi.output]) {
    const { metadata } = deploymentOf(
      await recordAdapter({
        prometheus,
        podLabels: wrap({ team: "platform" }),
        podAnnotations: wrap({ "cluster-autoscaler.kubernetes.io/safe-to-evict": "true" }),
      }),
    ).template;
    expect(metadata).toEqual({
      labels: {
        team: "platform",
        "app.kubernetes.io/name": "asm-metrics-adapter",
        "sidecar.istio.io/inject": "false",
        "istio.io/dataplane-mode": "none",
      },
      annotations: {
        "cluster-autoscaler.kubernetes.io/safe-to-evict": "true",
        "checksum/prometheus": expect.stringMatching(/^[0-9a-f]{12}$/),
      },
    });
  }
});

test("a constraint of the user counts the adapter's pods, unless it has a selector of its own", async () => {
  const zones = { maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule" };
  const own = { ...zones, labelSelector: { matchLabels: { team: "platform" } } };
  const { topologySpreadConstraints } = podOf(
    await recordAdapter({ prometheus, topologySpreadConstraints: [zones, own] }),
  );
  expect(topologySpreadConstraints).toEqual([
    {
      ...zones,
      labelSelector: { matchLabels: { "app.kubernetes.io/name": "asm-metrics-adapter" } },
      matchLabelKeys: ["pod-template-hash"],
    },
    own,
  ]);
});

test("the pull policy is the user's, or absent", async () => {
  const of = async (imagePullPolicy?: ImagePullPolicy) =>
    podOf(await recordAdapter({ prometheus, ...(imagePullPolicy ? { imagePullPolicy } : {}) })).containers[0];
  expect((await of(ImagePullPolicy.Always)).imagePullPolicy).toBe("Always");
  expect(await of()).not.toHaveProperty("imagePullPolicy");
});

describe("in the node's network", () => {
  test("no port is one that an API server or a Service uses, and all parts agree on them", async () => {
    const stack = await recordAdapter({ prometheus, hostNetwork: true, admissionWebhook });
    const pod = podOf(stack);
    expect([pod.hostNetwork, pod.dnsPolicy]).toEqual([true, "ClusterFirstWithHostNet"]);
    const [{ args, ports }] = pod.containers;
    expect(ports.map(({ name, containerPort }) => [name, containerPort])).toEqual([
      ["https", 26443],
      ["metrics", 27979],
      ["webhook", 28444],
    ]);
    for (const flag of [
      "--secure-port=26443",
      "--metrics-address=$(POD_IP):27979",
      "--status-address=127.0.0.1:28090",
      "--admission-webhook-port=28444",
    ])
      expect(args).toContain(flag);
    // The range of Services of type NodePort begins at 30000.
    for (const { containerPort } of ports) expect(containerPort).toBeLessThan(30_000);
    expect(only(stack, "kubernetes:networking.k8s.io/v1:NetworkPolicy").inputs).toMatchObject({
      spec: { ingress: [{ ports: [{ port: 26443 }, { port: 28444 }] }, { ports: [{ port: 27979 }] }] },
    });
    // Clients find the pods by the names of their ports.
    expect(only(stack, "kubernetes:core/v1:Service").inputs).toMatchObject({
      spec: {
        ports: [
          { port: 443, targetPort: "https" },
          { port: 8444, targetPort: "webhook" },
        ],
      },
    });
  });

  test("an update stops a pod first, because its successor needs the same ports", async () => {
    expect(deploymentOf(await recordAdapter({ prometheus, hostNetwork: true })).strategy).toEqual({
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
    });
  });

  test("nothing else differs from a pod in a network of its own", async () => {
    const port = /\b2(?=[678]\d{3}\b)\d{4}\b/g;
    const { hostNetwork: _, dnsPolicy: __, ...host } = podOf(await recordAdapter({ prometheus, hostNetwork: true }));
    const text = JSON.stringify(host).replace(port, (found) => String(Number(found) - 20_000));
    expect(JSON.parse(text)).toEqual(podOf(await recordAdapter({ prometheus })));
  });
});

describe("an update", () => {
  test("follows the strategy of the user", async () => {
    for (const wrap of [<T>(value: T) => value, pulumi.output]) {
      const updateStrategy = wrap({ maxSurge: 2, maxUnavailable: 0 });
      expect(deploymentOf(await recordAdapter({ prometheus, updateStrategy })).strategy).toEqual({
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: 2, maxUnavailable: 0 },
      });
    }
  });

  test.each([
    [{ updateStrategy: { maxSurge: 0, maxUnavailable: 0 } }, true],
    [{ hostNetwork: true, updateStrategy: { maxUnavailable: 0 } }, true],
    [{ hostNetwork: true, updateStrategy: { maxUnavailable: 0, maxSurge: 1 } }, false],
    [{ hostNetwork: true, updateStrategy: { maxSurge: 0 } }, false],
    [{ updateStrategy: { maxUnavailable: 0 } }, false],
    [{ updateStrategy: { maxSurge: 0 } }, false],
  ])("with %j is refused if it could replace no pod: %s", (args, isRefused) => {
    const errors = strategyErrors(args).map(({ path, code }) => [path, code]);
    expect(errors).toEqual(isRefused ? [["updateStrategy.maxSurge", "ASM_COUNT_INVALID"]] : []);
  });

  // Kubernetes: maxUnavailable is a quarter of the replicas, rounded down.
  test("by default leaves the choice to Kubernetes, which keeps all pods of up to three", async () => {
    expect(deploymentOf(await recordAdapter({ prometheus }))).not.toHaveProperty("strategy");
    for (const replicas of [1, 2, 3]) expect(Math.floor(replicas / 4)).toBe(0);
  });
});
