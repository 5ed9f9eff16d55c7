import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { envoyStatsJob } from "@asm-autoscaler/asm-autoscaler/prometheus";
import { requestsPerSecondQuery } from "@asm-autoscaler/hpa-metrics";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { V1Pod } from "@kubernetes/client-node";
import { sidecarContainer } from "../src/sidecars/sidecar.ts";
import { type MeshTraffic, startMeshTraffic } from "../src/traffic/meshTraffic.ts";
import { byName, hpa, queryKey } from "./conformance/hpa.ts";
import { type Stage, startStage } from "./conformance/stage.ts";
import { until } from "./until.ts";

/**
 * The kinds of docs/how-to/other-workloads.md, and the gateway of docs/how-to/gateways.md, before the real HPA controller
 * and a real Prometheus, which scrapes their sidecars.
 */

interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  /** Of the scale subresource, as the CRD of the project has them. Absent for a kind of Kubernetes. */
  readonly paths?: { readonly replicas: string; readonly selector: string };
  /** What its controller creates, which does not run here. Absent for a kind of Kubernetes. */
  makes?(name: string, uid: string, template: { metadata: { labels: object }; spec: object }): object;
}

const controlledBy = (apiVersion: string, kind: string, name: string, uid: string) => ({
  namespace: "default",
  ownerReferences: [{ apiVersion, kind, name, uid, controller: true }],
});

const kinds: readonly Kind[] = [
  { apiVersion: "apps/v1", kind: "StatefulSet", plural: "statefulsets" },
  {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Rollout",
    plural: "rollouts",
    paths: { replicas: "HPAReplicas", selector: "selector" },
    makes: (name, uid, { metadata, spec }) => {
      const labels = { ...metadata.labels, "rollouts-pod-template-hash": "7c95d5f4b8" };
      return {
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        metadata: {
          name: `${name}-7c95d5f4b8`,
          labels,
          ...controlledBy("argoproj.io/v1alpha1", "Rollout", name, uid),
        },
        spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
      };
    },
  },
  {
    apiVersion: "apps.kruise.io/v1alpha1",
    kind: "CloneSet",
    plural: "clonesets",
    paths: { replicas: "replicas", selector: "labelSelector" },
    makes: (name, uid, { metadata, spec }) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: `${name}-x7k2p`,
        generateName: `${name}-`,
        ...metadata,
        ...controlledBy("apps.kruise.io/v1alpha1", "CloneSet", name, uid),
      },
      spec,
    }),
  },
];

const GATEWAY = { namespace: "default", workload: "istio-ingressgateway" };
const gateway: Kind = { apiVersion: "apps/v1", kind: "Deployment", plural: "deployments" };

let stage: Stage;
let traffic: MeshTraffic;
beforeAll(async () => {
  stage = await startStage({ scrapeConfigs: [envoyStatsJob({ scrapeIntervalSeconds: 1 })] });
  traffic = await startMeshTraffic(stage.plane);
  await stage.apply(...kinds.flatMap(definition));
  const all = [...kinds.map((kind) => [kind, nameOf(kind)] as const), [gateway, GATEWAY.workload] as const];
  for (const [index, [kind, name]] of all.entries()) {
    await create(kind, name);
    await run(name, stage.plane.addresses.pod(index + 1));
  }
  for (const kind of kinds) {
    const workload = nameOf(kind);
    traffic.offer({ namespace: "default", workload, service: workload, sender: GATEWAY }, 25);
  }
}, 600_000);
afterAll(async () => {
  await traffic?.stop();
  await stage?.stop();
}, 60_000);

const nameOf = ({ kind }: Kind) => kind.toLowerCase();

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

/** Creates the workload with one replica, and what its own controller would create and write into its status. */
async function create({ apiVersion, kind, plural, paths, makes }: Kind, name: string): Promise<void> {
  const labels = { app: name };
  const containers = [{ name: "app", image: "app" }, sidecarContainer];
  const template = { metadata: { labels }, spec: { containers } };
  const service = kind === "StatefulSet" ? { serviceName: name } : {};
  const spec = { replicas: 1, ...service, selector: { matchLabels: labels }, template };
  await until(`the API of ${kind}`, async () => {
    await stage.apply({ apiVersion, kind, metadata: { name, namespace: "default" }, spec });
    return true;
  });
  if (paths === undefined || makes === undefined) return;
  const resource = `${plural}.${apiVersion.split("/")[0]}`;
  const status = { [paths.replicas]: 1, [paths.selector]: `app=${name}` };
  await patchStatus(resource, name, status);
  const uid = await stage.plane.kubectl(["get", resource, name, "-o", "jsonpath={.metadata.uid}"]);
  await stage.apply(makes(name, uid, template));
}

const patchStatus = (resource: string, name: string, status: object) =>
  stage.plane.kubectl([
    ...["patch", resource, name, "--subresource=status", "--type=merge", "-p"],
    JSON.stringify({ status }),
  ]);

/** Does to the pod of a workload what a kubelet would: gives it an address and makes it ready. */
async function run(app: string, podIP: string): Promise<void> {
  const pod = await until(`a pod of ${app}`, async () => {
    const list = await stage.plane.kubectl(["get", "pods", "-l", `app=${app}`, "-o", "json"]);
    return (JSON.parse(list) as { items: V1Pod[] }).items[0];
  });
  const conditions = [{ type: "Ready", status: "True" }];
  const status = { phase: "Running", podIP, podIPs: [{ ip: podIP }], conditions };
  await patchStatus("pods", pod.metadata?.name ?? "", status);
}

/** Waits until the HPA controller has scaled a workload to three replicas on a query. */
async function scalesToThree({ apiVersion, kind, plural }: Kind, name: string, query: string): Promise<void> {
  const made = hpa(name, [byName(name)], { annotations: { [queryKey(name)]: query } }) as { spec: object };
  await stage.apply({ ...made, spec: { ...made.spec, scaleTargetRef: { apiVersion, kind, name } } });
  const replicas = ["get", `${plural}.${apiVersion.split("/")[0]}`, name, "-o", "jsonpath={.spec.replicas}"];
  await until("three replicas", async () => (await stage.plane.kubectl(replicas)) === "3", 90);
  expect(await stage.plane.kubectl(["describe", "hpa", name])).toContain("SuccessfulRescale");
}

// The controller looks up the resource of a new kind at most every 30 s.
test.each(kinds)(
  "a $kind gets the replicas for the traffic that the query of a TrafficAutoscaler counts",
  async (kind) => {
    const workload = nameOf(kind);
    const query = requestsPerSecondQuery({ workload, namespace: "default", windowSeconds: 4 });
    await scalesToThree(kind, workload, query);
  },
  120_000,
);

test("a gateway gets the replicas for the traffic that it sends, by the query of its page", async () => {
  const page = readFileSync(fileURLToPath(new URL("../../../docs/how-to/gateways.md", import.meta.url)), "utf8");
  const [query = ""] = /sum\(rate\(istio_requests_total\{reporter="source",source_workload="[^']*/.exec(page) ?? [];
  expect(query).toContain('source_workload="istio-ingressgateway",source_workload_namespace="istio-system"');
  // 75 requests per second, of which the HPA gets a third.
  const here = query.replace("istio-system", GATEWAY.namespace).replace("[1m]", "[4s]");
  await scalesToThree(gateway, GATEWAY.workload, `${here} / 3`);
}, 120_000);
