import { expect, test } from "@jest/globals";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { backendsOf, targetsOf } from "./backends.ts";
import { endpointSlice, endpoints } from "./endpoints.ts";

const pod = (
  name: string,
  over: { ready?: boolean; ending?: boolean; app?: string; port?: number; phase?: string } = {},
): V1Pod => ({
  metadata: {
    name,
    namespace: "test",
    uid: name,
    labels: { app: over.app ?? "web", tier: "front" },
    ...(over.ending && { deletionTimestamp: new Date(0) }),
  },
  spec: { containers: [{ name: "c", ports: [{ name: "http", containerPort: over.port ?? 8080 }] }] },
  status: {
    podIP: `127.65.16.${name.length}`,
    phase: over.phase ?? "Running",
    conditions: [{ type: "Ready", status: (over.ready ?? true) ? "True" : "False" }],
  },
});
const service = (spec: V1Service["spec"] = {}): V1Service => ({
  metadata: { name: "web", namespace: "test", uid: "s" },
  spec: { selector: { app: "web" }, ports: [{ name: "p", port: 80, targetPort: "http" }], ...spec },
});
const states = (pods: V1Pod[], of = service()) =>
  backendsOf(of, pods).map((backend) => [
    backend.pod.metadata?.name,
    backend.ready,
    backend.serving,
    backend.terminating,
  ]);

test("a Service chooses the pods of its namespace that have all its labels, in order of names", () => {
  const elsewhere = { ...pod("x"), metadata: { ...pod("x").metadata, namespace: "other" } };
  expect(states([pod("bb"), pod("a"), pod("c", { app: "db" }), elsewhere]).map(([name]) => name)).toEqual(["a", "bb"]);
  expect(states([pod("a")], service({ selector: {} }))).toEqual([]);
  expect(states([pod("a", { phase: "Failed" })])).toEqual([]);
});

test("an unready pod is no target, and neither is one that is ending although it still serves", () => {
  expect(states([pod("a"), pod("bb", { ready: false }), pod("ccc", { ending: true })])).toEqual([
    ["a", true, true, false],
    ["bb", false, false, false],
    ["ccc", false, true, true],
  ]);
  expect(states([pod("a", { ready: false })], service({ publishNotReadyAddresses: true }))).toEqual([
    ["a", true, true, false],
  ]);
});

test("a named port is looked up in each pod, a number is taken as it is", () => {
  const backends = backendsOf(service(), [pod("a"), pod("bb", { port: 9090 })]);
  expect(targetsOf({ port: 80, targetPort: "http" }, backends).map(({ port }) => port)).toEqual([8080, 9090]);
  expect(targetsOf({ port: 80, targetPort: 7 }, backends).map(({ port }) => port)).toEqual([7, 7]);
  expect(targetsOf({ port: 80 }, backends).map(({ port }) => port)).toEqual([80, 80]);
  expect(targetsOf({ port: 80, targetPort: "absent" }, backends)).toEqual([]);
});

test("of more pods than there are documentation addresses the ready ones are shown first", () => {
  const many = Array.from({ length: 300 }, (_, index) => pod(`p${index}`, { ready: index >= 290 }));
  const { endpoints: entries } = endpointSlice(service(), backendsOf(service(), many));
  expect(entries).toHaveLength(254);
  expect(entries.filter(({ conditions }) => conditions.ready)).toHaveLength(10);
  expect(new Set(entries.map(({ addresses }) => addresses[0])).size).toBe(254);
});

test("v1 Endpoints name ready and unready pods apart, and none that is ending", () => {
  const backends = backendsOf(service(), [pod("a"), pod("bb", { ready: false }), pod("ccc", { ending: true })]);
  const namesOf = (addresses: readonly { targetRef: { name?: string | undefined } }[] = []) =>
    addresses.map(({ targetRef }) => targetRef.name);
  const { metadata, subsets } = endpoints(service(), backends);
  expect(metadata.name).toBe("web");
  expect(subsets.map(({ addresses }) => namesOf(addresses))).toEqual([["a"]]);
  expect(subsets.map(({ notReadyAddresses }) => namesOf(notReadyAddresses))).toEqual([["bb"]]);
  expect(endpoints(service(), []).subsets).toEqual([]);
});
