import "../testing/bundleFixture";
import { beforeAll, describe, expect, test } from "@jest/globals";
import type * as k8s from "@pulumi/kubernetes/types/input";
import { CA, prometheus } from "../testing/recordAdapter";
import { type RecordedStack, recordStack } from "../testing/recordStack";
import {
  ManagedPrometheus,
  MeshNamespace,
  MeshPrometheus,
  MetricsAdapter,
  OperatorPrometheus,
  SampleWorkload,
  TrafficAutoscaler,
} from ".";

interface Workload {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly template: { readonly metadata: { labels: object }; readonly spec: k8s.core.v1.PodSpec } };
}

let stack: RecordedStack;
beforeAll(async () => {
  stack = await recordStack(() => {
    const admissionWebhook = { secretName: "tls", caBundle: CA };
    new MetricsAdapter("adapter", { prometheus, admissionWebhook, prometheusOperator: true, grafanaDashboard: true });
    new MeshPrometheus("prometheus", { grafana: true, grafanaPassword: "a", allowedNamespaces: ["monitoring"] });
    new ManagedPrometheus("arms", { url: "http://arms.example", scrapeEnvoy: true });
    new OperatorPrometheus("operator", { release: "ack-prometheus-operator", scrapeEnvoy: true, scrapeZtunnel: true });
    new MeshNamespace("namespace", { name: "test", mode: "Ambient", waypoint: true });
    new SampleWorkload("sample", { namespace: "test" });
    new TrafficAutoscaler("web", {
      namespace: "test",
      target: "web",
      maxReplicas: 2,
      metrics: [{ cpuUtilization: 70 }],
    });
  });
});

/** Inputs of all objects of a kind, such as `Deployment`, without the marks of secrets. */
function objectsOf<T>(kind: string): T[] {
  return stack
    .filter(({ type }) => type.startsWith("kubernetes:") && type.endsWith(`:${kind}`))
    .map(({ inputs }) => JSON.parse(JSON.stringify(inputs)));
}

const workloads = () => [...objectsOf<Workload>("Deployment"), ...objectsOf<Workload>("StatefulSet")];
const pods = () =>
  workloads().map(({ metadata, spec }): [string, k8s.core.v1.PodSpec] => [metadata.name, spec.template.spec]);
const offenders = (wrong: (pod: k8s.core.v1.PodSpec) => boolean) =>
  pods().flatMap(([name, pod]) => (wrong(pod) ? [name] : []));
const containersOf = (pod: k8s.core.v1.PodSpec): k8s.core.v1.Container[] => Object(pod.containers);

describe("every pod", () => {
  test("is one of the five", () => {
    expect(
      pods()
        .map(([name]) => name)
        .sort(),
    ).toEqual(["asm-metrics-adapter", "grafana", "loadtester", "podinfo", "prometheus"]);
  });

  test("has a token of the API server only with a ServiceAccount of its own", () => {
    expect(
      offenders((pod) => pod.serviceAccountName === undefined && pod.automountServiceAccountToken !== false),
    ).toEqual([]);
  });

  test("gets no addresses of other Services in its environment", () => {
    expect(offenders((pod) => pod.enableServiceLinks !== false)).toEqual([]);
  });

  test("limits what its emptyDirs take of the node", () => {
    const unlimited = (volume: { emptyDir?: { sizeLimit?: unknown } }) =>
      volume.emptyDir !== undefined && volume.emptyDir.sizeLimit === undefined;
    expect(offenders((pod) => Object(pod.volumes ?? []).some(unlimited))).toEqual([]);
  });

  test("limits its memory", () => {
    expect(
      offenders((pod) => containersOf(pod).some(({ resources }) => Object(resources).limits?.memory === undefined)),
    ).toEqual([]);
  });

  test("fulfills the restricted Pod Security Standard, with a file system that is read-only", () => {
    const privileged = ({ securityContext }: k8s.core.v1.Container) => {
      const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities } = Object(securityContext);
      return allowPrivilegeEscalation !== false || readOnlyRootFilesystem !== true || capabilities?.drop[0] !== "ALL";
    };
    expect(offenders((pod) => containersOf(pod).some(privileged))).toEqual([]);
    expect(offenders(({ securityContext }) => Object(securityContext).runAsNonRoot !== true)).toEqual([]);
    expect(
      offenders(({ securityContext }) => Object(securityContext).seccompProfile?.type !== "RuntimeDefault"),
    ).toEqual([]);
  });

  test("is spread by revision where it is spread", () => {
    const constraints = pods().flatMap(([, pod]): object[] => Object(pod.topologySpreadConstraints ?? []));
    expect(constraints).not.toEqual([]);
    for (const constraint of constraints) expect(constraint).toMatchObject({ matchLabelKeys: ["pod-template-hash"] });
  });

  test("except the workload of the sample accepts connections only as a NetworkPolicy says", () => {
    const selected = objectsOf<{ spec: { podSelector: { matchLabels: object } } }>("NetworkPolicy").map(
      ({ spec }) => spec.podSelector.matchLabels,
    );
    const unprotected = workloads().filter(
      ({ spec }) =>
        !selected.some((labels) =>
          Object.entries(labels).every(([key, value]) => Object(spec.template.metadata.labels)[key] === value),
        ),
    );
    expect(unprotected.map(({ metadata }) => metadata.name).sort()).toEqual(["podinfo"]);
  });
});

test("no NetworkPolicy has a rule that lets every pod query", () => {
  const policies = objectsOf<{ metadata: { name: string }; spec: { ingress: { from?: object[] }[] } }>("NetworkPolicy");
  const readers = new Map(policies.map(({ metadata, spec }) => [metadata.name, spec.ingress.map(({ from }) => from)]));
  const monitoring = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } };
  expect(readers.get("grafana")).toEqual([[monitoring]]);
  expect(readers.get("prometheus")).toEqual([
    [
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
        podSelector: { matchLabels: { "app.kubernetes.io/name": "asm-metrics-adapter" } },
      },
      {
        podSelector: {
          matchLabels: { "app.kubernetes.io/name": "grafana", "app.kubernetes.io/instance": "mesh-prometheus" },
        },
      },
      monitoring,
    ],
  ]);
});

test("a Grafana without allowed namespaces is open to no pod", async () => {
  stack = await recordStack(() => void new MeshPrometheus("prometheus", { grafana: true }));
  const policies = objectsOf<{ metadata: { name: string }; spec: { ingress: object[] } }>("NetworkPolicy");
  expect(policies.find(({ metadata }) => metadata.name === "grafana")?.spec.ingress).toEqual([]);
});

test("a disruption budget lets a drain evict pods that are not ready", async () => {
  stack = await recordStack(() => void new MetricsAdapter("adapter", { prometheus }));
  const budgets = objectsOf("PodDisruptionBudget");
  expect(budgets).toHaveLength(1);
  for (const budget of budgets) expect(budget).toMatchObject({ spec: { unhealthyPodEvictionPolicy: "AlwaysAllow" } });
});
