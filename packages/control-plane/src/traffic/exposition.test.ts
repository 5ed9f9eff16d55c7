import { describe, expect, test } from "@jest/globals";
import type { V1Pod } from "@kubernetes/client-node";
import fc from "fast-check";
import { exposition } from "./exposition.ts";
import { istioLabels, sourceLabels } from "./istioLabels.ts";
import { meshPod } from "./meshPod.ts";

const tester = { namespace: "test", workload: "loadtester", serviceAccount: "default", app: "loadtester" };
const podinfo = { namespace: "test", workload: "podinfo", serviceAccount: "web", app: "podinfo", version: "v1" };

test("requests have Istio's labels of a destination's sidecar", () => {
  expect(istioLabels(tester, podinfo, "podinfo-svc")).toEqual({
    reporter: "destination",
    source_workload: "loadtester",
    source_workload_namespace: "test",
    source_principal: "spiffe://cluster.local/ns/test/sa/default",
    source_app: "loadtester",
    source_version: "unknown",
    source_canonical_service: "loadtester",
    source_canonical_revision: "latest",
    source_cluster: "Kubernetes",
    destination_workload: "podinfo",
    destination_workload_namespace: "test",
    destination_principal: "spiffe://cluster.local/ns/test/sa/web",
    destination_app: "podinfo",
    destination_version: "v1",
    destination_canonical_service: "podinfo",
    destination_canonical_revision: "v1",
    destination_cluster: "Kubernetes",
    destination_service: "podinfo-svc.test.svc.cluster.local",
    destination_service_name: "podinfo-svc",
    destination_service_namespace: "test",
    request_protocol: "http",
    response_code: "200",
    response_flags: "-",
    connection_security_policy: "mutual_tls",
  });
});

describe("the text that Prometheus scrapes", () => {
  test("has one counter line per series, with label values escaped", () => {
    const text = exposition([{ labels: { a: 'quo"te\\\n' }, requests: 7 }]);
    expect(text).toContain('# TYPE istio_requests_total counter\nistio_requests_total{a="quo\\"te\\\\\\n"} 7\n');
  });

  test("has a histogram whose buckets grow with their bound and with the requests", () => {
    const buckets = (requests: number) =>
      [...exposition([{ labels: {}, requests }]).matchAll(/_bucket{le="([^"]+)"} (\d+)/g)].map(([, , count]) =>
        Number(count),
      );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.nat(1_000), (requests, more) => {
        const before = buckets(requests);
        expect(before).toHaveLength(20);
        expect(before).toEqual([...before].sort((one, other) => one - other));
        expect(before.at(-1)).toBe(requests);
        for (const [index, count] of buckets(requests + more).entries()) {
          expect(count).toBeGreaterThanOrEqual(before[index] ?? Number.NaN);
        }
      }),
    );
  });
});

describe("what the mesh sees of a pod", () => {
  const pod = (): V1Pod => ({
    metadata: {
      name: "podinfo-6d845cc8fc-26xbq",
      generateName: "podinfo-6d845cc8fc-",
      namespace: "test",
      uid: "1",
      labels: { app: "podinfo", "pod-template-hash": "6d845cc8fc" },
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "ReplicaSet", name: "podinfo-6d845cc8fc", uid: "2", controller: true },
      ],
    },
    spec: { containers: [{ name: "podinfod" }, { name: "istio-proxy" }], serviceAccountName: "web" },
    status: { podIP: "127.65.16.1", conditions: [{ type: "Ready", status: "True" }] },
  });

  test("its workload is the Deployment's name", () => {
    expect(meshPod(pod())).toMatchObject({ workload: "podinfo", app: "podinfo", serviceAccount: "web", ready: true });
  });

  test("a pod without an address takes no requests, and neither does one that is ending", () => {
    expect(meshPod(pod())?.hasSidecar).toBe(true);
    expect(meshPod({ ...pod(), spec: { containers: [{ name: "podinfod" }] } })?.hasSidecar).toBe(false);
    expect(meshPod({ ...pod(), status: {} })).toBeUndefined();
    const ending = pod();
    expect(meshPod({ ...ending, metadata: { ...ending.metadata, deletionTimestamp: new Date(0) } })?.ready).toBe(false);
  });
});

test("a client's sidecar counts what found no pod for an unknown workload of the Service, with 503 and UH", () => {
  const client = { namespace: "test", workload: "loadtester", serviceAccount: "default", app: "loadtester" };
  const podinfo = { namespace: "test", workload: "podinfo" };
  const of = (isServed: boolean, mesh?: "old" | "new") => sourceLabels(client, podinfo, "web", isServed, mesh);
  expect(of(true)).toMatchObject({ reporter: "source", destination_workload: "podinfo", response_code: "200" });
  expect(of(false)).toMatchObject({
    reporter: "source",
    destination_workload: "unknown",
    destination_workload_namespace: "unknown",
    destination_service_name: "web",
    destination_service_namespace: "test",
    response_code: "503",
    response_flags: "UH",
  });
  // An older sidecar does not know the namespace of a Service without endpoints, and always knows its host name.
  for (const mesh of ["old", "new"] as const)
    expect(of(false, mesh)).toMatchObject({
      destination_service: "web.test.svc.cluster.local",
      destination_service_name: "web",
      destination_service_namespace: mesh === "old" ? "unknown" : "test",
    });
  expect(of(true, "old")).toEqual(of(true, "new"));
});
