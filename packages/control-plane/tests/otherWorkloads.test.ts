import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { byName, hpa, queryKey } from "./conformance/hpa.ts";
import { type Stage, startStage } from "./conformance/stage.ts";
import { until } from "./until.ts";

/** The kinds of docs/how-to/other-workloads.md before the real HPA controller. */

interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  /** Of the scale subresource, as the CRD of the project has them. Absent for a kind of Kubernetes. */
  readonly paths?: { readonly replicas: string; readonly selector: string };
}

const kinds: readonly Kind[] = [
  { apiVersion: "apps/v1", kind: "StatefulSet", plural: "statefulsets" },
  {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Rollout",
    plural: "rollouts",
    paths: { replicas: "HPAReplicas", selector: "selector" },
  },
  {
    apiVersion: "apps.kruise.io/v1alpha1",
    kind: "CloneSet",
    plural: "clonesets",
    paths: { replicas: "replicas", selector: "labelSelector" },
  },
];

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
  await stage.apply(...kinds.flatMap(definition));
}, 600_000);
afterAll(() => stage?.stop(), 60_000);

/** The CRD of a kind, with the scale subresource and no validation. */
function definition({ apiVersion, kind, plural, paths }: Kind): object[] {
  if (paths === undefined) return [];
  const [group = "", name = ""] = apiVersion.split("/");
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  const scale = {
    specReplicasPath: ".spec.replicas",
    statusReplicasPath: `.status.${paths.replicas}`,
    labelSelectorPath: `.status.${paths.selector}`,
  };
  const version = { name, served: true, storage: true, schema, subresources: { status: {}, scale } };
  return [
    {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `${plural}.${group}` },
      spec: { group, names: { kind, plural, singular: kind.toLowerCase() }, scope: "Namespaced", versions: [version] },
    },
  ];
}

/** Creates the workload with one replica, which nobody runs, and what its own controller would write into its status. */
async function create({ apiVersion, kind, plural, paths }: Kind, name: string): Promise<void> {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: "app", image: "app" }] } };
  const spec = { replicas: 1, serviceName: name, selector: { matchLabels: labels }, template };
  await until(`the API of ${kind}`, async () => {
    await stage.apply({ apiVersion, kind, metadata: { name, namespace: "default" }, spec });
    return true;
  });
  if (paths === undefined) return;
  const status = { [paths.replicas]: 1, [paths.selector]: `app=${name}` };
  const patch = ["--subresource=status", "--type=merge", "-p", JSON.stringify({ status })];
  await stage.plane.kubectl(["patch", `${plural}.${apiVersion.split("/")[0]}`, name, ...patch]);
}

// The controller looks up the resource of a new kind at most every 30 s.
test.each(kinds)(
  "a $kind gets the replicas that its query asks for",
  async (workload) => {
    const { apiVersion, kind, plural } = workload;
    const name = kind.toLowerCase();
    await create(workload, name);
    const made = hpa(name, [byName(name)], { annotations: { [queryKey(name)]: "vector(30)" } }) as { spec: object };
    await stage.apply({ ...made, spec: { ...made.spec, scaleTargetRef: { apiVersion, kind, name } } });
    const replicas = ["get", `${plural}.${apiVersion.split("/")[0]}`, name, "-o", "jsonpath={.spec.replicas}"];
    await until("three replicas", async () => (await stage.plane.kubectl(replicas)) === "3", 90);
    expect(await stage.plane.kubectl(["describe", "hpa", name])).toContain("SuccessfulRescale");
  },
  120_000,
);
