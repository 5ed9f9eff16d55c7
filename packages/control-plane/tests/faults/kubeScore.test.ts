import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  MeshNamespace,
  MeshPrometheus,
  MetricsAdapter,
  SampleWorkload,
  TrafficAutoscaler,
} from "@asm-autoscaler/asm-autoscaler";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { ensureBinaries } from "../../src/binaries.ts";

/** kube-score checks all Kubernetes objects that the components emit, and install.yaml. */

const INSTALL = ["install.yaml", "install-direct.yaml"].map((name) =>
  fileURLToPath(new URL(`../../../../deploy/${name}`, import.meta.url)),
);

/** What kube-score may find, in which objects, and why it stays. */
const EXCEPTIONS: readonly { readonly check: string; readonly objects: readonly string[]; readonly why: string }[] = [
  {
    check: "container-resources",
    objects: ["asm-metrics-adapter", "grafana", "prometheus"],
    why: "No CPU limit: a throttled adapter or Prometheus answers late. Memory, which a node cannot share, is limited.",
  },
  {
    check: "container-ephemeral-storage-request-and-limit",
    objects: ["asm-metrics-adapter", "grafana", "loadtester", "podinfo", "prometheus"],
    why: "The root file system is read-only, and each emptyDir has a sizeLimit. Only the logs are left, which the kubelet rotates.",
  },
  {
    check: "container-image-pull-policy",
    objects: ["asm-metrics-adapter", "grafana", "loadtester", "podinfo", "prometheus"],
    why: "Tags name one version. With Always, a pod could not start while the registry does not answer.",
  },
  {
    check: "container-security-context-user-group-id",
    objects: ["asm-metrics-adapter", "grafana"],
    why: "The user of the image. No pod mounts a path of its host, where the number could be somebody else's.",
  },
  {
    check: "pod-networkpolicy",
    objects: ["asm-metrics-adapter", "grafana", "loadtester", "podinfo", "prometheus"],
    why: "No policy for egress: the addresses of the API server and of Prometheus servers are not known. Who may call podinfo is for its owner to say.",
  },
  {
    check: "deployment-has-host-podantiaffinity",
    objects: ["asm-metrics-adapter", "loadtester", "podinfo"],
    why: "topologySpreadConstraints spread the adapter. The sample is not spread.",
  },
  {
    check: "deployment-has-poddisruptionbudget",
    objects: ["loadtester", "podinfo"],
    why: "The sample may be interrupted.",
  },
  {
    check: "deployment-replicas",
    objects: ["grafana", "loadtester"],
    why: "One is enough: no HPA waits for them.",
  },
  {
    check: "pod-probes-identical",
    objects: ["loadtester"],
    why: "It has one path for its health.",
  },
  {
    check: "statefulset-has-servicename",
    objects: ["prometheus"],
    why: "Nobody calls its pod by name, so it needs no headless Service.",
  },
  {
    check: "horizontalpodautoscaler-replicas",
    objects: ["podinfo"],
    why: "The minimum of the guide, 1. minReplicas sets another.",
  },
];

/** The objects of all components for Kubernetes, with everything that can be added to them. */
async function emittedObjects(): Promise<object[]> {
  const url = "http://prometheus.istio-system.svc:9090";
  const objects: object[] = [];
  await pulumi.runtime.setMocks({
    call: () => ({}),
    newResource({ type, name, inputs }) {
      // Pulumi would give a name to an object that has none.
      const named = { ...inputs, metadata: { name, ...inputs["metadata"] } };
      if (type.startsWith("kubernetes:")) objects.push(named);
      return { id: name, state: named };
    },
  });
  new MetricsAdapter("adapter", {
    prometheus: { url },
    additionalPrometheus: { eu: { url } },
    allowedPrometheusServers: [url],
    tenants: { namespaceLabel: "namespace", maxMetricsPerNamespace: 9, maxQueryCostSeconds: 9 },
    prometheusOperator: true,
    grafanaDashboard: true,
    admissionWebhook: { certManager: true },
  });
  new MeshPrometheus("prometheus", { grafana: true, grafanaPassword: "secret", allowedNamespaces: ["monitoring"] });
  new MeshNamespace("namespace", { name: "test", mode: "Ambient", waypoint: true });
  new SampleWorkload("sample", { namespace: "test" });
  const metrics = [{ requestsPerSecond: 10 }, { cpuUtilization: 70 }];
  new TrafficAutoscaler("podinfo", { namespace: "test", target: "podinfo", maxReplicas: 10, metrics });
  await pulumi.runtime.disconnect();
  return objects.map(withoutMarks);
}

/** Pulumi's mocks leave the mark of a secret around its value. */
function withoutMarks(object: object): object {
  return JSON.parse(JSON.stringify(object), (_, value) =>
    typeof value === "object" && value !== null && "4dabf18193072939515e22adb298388d" in value ? value.value : value,
  );
}

/** The part of kube-score's JSON that is read here. Source: renderer/json_v2 of kube-score. */
interface Scored {
  readonly object_meta: { readonly name: string };
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
  }[];
}

/** The best grade. */
const PASSED = 10;

const run = promisify(execFile);
let scored: Scored[];
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "kube-score-"));
  const file = join(directory, "emitted.yaml");
  writeFileSync(file, (await emittedObjects()).map((object) => JSON.stringify(object)).join("\n---\n"));
  const { "kube-score": program } = await ensureBinaries(["kube-score"]);
  const args = ["score", "--output-format", "json", file, ...INSTALL];
  // kube-score exits with 1 if it finds anything.
  const { stdout } = await run(program, args, { maxBuffer: 1 << 26 }).catch((error) => error);
  scored = JSON.parse(stdout);
}, 1_200_000);
afterAll(() => rmSync(directory, { recursive: true }));

test("every pod, Service, policy and autoscaler is checked", () => {
  const names = new Set(scored.map(({ object_meta }) => object_meta.name));
  for (const name of EXCEPTIONS.flatMap(({ objects }) => objects)) expect(names).toContain(name);
});

test("kube-score finds nothing but the exceptions, and each of them", () => {
  const findings = scored.flatMap(({ object_meta, checks }) =>
    checks.flatMap(({ check, grade, skipped }) =>
      skipped || grade >= PASSED ? [] : [`${check.id} ${object_meta.name}`],
    ),
  );
  const expected = EXCEPTIONS.flatMap(({ check, objects }) => objects.map((name) => `${check} ${name}`));
  expect([...new Set(findings)].sort()).toEqual(expected.sort());
});
