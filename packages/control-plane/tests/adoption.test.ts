import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ScalingPolicySelect, ScalingPolicyType, TrafficAutoscaler } from "@asm-autoscaler/asm-autoscaler";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import adoptHpa from "../../../examples/adopt-hpa/index.ts";
import { type EngineRoom, openEngineRoom } from "./engineRoom.ts";

let room: EngineRoom;
beforeAll(async () => {
  room = await openEngineRoom();
}, 120_000);
afterAll(() => room?.stop(), 60_000);

/** What docs/how-to/adopt-an-hpa.md gives to `pulumi import`. */
const hpaJson = fileURLToPath(new URL("../../../examples/adopt-hpa/hpa.json", import.meta.url));

const manifest = (namespace: string): string =>
  JSON.stringify({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", namespace },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 3,
      maxReplicas: 6,
      behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
      ],
    },
  });

const run = promisify(execFile);

/**
 * Runs `pulumi import` as the recipe says. The CLI loads the project's language host for it, so this copy of the project
 * is in YAML: there is no build of the host for Node.js.
 */
async function importHpa({ name, workspace }: Stack, namespace: string): Promise<void> {
  const folder = join(room.directory, `import-${namespace}`);
  mkdirSync(folder);
  writeFileSync(join(folder, "Pulumi.yaml"), "name: engine-test\nruntime: yaml\n");
  copyFileSync(join(workspace.workDir, `Pulumi.${name}.yaml`), join(folder, `Pulumi.${name}.yaml`));
  writeFileSync(join(folder, "hpa.json"), readFileSync(hpaJson, "utf8").replace('"shop/web"', `"${namespace}/web"`));
  const flags = ["--file", "hpa.json", "--generate-code=false", "--protect=false", "--stack", name, "--yes"];
  const env = { ...process.env, ...workspace.envVars, PULUMI_HOME: workspace.pulumiHome };
  await run(room.controlPlane.binaries.pulumi, ["import", ...flags], { cwd: folder, env, timeout: 60_000 });
}

/** Who created the HPA, and how. */
const creators: [string, (namespace: string) => Promise<unknown>][] = [
  [
    "kubectl-autoscale",
    async (namespace) => {
      const { kubectl } = room.controlPlane;
      await kubectl(["create", "deployment", "web", "--image=web", "--replicas=0", "-n", namespace]);
      await kubectl(["autoscale", "deployment", "web", "--min=3", "--max=6", "--cpu=80%", "-n", namespace]);
    },
  ],
  ["kubectl-client-side-apply", (namespace) => room.controlPlane.kubectl(["apply", "-f", "-"], manifest(namespace))],
  [
    "helm",
    (namespace) => room.controlPlane.kubectl(["create", "-f", "-", "--field-manager=helm"], manifest(namespace)),
  ],
];

test.each(creators)(
  "an HPA that %s owns is adopted with pulumi.com/patchForce, and without it the preview names the owner",
  async (manager, create) => {
    const { kubectl } = room.controlPlane;
    const namespace = `of-${manager}`;
    await kubectl(["create", "namespace", namespace]);
    await create(namespace);
    const uid = () => kubectl(["get", "hpa", "web", "-n", namespace, "-o", "jsonpath={.metadata.uid}"]);
    const before = await uid();

    await room.withStack(
      namespace,
      async () => adoptHpa(),
      async (stack) => {
        await stack.setAllConfig({ namespace: { value: namespace }, takeFields: { value: "false" } });
        await importHpa(stack, namespace);
        await expect(stack.preview()).rejects.toThrow(`conflicts with "${manager}"`);

        await stack.setConfig("takeFields", { value: "true" });
        expect((await stack.preview()).changeSummary).toEqual({ same: 1, update: 2 }); // the component and its HPA
        await stack.up();
        await stack.setConfig("takeFields", { value: "false" });
        await stack.up();
        await stack.preview({ expectNoChanges: true });

        expect(await uid()).toBe(before);
        const { spec } = JSON.parse(await kubectl(["get", "hpa", "web", "-n", namespace, "-o", "json"]));
        expect(spec).toMatchObject({ minReplicas: 1, maxReplicas: 20, metrics: [{ type: "External" }] });
        expect(spec.metrics).toHaveLength(1);
        // What the program does not set goes with its owner: kubectl's fields are taken over, Helm's stay.
        expect(spec.behavior?.scaleDown?.stabilizationWindowSeconds).toBe(manager === "helm" ? 60 : undefined);
      },
    );
  },
  120_000,
);

test("an HPA with every argument is accepted, and reads back as it was written", async () => {
  const namespace = "every-argument";
  await room.controlPlane.kubectl(["create", "namespace", namespace]);
  const rules = {
    policies: [
      { type: ScalingPolicyType.Pods, value: 3, periodSeconds: 45 },
      { type: ScalingPolicyType.Percent, value: 20, periodSeconds: 1800 },
    ],
    selectPolicy: ScalingPolicySelect.Min,
    tolerance: 0.05,
  };
  const program = async () => {
    new TrafficAutoscaler("every", {
      namespace,
      target: "web",
      name: "web-traffic",
      labels: { team: "shop" },
      annotations: { "example.com/owner": "shop" },
      maxReplicas: 5,
      metrics: [{ requestsPerSecond: 0.5 }],
      additionalMetrics: EVERY_SOURCE,
      schedules: [{ from: "08:00", to: "20:00", timeZone: "Europe/Berlin", replicas: 2 }],
      behavior: { scaleUp: rules, scaleDown: rules },
      paused: true,
    });
  };
  await room.withStack(namespace, program, async (stack) => {
    await stack.up();
    await stack.preview({ expectNoChanges: true, refresh: true });
    const hpa = JSON.parse(
      await room.controlPlane.kubectl(["get", "hpa", "web-traffic", "-n", namespace, "-o", "json"]),
    );
    expect(hpa.metadata.labels).toEqual({ team: "shop" });
    expect(hpa.metadata.annotations).toMatchObject({ "example.com/owner": "shop" });
    expect(hpa.spec.metrics.map(({ type }: { type: string }) => type)).toEqual([
      "External",
      "External",
      ...EVERY_SOURCE.map(({ type }) => type),
    ]);
    expect(hpa.spec.behavior.scaleUp).toMatchObject({ ...rules, selectPolicy: "Disabled", tolerance: "50m" });
  });
}, 120_000);

/** One metric of each type, with quantities that the API server prints in another form. */
const EVERY_SOURCE = [
  { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "1024Mi" } } },
  {
    type: "ContainerResource",
    containerResource: { name: "cpu", container: "web", target: { type: "Utilization", averageUtilization: 70 } },
  },
  { type: "Pods", pods: { metric: { name: "jobs" }, target: { type: "AverageValue", averageValue: "1000" } } },
  {
    type: "Object",
    object: {
      describedObject: { apiVersion: "v1", kind: "Service", name: "queue" },
      metric: { name: "depth" },
      target: { type: "Value", value: "0.5" },
    },
  },
  {
    type: "External",
    external: { metric: { name: "sls_ingress_qps" }, target: { type: "AverageValue", averageValue: "10" } },
  },
];
