import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { TrafficAutoscaler } from "@asm-autoscaler/asm-autoscaler/autoscaler";
import { OperatorPrometheus } from "@asm-autoscaler/asm-autoscaler/prometheus";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import * as k8s from "@pulumi/kubernetes";
import type { ResourceTransform } from "@pulumi/pulumi";
import { createEngine } from "../src/engine/engine.ts";
import { startKubernetesProvider } from "../src/engine/providerProcess.ts";
import { type EngineRoom, openEngineRoom } from "./engineRoom.ts";
import { until } from "./until.ts";

/**
 * What OperatorPrometheus uses of the CRD of prometheus-operator v0.85.0, without descriptions. Source:
 * example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml of
 * github.com/prometheus-operator/prometheus-operator (Apache License 2.0).
 */
const POD_MONITOR = fileURLToPath(new URL("recorded/podMonitor.crd.json", import.meta.url));

let room: EngineRoom;
beforeAll(async () => {
  room = await openEngineRoom();
}, 120_000);
afterAll(() => room?.stop(), 60_000);

/** The guide's set-up without its adapter: a namespace, a Deployment of no replicas and its autoscaler. */
const podinfo = (namespaceName: string, requestsPerSecond: () => number) => async (): Promise<void> => {
  const namespace = new k8s.core.v1.Namespace(namespaceName, { metadata: { name: namespaceName } });
  const labels = { app: "podinfo" };
  const deployment = new k8s.apps.v1.Deployment("podinfo", {
    metadata: { name: "podinfo", namespace: namespace.metadata.name },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "podinfo", image: "podinfo", resources: { limits: { cpu: "1000m" } } }] },
      },
    },
  });
  new TrafficAutoscaler("podinfo", {
    namespace: namespace.metadata.name,
    target: deployment.metadata.name,
    maxReplicas: 10,
    metrics: [{ requestsPerSecond: requestsPerSecond() }],
  });
};

const names = async (kind: string): Promise<string[]> => {
  const printed = await room.controlPlane.kubectl(["get", kind, "-A", "-o", "name"]);
  return printed.split("\n").filter(Boolean);
};

describe("a stack of the real engine", () => {
  test("goes up as previewed, changes nothing the second time, and leaves nothing when destroyed", async () => {
    const kinds = ["namespaces", "deployments", "replicasets", "hpa", "secrets", "configmaps"];
    const all = async (): Promise<string[]> => (await Promise.all(kinds.map(names))).flat().sort();
    const before = await all();

    await room.withStack(
      "whole",
      podinfo("whole", () => 10),
      async (stack) => {
        const previewed = await stack.preview();
        const { summary } = await stack.up();
        expect(summary.resourceChanges).toEqual(previewed.changeSummary);
        expect(summary.resourceChanges).toEqual({ create: 5 }); // and the stack and the component

        const hpa = JSON.parse(await room.controlPlane.kubectl(["get", "hpa", "podinfo", "-n", "whole", "-o", "json"]));
        expect(hpa.spec.metrics[0].external.target).toEqual({ type: "AverageValue", averageValue: "10" });

        await stack.preview({ expectNoChanges: true });
        await stack.up({ expectNoChanges: true });
      },
    );

    expect(await all()).toEqual(before);
  }, 120_000);

  test("makes one update of a changed target, without a replacement", async () => {
    let target = 10;
    await room.withStack(
      "changed",
      podinfo("changed", () => target),
      async (stack) => {
        await stack.up();
        target = 2000; // which Kubernetes writes back as "2k"
        const done: string[] = [];
        await stack.up({
          onEvent: ({ resOutputsEvent }) => {
            const { op, type } = resOutputsEvent?.metadata ?? {};
            if (op !== undefined && op !== "same") done.push(`${op} ${type}`);
          },
        });
        const updated = "update kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
        expect(done.filter((each) => each.includes(" kubernetes:"))).toEqual([updated]);
        const jsonPath = "jsonpath={.spec.metrics[0].external.target.averageValue}";
        expect(await room.controlPlane.kubectl(["get", "hpa", "podinfo", "-n", "changed", "-o", jsonPath])).toBe("2k");
        await stack.up({ expectNoChanges: true });
      },
    );
  }, 120_000);

  test("refreshes without a change after the cluster has written its own fields", async () => {
    await room.withStack(
      "refreshed",
      podinfo("refreshed", () => 10),
      async (stack) => {
        await stack.up();
        // A status of the HPA controller and a label of somebody else: what the program does not set is no change.
        const condition = "--for=jsonpath={.status.conditions}";
        await room.controlPlane.kubectl(["wait", "-n", "refreshed", "hpa/podinfo", condition]);
        await room.controlPlane.kubectl(["label", "-n", "refreshed", "hpa/podinfo", "team=b"]);
        await stack.refresh({ expectNoChanges: true });
        await stack.preview({ expectNoChanges: true });
      },
    );
  }, 120_000);

  test("creates the PodMonitors of an OperatorPrometheus, which the real kind accepts as they are", async () => {
    const { kubectl } = room.controlPlane;
    await kubectl(["apply", "-f", POD_MONITOR]);
    await kubectl(["wait", "--for=condition=Established", "crd/podmonitors.monitoring.coreos.com"]);
    // The garbage collector notices a new kind after 30 s, and a deletion would wait for it.
    const retained: ResourceTransform = ({ props, opts }) => ({ props, opts: { ...opts, retainOnDelete: true } });
    const program = async () => {
      new OperatorPrometheus(
        "prometheus",
        {
          ...{ release: "ack-prometheus-operator", namespace: "default" },
          ...{ scrapeEnvoy: true, scrapeZtunnel: true, scrapeIntervalSeconds: 5 },
        },
        { transforms: [retained] },
      );
    };
    // The provider sends them with strict field validation: a field that the kind does not have is an error.
    await room.withStack("monitors", program, async (stack) => {
      await stack.up();
      const list = JSON.parse(await kubectl(["get", "podmonitors", "-o", "json"]));
      const specs = list.items.map(({ spec }: { spec: { podMetricsEndpoints: object[] } }) => spec.podMetricsEndpoints);
      expect(specs).toMatchObject([
        [{ port: "http-envoy-prom", interval: "5s", scrapeTimeout: "5s" }],
        [{ port: "ztunnel-stats", interval: "5s", scrapeTimeout: "5s" }],
      ]);
    });
  }, 60_000);

  test("keeps a Secret's text out of its state files", async () => {
    const text = "correct horse battery staple";
    const program = async () => {
      new k8s.core.v1.Secret("token", { metadata: { name: "token" }, stringData: { token: text } });
    };
    await room.withStack("secret", program, async (stack) => {
      await stack.up();
      await stack.refresh({ expectNoChanges: true });
      const files = readdirSync(join(room.directory, "pulumi-state"), { recursive: true, withFileTypes: true });
      const state = files
        .filter((file) => file.isFile() && file.name.startsWith("secret"))
        .map((file) => readFileSync(join(file.parentPath, file.name), "utf8"))
        .join("\n");
      expect(state).toContain("kubernetes:core/v1:Secret");
      expect(state).not.toContain(text);
      expect(state).not.toContain(Buffer.from(text).toString("base64"));
    });
  }, 60_000);
});

const refused = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => resolve(true));
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
  });

describe("the engine's provider process", () => {
  test("is gone after stop", async () => {
    const provider = await startKubernetesProvider(room.controlPlane.kubeconfig, room.directory);
    expect(await refused(provider.port)).toBe(false);
    await provider.stop();
    expect(await refused(provider.port)).toBe(true);
  }, 60_000);

  test("is gone when the process that started it is killed", async () => {
    const source = JSON.stringify(new URL("../src/engine/providerProcess.ts", import.meta.url).href);
    const program = `import { startKubernetesProvider } from ${source};
      const { port } = await startKubernetesProvider(...process.argv.slice(1));
      console.log(port);`;
    const args = ["--input-type=module", "-e", program, room.controlPlane.kubeconfig, room.directory];
    const parent = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(createInterface({ input: parent.stdout }), "line");
    const port = Number(line);
    expect(await refused(port)).toBe(false);
    parent.kill("SIGKILL");
    await until("the provider gone", () => refused(port));
  }, 60_000);

  test("is named with its log when it has ended by itself", async () => {
    const provider = await startKubernetesProvider(room.controlPlane.kubeconfig, room.directory);
    provider.check();
    process.kill(provider.pid, "SIGKILL");
    // Its port is free a moment before its end is told.
    const told = () => {
      try {
        provider.check();
        return false;
      } catch {
        return true;
      }
    };
    await until("the end of the provider is told", told);
    expect(provider.check).toThrow(/ASM_PROVIDER_ENDED: .*SIGKILL.*provider\.log/);
    await provider.stop();
  }, 60_000);

  test("names the kubeconfig that cannot be read", async () => {
    const { binaries } = room.controlPlane;
    const engine = createEngine({ binaries, kubeconfig: "/no/such/kubeconfig", directory: room.directory });
    const program = async () => {
      new k8s.core.v1.ConfigMap("map", {});
    };
    const stack = await engine.stack({ project: "engine-test", stack: "unreachable", program });
    await expect(stack.up()).rejects.toThrow("/no/such/kubeconfig");
    await engine.stop();
  }, 60_000);
});
