import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import * as k8s from "@pulumi/kubernetes";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { type EngineRoom, openEngineRoom } from "./engineRoom.ts";

let room: EngineRoom;
beforeAll(async () => {
  room = await openEngineRoom();
}, 120_000);
afterAll(() => room?.stop(), 60_000);

const kubectl = (...args: string[]): Promise<string> => room.controlPlane.kubectl(args);

/** What an operation did to objects of the cluster: `update kubernetes:core/v1:ConfigMap`. */
const operations = async (stack: Stack): Promise<string[]> => {
  const done: string[] = [];
  await stack.up({
    onEvent: ({ resOutputsEvent }) => {
      const { op, type } = resOutputsEvent?.metadata ?? {};
      if (op !== undefined && op !== "same" && type?.startsWith("kubernetes:")) done.push(`${op} ${type}`);
    },
  });
  return done;
};

/** The kubeconfig with its cluster under another name of the same server. */
function otherCluster(kubeconfig: string): string {
  const config = JSON.parse(kubeconfig) as { clusters: { cluster: Record<string, unknown> }[] };
  for (const { cluster } of config.clusters) cluster["tls-server-name"] = "localhost";
  return JSON.stringify(config);
}

describe("the stand-in kubernetes provider", () => {
  test("does not take over an object that is there, and names it", async () => {
    await kubectl("create", "configmap", "foreign", "--from-literal=owner=somebody");
    const program = async () => {
      new k8s.core.v1.ConfigMap("mine", { metadata: { name: "foreign" }, data: { owner: "us" } });
    };
    await room.withStack("exists", program, async (stack) => {
      await expect(stack.up()).rejects.toThrow('configmaps "foreign" already exists');
    });
    expect(await kubectl("get", "configmap", "foreign", "-o", "jsonpath={.data.owner}")).toBe("somebody");
  }, 60_000);

  test("fails with conditions and events for a Deployment that never becomes available, and keeps it in the state", async () => {
    const labels = { app: "stuck" };
    const program = async () => {
      new k8s.apps.v1.Deployment(
        "stuck",
        {
          metadata: { name: "stuck" },
          spec: {
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: { containers: [{ name: "a", image: "a" }] } },
          },
        },
        { customTimeouts: { create: "3s" } },
      );
    };
    await room.withStack("stuck", program, async (stack) => {
      const failure = await stack.up().catch(String);
      expect(failure).toContain("apps/v1 Deployment default/stuck timed out after 3 s: 0 of 1 replicas are available");
      expect(failure).toContain("Available=False MinimumReplicasUnavailable");
      expect(failure).toContain("ScalingReplicaSet on stuck");
      const { deployment } = await stack.exportStack();
      expect(JSON.stringify(deployment)).toContain('"id":"default/stuck"');
    });
    expect(await kubectl("get", "deployments", "-o", "name")).toBe("");
  }, 60_000);

  test("refuses at preview a field that Kubernetes does not know", async () => {
    const program = async () => {
      new k8s.autoscaling.v2.HorizontalPodAutoscaler("typo", {
        // The type would refuse it; a program in another language, or with a cast, does not.
        spec: Object.assign({ maxReplicas: 2, scaleTargetRef: { kind: "Deployment", name: "a" } }, { maxReplica: 3 }),
      });
    };
    await room.withStack("typo", program, async (stack) => {
      await expect(stack.preview()).rejects.toThrow('unknown field "spec.maxReplica"');
    });
  }, 60_000);

  test("waits for what pulumi.com/waitFor says", async () => {
    const program = async () => {
      const annotations = { "pulumi.com/waitFor": "jsonpath={.metadata.labels.ready}=yes" };
      new k8s.core.v1.ServiceAccount("late", { metadata: { name: "late", annotations } });
    };
    await room.withStack("late", program, async (stack) => {
      let labelled: Promise<string> | undefined;
      const watch = room.controlPlane.kubernetes.watchObjects("/api/v1/namespaces/default/serviceaccounts", {
        onEvent: ({ object }) => {
          if (object.metadata?.name === "late") labelled ??= kubectl("label", "serviceaccount", "late", "ready=yes");
        },
      });
      await stack.up();
      watch.stop();
      expect(labelled).toBeDefined();
      await labelled;
    });
  }, 60_000);

  test("leaves an ignored field to its other owner", async () => {
    let priority = 100;
    const program = async () => {
      new k8s.apiregistration.v1.APIService(
        "api",
        {
          metadata: { name: "v1.ignored.example.com" },
          spec: {
            group: "ignored.example.com",
            version: "v1",
            groupPriorityMinimum: priority,
            versionPriority: 100,
            service: { name: "api", namespace: "default" },
          },
        },
        { ignoreChanges: ["spec.caBundle"] },
      );
    };
    const get = async (field: string): Promise<string> =>
      kubectl("get", "apiservice", "v1.ignored.example.com", "-o", `jsonpath={.spec.${field}}`);
    await room.withStack("ignored", program, async (stack) => {
      await stack.up();
      const caBundle = Buffer.from("-----BEGIN CERTIFICATE-----\n").toString("base64");
      await kubectl(
        "patch",
        "apiservice",
        "v1.ignored.example.com",
        "--type=merge",
        "-p",
        JSON.stringify({ spec: { caBundle } }),
      );
      await stack.refresh({ expectNoChanges: true });
      await stack.preview({ expectNoChanges: true });
      priority = 200;
      expect(await operations(stack)).toEqual(["update kubernetes:apiregistration.k8s.io/v1:APIService"]);
      expect(await get("caBundle")).toBe(caBundle);
      expect(await get("groupPriorityMinimum")).toBe("200");
    });
  }, 120_000);

  test("names the other owner of a field that it is asked to change", async () => {
    let replicas = 2;
    const program = async () => {
      const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "a" };
      new k8s.autoscaling.v2.HorizontalPodAutoscaler("taken", {
        metadata: { name: "taken" },
        spec: { scaleTargetRef, maxReplicas: replicas },
      });
    };
    await room.withStack("taken", program, async (stack) => {
      await stack.up();
      await kubectl("patch", "hpa", "taken", "-p", '{"spec":{"maxReplicas":7}}', "--field-manager=helm");
      const { summary } = await stack.refresh();
      expect(summary.resourceChanges).toEqual({ same: 1, update: 1 });
      replicas = 3;
      const failure = await stack.up().catch(String);
      expect(failure).toContain('conflict with "helm"');
      expect(failure).toContain(".spec.maxReplicas");
    });
  }, 120_000);

  test("replaces a ConfigMap whose data change: a named one after its deletion, an unnamed one before", async () => {
    let color = "red";
    const program = async () => {
      new k8s.core.v1.ConfigMap("named", { metadata: { name: "named" }, data: { color } });
      const unnamed = new k8s.core.v1.ConfigMap("unnamed", { data: { color } });
      return { name: unnamed.metadata.name };
    };
    await room.withStack("replaced", program, async (stack) => {
      const { outputs } = await stack.up();
      expect(outputs["name"]?.value).toMatch(/^unnamed-[0-9a-f]{8}$/);
      color = "blue";
      await stack.up();
      expect(await kubectl("get", "configmap", "named", "-o", "jsonpath={.data.color}")).toBe("blue");
      const maps = await kubectl("get", "configmaps", "-o", "name");
      expect(maps.match(/unnamed-/g)).toHaveLength(1);
      expect(maps).not.toContain(outputs["name"]?.value);
    });
  }, 120_000);

  test("serves several providers in one program, each with its own namespace, and reads what others made", async () => {
    const kubeconfig = readFileSync(room.controlPlane.kubeconfig, "utf8");
    await kubectl("create", "configmap", "read-me", "--from-literal=a=b");
    const program = async () => {
      const elsewhere = new k8s.Provider("elsewhere", { kubeconfig, namespace: "kube-public" });
      // One after the other, so that both providers are configured before the last two are checked.
      const here = new k8s.core.v1.ConfigMap("here", {});
      const there = new k8s.core.v1.ConfigMap("there", {}, { provider: elsewhere, dependsOn: here });
      const again = new k8s.core.v1.ConfigMap("again", {}, { dependsOn: there });
      const read = k8s.core.v1.ConfigMap.get("read", "default/read-me");
      return { there: there.id, here: here.id, again: again.id, read: read.data };
    };
    await room.withStack("several", program, async (stack) => {
      await stack.preview();
      const { outputs } = await stack.up();
      expect(outputs["there"]?.value).toMatch(/^kube-public\/there-/);
      expect(outputs["here"]?.value).toMatch(/^default\/here-/);
      expect(outputs["again"]?.value).toMatch(/^default\/again-/);
      expect(outputs["read"]?.value).toEqual({ a: "b" });
    });
    expect(await kubectl("get", "configmap", "read-me", "-o", "name")).toContain("read-me");
  }, 60_000);

  test("changes only the fields of a patch in an object that is somebody else's, and gives them up when it goes", async () => {
    await kubectl("create", "namespace", "shop");
    await kubectl("label", "namespace", "shop", "team=a");
    let mode = "enabled";
    const program = async () => {
      const metadata = { name: "shop", labels: { "istio-injection": mode } };
      const patch = new k8s.core.v1.NamespacePatch("shop", { metadata });
      return { name: patch.metadata.name };
    };
    const labels = async (): Promise<unknown> => {
      const { metadata } = JSON.parse(await kubectl("get", "namespace", "shop", "-o", "json")) as k8s.core.v1.Namespace;
      return metadata.labels;
    };
    const theirs = { "kubernetes.io/metadata.name": "shop", team: "a" };
    await room.withStack("patch", program, async (stack) => {
      await stack.preview();
      expect(await labels()).toEqual(theirs);
      const { outputs } = await stack.up();
      expect(outputs["name"]?.value).toBe("shop");
      expect(await labels()).toEqual({ ...theirs, "istio-injection": "enabled" });
      await stack.preview({ expectNoChanges: true });
      await stack.refresh({ expectNoChanges: true });
      await stack.preview({ expectNoChanges: true });
      mode = "disabled";
      expect(await operations(stack)).toEqual(["update kubernetes:core/v1:NamespacePatch"]);
      expect(await labels()).toEqual({ ...theirs, "istio-injection": "disabled" });
    });
    expect(await labels()).toEqual(theirs);
  }, 180_000);

  test("names the other owner of a field that a patch would change, and takes it over when it is told to", async () => {
    await kubectl("create", "namespace", "taken");
    await kubectl("label", "namespace", "taken", "istio-injection=disabled");
    const annotations: Record<string, string> = {};
    const program = async () => {
      const metadata = { name: "taken", labels: { "istio-injection": "enabled" }, annotations };
      new k8s.core.v1.NamespacePatch("taken", { metadata });
    };
    const mode = (): Promise<string> =>
      kubectl("get", "namespace", "taken", "-o", "jsonpath={.metadata.labels.istio-injection}");
    await room.withStack("taken-patch", program, async (stack) => {
      await expect(stack.up()).rejects.toThrow('conflict with "kubectl-label"');
      expect(await mode()).toBe("disabled");
      annotations["pulumi.com/patchForce"] = "true";
      await stack.up();
      expect(await mode()).toBe("enabled");
    });
  }, 120_000);

  test("makes no object for a patch of one that is not there", async () => {
    const program = async () => {
      new k8s.core.v1.NamespacePatch("absent", { metadata: { name: "absent", labels: { a: "b" } } });
    };
    await room.withStack("absent", program, async (stack) => {
      await stack.preview(); // it may come in the same update
      await expect(stack.up()).rejects.toThrow("patches v1 Namespace absent, which is not there");
    });
    expect(await kubectl("get", "namespaces", "-o", "name")).not.toContain("absent");
  }, 60_000);

  test("finds the end of a patch whose object is gone, and does not make it again", async () => {
    await kubectl("create", "configmap", "left", "--from-literal=a=b");
    const program = async () => {
      new k8s.core.v1.ConfigMapPatch("left", { metadata: { name: "left" }, data: { c: "d" } });
    };
    await room.withStack("left", program, async (stack) => {
      await stack.up();
      expect(await kubectl("get", "configmap", "left", "-o", "jsonpath={.data}")).toBe('{"a":"b","c":"d"}');
      await kubectl("delete", "configmap", "left");
    });
    expect(await kubectl("get", "configmaps", "-o", "name")).not.toContain("left");
  }, 60_000);

  test("replaces a provider and its objects for another clusterIdentifier, and for nothing else while there is one", async () => {
    const kubeconfig = readFileSync(room.controlPlane.kubeconfig, "utf8");
    const args = { kubeconfig, clusterIdentifier: "one" };
    const program = async () => {
      const provider = new k8s.Provider("there", args);
      new k8s.core.v1.ConfigMap("there", {}, { provider });
    };
    await room.withStack("identifier", program, async (stack) => {
      const planned = async (): Promise<string[]> => {
        const operations: string[] = [];
        await stack.preview({
          onEvent: ({ resourcePreEvent }) => {
            const { op, type } = resourcePreEvent?.metadata ?? {};
            if (op === "update" || op === "replace") operations.push(`${op} ${type}`);
          },
        });
        return operations.sort();
      };
      await stack.up();
      args.kubeconfig = otherCluster(kubeconfig);
      expect(await planned()).toEqual(["update pulumi:providers:kubernetes"]);
      args.clusterIdentifier = "two";
      const all = ["replace kubernetes:core/v1:ConfigMap", "replace pulumi:providers:kubernetes"];
      expect(await planned()).toEqual(all);
      args.kubeconfig = kubeconfig;
      expect(await planned()).toEqual(all);
    });
  }, 120_000);

  test("notices that an object is gone", async () => {
    const program = async () => {
      new k8s.core.v1.ConfigMap("gone", { metadata: { name: "gone" } });
    };
    await room.withStack("gone", program, async (stack) => {
      await stack.up();
      await kubectl("delete", "configmap", "gone");
      const { summary } = await stack.refresh();
      expect(summary.resourceChanges).toEqual({ same: 1, delete: 1 });
      expect(await operations(stack)).toEqual(["create kubernetes:core/v1:ConfigMap"]);
      await kubectl("delete", "configmap", "gone"); // its deletion finds nothing, and that is fine
    });
  }, 60_000);
});
