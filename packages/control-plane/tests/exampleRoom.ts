import { mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { openCloud } from "../src/alicloudProvider/cloud.ts";
import { type ControlPlane, startControlPlane } from "../src/index.ts";
import { openProject, type ProjectOptions } from "../src/preview/project.ts";
import { type Planned, plannedBy } from "../src/preview/tree.ts";

/** A preview of a project on disk. */
export interface Previewed {
  readonly planned: readonly Planned[];
  /** Warnings and errors, violations of the policy pack, and what the program printed itself. */
  readonly said: readonly string[];
  /** Images of all containers, as far as they are known. */
  readonly images: readonly string[];
  /** Outputs of the stack. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Calls of a cloud. */
  readonly calls: readonly string[];
}

/** What to preview. */
export interface PreviewOptions extends Partial<Omit<ProjectOptions, "project">> {
  readonly project: string;
  /** Folders of policy packs. */
  readonly policyPacks: string[];
}

/** A control plane with the namespaces that the examples expect, so that the API server can judge what is made in them. */
export async function startExampleCluster(): Promise<ControlPlane> {
  const controlPlane = await startControlPlane();
  for (const namespace of ["istio-system", "shop", "arms-prom", "test"]) {
    await controlPlane.kubectl(["create", "namespace", namespace]);
  }
  return controlPlane;
}

/** A registry that mirrors all others. */
export const MIRROR = "registry.example.com/hub";

/** The settings that examples/existing-mesh has no default for. */
export function existingMeshSettings({ kubeconfig }: ControlPlane) {
  return {
    config: { vpcId: "vpc-1", clusterId: "c1", meshId: "m1", imageRegistry: MIRROR },
    secrets: {
      kubeconfig: readFileSync(kubeconfig, "utf8"),
      prometheusUrl: "https://cn-hangzhou.arms.aliyuncs.com:9443/api/v1/prometheus/1/2/c1/cn-hangzhou",
      prometheusToken: "token",
    },
  };
}

/** The settings that examples/production has no default for, with all that it can create. */
export const productionSettings = {
  config: {
    ...{ resourceGroupId: "rg-1", vpcId: "vpc-1", kmsKeyId: "key-1", imageRegistry: MIRROR },
    ...{ nodeVswitchIds: '["vsw-1","vsw-2"]', podVswitchIds: '["vsw-3","vsw-4"]', workloads: "true" },
  },
};

/** Previews a project by the real engine. Objects of Kubernetes are tried on the API server. */
export async function previewProject(controlPlane: ControlPlane, options: PreviewOptions): Promise<Previewed> {
  const { policyPacks, ...projectOptions } = options;
  const { kubeconfig, binaries } = controlPlane;
  const directory = join(controlPlane.directory, `preview-${basename(options.project)}`);
  mkdirSync(directory);
  const opened = await openProject({ directory, pulumi: binaries.pulumi, kubeconfig, ...projectOptions });
  const planned: Planned[] = [];
  const said: string[] = [];
  const images: string[] = [];
  let outputs = {};
  try {
    await opened.stack.preview({
      policyPacks,
      onEvent: (event) => {
        const resource = plannedBy(event);
        if (resource !== undefined) planned.push(resource);
        if (resource?.type.startsWith("kubernetes:")) images.push(...imagesIn(event.resourcePreEvent?.metadata.new));
        const { type, new: state } = event.resOutputsEvent?.metadata ?? {};
        if (type === "pulumi:pulumi:Stack") outputs = state?.outputs ?? {};
        const { severity, message = "" } = event.diagnosticEvent ?? {};
        // The CLI warns of each plugin that is not in its own folder.
        const ambient = message.startsWith("using pulumi-analyzer-policy-nodejs from $PATH");
        if ((severity === "warning" || severity === "error") && !ambient) said.push(message);
        if (event.policyEvent !== undefined) said.push(event.policyEvent.message);
      },
    });
    return {
      planned,
      said: [...said, ...opened.printed().split("\n").filter(Boolean)],
      images,
      outputs,
      calls: openCloud(directory).calls(),
    };
  } finally {
    await opened.close();
  }
}

/** Images of the containers of a planned object. */
function imagesIn(state: unknown): string[] {
  return [...JSON.stringify(state ?? {}).matchAll(/"image":"([^"]+[/:][^"]+)"/g)].map(([, image = ""]) => image);
}

/** Names of our components right below the stack, in alphabetical order. */
export function componentsOf({ planned }: Previewed): string[] {
  const stack = planned.find(({ type }) => type === "pulumi:pulumi:Stack");
  return planned
    .filter(({ type, parent }) => parent === stack?.urn && type.startsWith("asm-autoscaler:"))
    .map(({ type }) => type.replace("asm-autoscaler:index:", ""))
    .sort();
}
