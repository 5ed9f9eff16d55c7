import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { NeighbourAdapter } from "@asm-autoscaler/asm-autoscaler";
import { beforeAll, expect, test } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { IMAGE } from "../../../deploy/install.ts";
import { adapterObjects, type KubernetesObject } from "../../../deploy/objects.ts";
import { ensureBinaries } from "../src/binaries.ts";

/** What `kubectl apply -k` makes of the folders for kustomize. It needs no cluster. */

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));

let program: string;

beforeAll(async () => {
  program = (await ensureBinaries(["kubectl"])).kubectl;
}, 900_000);

async function built(folder: string): Promise<KubernetesObject[]> {
  const { stdout } = await run(program, ["kustomize", folder], { cwd: root, maxBuffer: 1 << 26 });
  return parseAllDocuments(stdout).flatMap((document) => document.toJS() ?? []);
}

/** Objects by kind, namespace and name, without the flags of delegates, which a user writes in a short form. */
function byName(objects: readonly KubernetesObject[]): Record<string, unknown> {
  return Object.fromEntries(
    objects.map((object) => [
      `${object.kind} ${object.metadata.namespace ?? ""}/${object.metadata.name}`,
      JSON.parse(JSON.stringify(object).replace(/"--delegate=[^"]*",|,"--delegate=[^"]*"/g, "")),
    ]),
  );
}

const prometheus = { url: "http://prometheus.istio-system.svc:9090" };
const image = `${IMAGE}:0.1.0`;

test("deploy is what the component creates", async () => {
  expect(byName(await built("deploy"))).toEqual(byName(await adapterObjects({ prometheus, image })));
});

test("the example with a neighbour is the component with takeOver and a delegate", async () => {
  const example = await built("examples/kustomize-neighbour");
  const component = { prometheus, image, takeOver: true, delegates: [{ type: NeighbourAdapter.Keda }] };
  expect(byName(example)).toEqual(byName(await adapterObjects(component)));
  expect(JSON.stringify(example)).toContain('"--delegate=keda"');
});

test("the example with rules of prometheus-adapter is the component with them and takeOver", async () => {
  const example = await built("examples/kustomize-prometheus-adapter");
  const config = readFileSync(join(root, "examples/kustomize-prometheus-adapter/config.yaml"), "utf8");
  const component = { prometheus, image, takeOver: true, prometheusAdapterRules: { config } };
  expect(rightsOnce(example)).toEqual(rightsOnce(await adapterObjects(component)));
});

/** The objects by name. Two rules of a role can be one, and kustomize reads the mark and gives the ConfigMap no labels. */
function rightsOnce(objects: readonly KubernetesObject[]): Record<string, unknown> {
  return byName(
    objects.map((object) => {
      if (object.kind === "ConfigMap" && object.metadata.name === "asm-metrics-adapter-rules")
        return { ...object, metadata: { name: object.metadata.name } };
      if (object.kind !== "ClusterRole") return object;
      const { annotations: _, ...metadata } = object.metadata;
      return { ...object, metadata, rules: rightsOf(object) };
    }),
  );
}

/** Each right of a role as a text. */
function rightsOf(role: KubernetesObject): string[] {
  const rules = role["rules"] as {
    apiGroups: string[];
    resources: string[];
    resourceNames?: string[];
    verbs: string[];
  }[];
  return rules
    .flatMap(({ apiGroups, resources, resourceNames = [""], verbs }) =>
      resourceNames.map((name) => [apiGroups, resources, name, verbs].join(" ")),
    )
    .toSorted();
}
