import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { byName, deployment, hpa, queryKey } from "./conformance/hpa.ts";
import { type Stage, startStage } from "./conformance/stage.ts";
import { until } from "./until.ts";

/** The messages by which docs/how-to/troubleshooting.md is searched are those of the real Kubernetes. */

const page = readFileSync(new URL("../../../docs/how-to/troubleshooting.md", import.meta.url), "utf8");
const API_SERVICE = "v1beta1.external.metrics.k8s.io";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 600_000);
afterAll(() => stage?.stop(), 60_000);

/** Waits until the conditions of an object contain the text. The page must have it as a symptom. */
async function shows(object: readonly string[], symptom: string): Promise<void> {
  expect(page).toContain(`\`${symptom}\``);
  const conditions = ["get", ...object, "-o", "jsonpath={.status.conditions}"];
  await until(symptom, async () => (await stage.plane.kubectl(conditions)).includes(symptom));
}

/** Creates a workload that nobody runs, and its HPA. */
async function make(name: string, query?: string): Promise<void> {
  const annotations = query === undefined ? {} : { [queryKey(name)]: query };
  await stage.apply(deployment(name, 2), hpa(name, [byName(name)], { annotations }));
}

test("an HPA whose query finds no series", async () => {
  await make("empty", "sum(nothing)");
  await shows(["hpa", "empty"], "ASM_NO_SERIES");
}, 60_000);

test("an HPA whose metric nobody defines", async () => {
  await make("undefined");
  await shows(["hpa", "undefined"], "no metrics returned from external metrics API");
}, 60_000);

test("an HPA without its workload", async () => {
  await stage.apply(hpa("alone", [byName("alone")], { annotations: { [queryKey("alone")]: "vector(1)" } }));
  await shows(["hpa", "alone"], "the HPA controller was unable to get the target's current scale");
}, 60_000);

test("two HPAs of the same pods", async () => {
  await make("shared", "vector(1)");
  const options = { annotations: { [queryKey("second")]: "vector(1)" }, target: "shared" };
  await stage.apply(hpa("second", [byName("second")], options));
  await shows(["hpa", "second"], "AmbiguousSelector");
}, 60_000);

test("a cluster without an adapter, and one whose adapter does not answer, where a namespace cannot be deleted", async () => {
  const { kubectl } = stage.plane;
  await make("served", "vector(20)");
  const registered = JSON.parse(await kubectl(["get", "apiservice", API_SERVICE, "-o", "json"]));
  await kubectl(["delete", "apiservice", API_SERVICE]);
  await shows(["hpa", "served"], "the server could not find the requested resource");

  await kubectl(["create", "namespace", "goner"]);
  const { group, version, groupPriorityMinimum, versionPriority } = registered.spec;
  const service = { name: "nobody", namespace: "kube-system", port: 443 };
  await stage.apply({
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: API_SERVICE },
    spec: { group, version, groupPriorityMinimum, versionPriority, service },
  });
  await shows(["hpa", "served"], "the server is currently unable to handle the request");
  await kubectl(["delete", "namespace", "goner", "--wait=false"]);
  await shows(["namespace", "goner"], "NamespaceDeletionDiscoveryFailure");
}, 120_000);
