import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type LocalCluster, startLocalCluster } from "../src/localCluster.ts";
import { openProject, type Project } from "../src/preview/project.ts";

const quickstart = fileURLToPath(new URL("../../../examples/quickstart", import.meta.url));
const policyPacks = [fileURLToPath(new URL("../../../examples/policies", import.meta.url))];

let cluster: LocalCluster;
let project: Project;
beforeAll(async () => {
  cluster = await startLocalCluster();
  const { kubeconfig, directory, binaries, kubectl } = cluster.controlPlane;
  await kubectl(["create", "namespace", "istio-system"]); // which a mesh brings along
  const own = join(directory, "quickstart");
  mkdirSync(own);
  project = await openProject({ project: quickstart, directory: own, pulumi: binaries.pulumi, kubeconfig });
}, 180_000);
afterAll(async () => {
  await project?.close();
  await cluster?.stop();
}, 60_000);

// The pods of the sample are only said to run here; the adapter's really do.
test("the quick start goes up under the policy pack, changes nothing the second time, and leaves nothing when destroyed", async () => {
  const { kubectl } = cluster.controlPlane;
  const { outputs } = await project.stack.up({ policyPacks });
  expect(outputs["loadCommand"]?.value).toContain("http://podinfo.test:9898");
  expect(outputs["watchCommand"]?.value).toBe("kubectl -n test get hpa/podinfo --watch");

  const metrics = await kubectl(["get", "--raw", "/apis/external.metrics.k8s.io/v1beta1"]);
  expect(JSON.parse(metrics)).toMatchObject({ resources: [{ name: "prometheus-query" }] });
  await project.stack.preview({ expectNoChanges: true, policyPacks });

  await project.stack.destroy();
  expect(await kubectl(["get", "hpa,deployments,statefulsets,pvc,networkpolicies", "-A", "-o", "name"])).toBe("");
  expect(await kubectl(["get", "namespaces", "-o", "name"])).not.toContain("namespace/test");
  expect(await kubectl(["get", "apiservices", "-o", "name"])).not.toContain("external.metrics");
}, 300_000);
