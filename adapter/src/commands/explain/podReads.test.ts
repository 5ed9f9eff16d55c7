import { problem, problemLine, requestsPerSecondQuery } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { factsOf, type World } from "./fakes.testing.ts";
import { asText } from "./print.ts";
import { reasonsOf } from "./reasons.ts";

const KEY = "metric-config.external.prometheus-query.prometheus";
const HPA = {
  metadata: {
    ...{ namespace: "shop", name: "web" },
    annotations: {
      [`${KEY}/rps`]: requestsPerSecondQuery({ workload: "web", namespace: "shop" }),
      [`${KEY}/reaction`]: "direct",
    },
  },
  spec: {
    ...{ minReplicas: 1, maxReplicas: 10, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } },
    metrics: [
      {
        type: "External",
        external: {
          metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": "rps" } } },
          target: { averageValue: "10" },
        },
      },
    ],
  },
  status: { currentReplicas: 5, desiredReplicas: 5, conditions: [] },
};
const AT = Date.parse("2026-11-25T12:00:00Z");
const prometheus = { value: 30.126, evaluatedAt: AT - 4_000 };
const closed = problem("ASM_DIRECT_CLOSED", "2 of 2 pods of Deployment shop/web cannot be read");

/** One line of the output without its breaks, and the reasons. */
async function explained(world: World) {
  const facts = await factsOf(HPA, { served: () => "48", ...world });
  const reasons = reasonsOf(facts);
  const text = asText(facts, reasons);
  return { reasons, line: text.replace(/\n {11}/g, " "), lines: text.split("\n").length };
}

describe("the source of a Direct reading", () => {
  const pods = { value: 48, evaluatedAt: AT, noise: 2, pods: 5, sampled: 5, read: 5 };

  test("is the larger of both, with the age of each and the pods that were read", async () => {
    const { line, reasons, lines } = await explained({ source: { from: "pods", pods, prometheus } });
    expect(line).toContain(
      "Direct     the pods served it; the pods: 48 at 2026-11-25T12:00:00Z, 5 of 5 read; Prometheus: 30.13 at 2026-11-25T11:59:56Z",
    );
    expect(reasons.map(({ id }) => id)).toEqual(["settled"]);
    expect(lines).toBeLessThan(40);
    const sample = { ...pods, pods: 1000, sampled: 200, read: 199 };
    const large = await explained({ source: { from: "pods", pods: sample, prometheus } });
    expect(large.line).toContain("199 of 200 read (a sample of 1000)");
  });

  test("is the pods alone, with the problem of Prometheus", async () => {
    const down = problem("ASM_PROMETHEUS_UNREACHABLE", "the server “prometheus” does not answer");
    const { line } = await explained({ source: { from: "pods", pods, problem: down } });
    expect(line).toContain("Prometheus gives none: ASM_PROMETHEUS_UNREACHABLE: the server “prometheus” does");
  });

  test("is not known if the answer does not say it", async () => {
    expect((await explained({})).line).toContain("Direct     not known from here");
  });
});

describe("pods that cannot be read", () => {
  const labels = { app: "web" };
  const sidecar = (more: object = {}) => ({ name: "istio-proxy", ...more });
  const pod = (name: string, container: object, metadata: object = {}) => ({
    metadata: { uid: name, name, labels, ...metadata },
    spec: { containers: [{ name: "app" }, container] },
    status: { phase: "Running", podIP: "10.0.0.1", conditions: [{ type: "Ready", status: "True" }] },
  });
  const policy = (name: string, spec: object) => ({ metadata: { name }, spec });
  const clusterOf = (items: readonly object[], more: Record<string, unknown> = {}) => ({
    "/apis/apps/v1": { resources: [{ kind: "Deployment", name: "deployments" }] },
    "/apis/apps/v1/namespaces/shop/deployments/web/scale": { status: { selector: "app=web" } },
    "/api/v1/namespaces/shop/pods": { items },
    ...more,
  });
  const policies = (...items: readonly object[]) => ({
    "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies": { items },
  });
  const denyAll = policy("deny-all", { podSelector: {}, policyTypes: ["Ingress"] });
  const allow = (ports: readonly object[]) =>
    policy("allow", { podSelector: { matchLabels: labels }, ingress: [{ ports }] });

  test.each<[string, string, Record<string, unknown>]>([
    [
      "direct-localhost-only",
      "METRICS_LOCALHOST_ACCESS_ONLY",
      clusterOf([pod("a", sidecar({ env: [{ name: "METRICS_LOCALHOST_ACCESS_ONLY", value: "true" }] }))]),
    ],
    ["direct-no-sidecar", "1 of 2 ready pods have no", clusterOf([pod("a", sidecar()), pod("b", { name: "other" })])],
    ["direct-network-policy", "the NetworkPolicy deny-all", clusterOf([pod("a", sidecar())], policies(denyAll))],
    [
      "direct-network-policy",
      "no ingress rule allows port 15090",
      clusterOf([pod("a", sidecar())], policies(denyAll, allow([{ port: 8080 }, { port: 15090, protocol: "UDP" }]))),
    ],
    [
      "ASM_DIRECT_CLOSED",
      "2 of 2 pods of Deployment shop/web cannot be read",
      clusterOf([pod("a", sidecar())], policies(denyAll, allow([{ port: 15000, endPort: 16000 }]))),
    ],
    [
      "direct-own-sidecar",
      "pod adapter has a sidecar of its own",
      clusterOf([pod("a", sidecar())], {
        "/api/v1/namespaces/kube-system/services/a": { spec: { selector: { name: "adapter" } } },
        "/api/v1/namespaces/kube-system/pods": { items: [pod("adapter", sidecar())] },
      }),
    ],
    [
      "ASM_DIRECT_CLOSED",
      "cannot be read",
      clusterOf([pod("a", sidecar())], {
        "/api/v1/namespaces/kube-system/services/a": { spec: { selector: { name: "adapter" } } },
        "/api/v1/namespaces/kube-system/pods": {
          items: [
            pod("adapter", sidecar(), {
              annotations: { "traffic.sidecar.istio.io/excludeOutboundPorts": "15020,15090" },
            }),
          ],
        },
      }),
    ],
    ["ASM_DIRECT_CLOSED", "2 of 2 pods of Deployment shop/web cannot be read", {}],
  ])("are explained by %s", async (id, words, objects) => {
    const { reasons, line } = await explained({ objects, source: { from: "prometheus", prometheus, problem: closed } });
    expect(reasons[0]).toMatchObject({ id, wrong: true, why: expect.stringContaining(words) });
    expect(reasons[0]?.why).toMatch(/, so Prometheus alone serves it and new pods come later$/);
    expect(line).toContain("Direct     Prometheus served it; the pods give none: ASM_DIRECT_CLOSED: ");
  });

  test("come with the remedy of the problem table, if nothing else serves the metric", async () => {
    const labelled = problem(
      "ASM_DIRECT_LABELS",
      "the series of the proxies of Deployment shop/web have no label reporter",
    );
    const alone = await explained({ served: () => `${problemLine(labelled)} Query: sum(x)` });
    expect(alone.reasons[0]).toEqual({
      id: labelled.code,
      wrong: true,
      why: `rps: ${labelled.message}`,
      remedy: labelled.remedy,
    });
    const down = problem(
      "ASM_PROMETHEUS_UNREACHABLE",
      `down; and the proxies give no reading: ${closed.code}, ${closed.message}`,
    );
    const both = await explained({ served: () => problemLine(down) });
    expect(both.reasons[0]).toMatchObject({ id: closed.code, why: `rps: ${closed.message}`, remedy: closed.remedy });
  });

  test("are no reason in the first seconds", async () => {
    const starting = problem("ASM_DIRECT_STARTING", "the proxies are read for less than the window of the query");
    const { reasons, line } = await explained({ source: { from: "prometheus", prometheus, problem: starting } });
    expect(reasons.map(({ id }) => id)).toEqual(["settled"]);
    expect(line).toContain("the pods give none: ASM_DIRECT_STARTING");
  });
});
