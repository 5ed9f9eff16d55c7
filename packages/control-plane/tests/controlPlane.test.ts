import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Agent, fetch } from "undici";
import { makeDirectory } from "../src/directory.ts";
import { type ControlPlane, startControlPlane } from "../src/index.ts";
import type { WatchedObject } from "../src/kubernetes.ts";
import { eventually, ownChildren, ownListeners, processesWith } from "./remains.ts";

// A fresh machine builds the programs first.
const buildMinutes = 40;

/** Folders of control planes of this process. */
const ownFolders = () =>
  readdirSync(tmpdir()).filter((name) => {
    const owner = join(tmpdir(), name, "owner");
    return (
      name.startsWith("asm-autoscaler-") &&
      existsSync(owner) &&
      readFileSync(owner, "utf8").startsWith(`${process.pid} `)
    );
  });

interface HpaEvent extends WatchedObject {
  reason?: string;
  involvedObject?: { kind?: string };
}

describe("a control plane", () => {
  let controlPlane: ControlPlane;
  beforeAll(async () => {
    controlPlane = await startControlPlane({ downscaleStabilizationSeconds: 30 });
  }, buildMinutes * 60_000);
  afterAll(() => controlPlane?.stop());

  test("its HPA controller scales a Deployment and says why an external metric cannot be read", async () => {
    const metadata = { name: "podinfo", namespace: "default" };
    await controlPlane.kubectl(["create", "deployment", "podinfo", "--image=podinfo"]);
    const reasons: string[] = [];
    const events = new Promise<void>((resolve) => {
      const watch = controlPlane.kubernetes.watchObjects<HpaEvent>("/api/v1/namespaces/default/events", {
        onEvent: ({ object }) => {
          if (object.involvedObject?.kind === "HorizontalPodAutoscaler") reasons.push(object.reason ?? "");
          if (!reasons.includes("SuccessfulRescale") || !reasons.includes("FailedGetExternalMetric")) return;
          watch.stop();
          resolve();
        },
      });
    });
    await controlPlane.kubernetes.autoscaling.createNamespacedHorizontalPodAutoscaler({
      namespace: "default",
      body: {
        metadata,
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "podinfo" },
          minReplicas: 3,
          maxReplicas: 5,
          metrics: [
            {
              type: "External",
              external: { metric: { name: "no-such-metric" }, target: { type: "AverageValue", averageValue: "10" } },
            },
          ],
        },
      },
    });
    await events; // the controller syncs every 15 s: the first time it scales, the second time it reads
    expect((await controlPlane.kubernetes.apps.readNamespacedDeployment(metadata)).spec?.replicas).toBe(3);
    expect((await controlPlane.kubernetes.core.listNamespacedPod({ namespace: "default" })).items).toHaveLength(3);
  }, 60_000);

  test("pods reach the API server at the ClusterIP of the kubernetes Service, with a certificate for it", async () => {
    const service = await controlPlane.kubernetes.core.readNamespacedService({
      name: "kubernetes",
      namespace: "default",
    });
    expect(service.spec?.clusterIP).toBe(controlPlane.addresses.kubernetesService);
    const pool = new Agent({ connect: { ca: controlPlane.caPem } });
    const response = await fetch(`https://${service.spec?.clusterIP}/version`, { dispatcher: pool });
    expect(await response.json()).toMatchObject({ gitVersion: "v1.37.2" });
    await pool.close();
  });

  test("a ServiceAccount's token is accepted, and may do what RBAC says and no more", async () => {
    const token = (await controlPlane.kubectl(["create", "token", "default"])).trim();
    const pool = new Agent({ connect: { ca: controlPlane.caPem } });
    const ask = (path: string, headers: Record<string, string>) =>
      fetch(`https://${controlPlane.addresses.component(2)}:6443${path}`, { dispatcher: pool, headers });
    expect((await ask("/api/v1/pods", { authorization: `Bearer ${token}` })).status).toBe(403);
    expect((await ask("/apis", { authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await ask("/apis", { authorization: "Bearer nonsense" })).status).toBe(401);
    await pool.close();
  });

  test("etcd answers nobody without its own client certificate", async () => {
    const etcd = `https://${controlPlane.addresses.component(1)}:2379/health`;
    const ca = readFileSync(join(controlPlane.directory, "etcd-ca.crt"));
    const pool = new Agent({ connect: { ca } });
    await expect(fetch(etcd, { dispatcher: pool })).rejects.toThrow();
    await pool.close();
  });

  test("kubectl that fails is an error with what it was asked and what it said", async () => {
    const get = controlPlane.kubectl(["get", "pod", "absent"]);
    await expect(get).rejects.toThrow(/ASM_KUBECTL_FAILED: kubectl get pod absent ended with 1: .*"absent" not found/);
    await expect(controlPlane.kubectl(["create", "-f", "-"], "kind: Nonsense")).rejects.toThrow("ASM_KUBECTL_FAILED");
  });

  test("a second one runs beside it, with objects of its own, and stops without a trace", async () => {
    const other = await startControlPlane({
      scrapeConfigs: [{ job_name: "pods", kubernetes_sd_configs: [{ role: "pod" }] }],
    });
    expect(other.addresses.number).not.toBe(controlPlane.addresses.number);
    await other.kubectl(["create", "namespace", "only-here"]);
    await expect(controlPlane.kubectl(["get", "namespace", "only-here"])).rejects.toThrow("not found");
    const targets = (await (await fetch(`${other.prometheusUrl}/api/v1/targets`)).json()) as { status: string };
    expect(targets.status).toBe("success");
    expect(processesWith(other.directory)).toHaveLength(4);
    expect(ownListeners()).toContain(`${other.addresses.kubernetesService}:443`);

    const begun = Date.now();
    await Promise.all([other.stop(), other.stop()]);
    expect(Date.now() - begun).toBeLessThan(10_000);
    expect(processesWith(other.directory)).toEqual([]);
    expect(existsSync(other.directory)).toBe(false);
    expect(ownListeners()).not.toContain(`${other.addresses.kubernetesService}:443`);
    expect(processesWith(controlPlane.directory)).toHaveLength(4); // the first goes on
  }, 60_000);

  test("a configuration that Prometheus refuses fails the start with its words and leaves nothing", async () => {
    const [folders, children, listeners] = [ownFolders(), ownChildren(), ownListeners()];
    const start = startControlPlane({ scrapeConfigs: [{ job_name: "x", nonsense: true }] });
    await expect(start).rejects.toThrow(/ASM_PROCESS_NOT_READY: prometheus ended before it was ready .*nonsense/s);
    expect(ownFolders()).toEqual(folders);
    expect(ownChildren()).toEqual(children);
    expect(ownListeners()).toEqual(listeners);
  }, 60_000);
});

test("when the process is killed, nothing it started lives on, and the next start removes its folder", async () => {
  const script = fileURLToPath(new URL("startAndHold.ts", import.meta.url));
  const parent = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: parent.stdout }).once("line", resolve);
    parent.once("exit", (code) => reject(new Error(`startAndHold ended with ${code}`)));
  });
  const { directory } = JSON.parse(line) as { directory: string };
  expect(processesWith(directory)).toHaveLength(4);

  parent.kill("SIGKILL");
  await eventually("the end of its processes", () => processesWith(directory).length === 0);
  expect(existsSync(directory)).toBe(true);
  await (await makeDirectory()).remove();
  expect(existsSync(directory)).toBe(false);
}, 60_000);
