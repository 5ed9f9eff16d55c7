import { afterEach, describe, expect, test } from "@jest/globals";
import { KubernetesError } from "../../kubernetes/client.ts";
import { ruleScene, type Scene, samples, seriesOf } from "../../rules/scene.testing.ts";
import { factsOf, type World } from "./fakes.testing.ts";
import { asJson, asText } from "./print.ts";
import { reasonsOf } from "./reasons.ts";

const RULES = `
rules:
- seriesQuery: http_requests_total
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  name: {matches: "^(.*)_total$"}
  metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)'
- seriesQuery: broken
  resources: {overrides: {namespace: {resource: namespace}}}
  metricsQuery: '<<.Missing>>'
externalRules:
- seriesQuery: queue_length
  resources: {overrides: {namespace: {resource: namespace}}}
  metricsQuery: '<<.Series>>{<<.LabelMatchers>>}'
`;
const ROOT = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop";
const METRIC = `${ROOT}/pods/*/http_requests`;
const REVIEWS = `/apis/authorization.k8s.io/v1/${"SubjectAccessReviews".toLowerCase()}`;
const SERVICE = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta2.custom.metrics.k8s.io";
const NOW = Date.UTC(2026, 10, 29);

const value = (name: string, quantity: string) => ({
  ...{ describedObject: { kind: "Pod", name }, value: quantity, timestamp: "2026-11-29T00:00:00Z" },
});
const pod = (name: string, ageMs: number) => ({
  metadata: { name, creationTimestamp: new Date(NOW - ageMs).toISOString() },
  status: { phase: "Running" },
});
/** Two pods of `web`, and the API that serves 12 and 24 of them. */
const OBJECTS: NonNullable<World["objects"]> = {
  [SERVICE]: {
    spec: { service: { namespace: "kube-system", name: "asm-metrics-adapter" } },
    status: { conditions: [{ type: "Available", status: "True" }] },
  },
  "/apis/apps/v1": { resources: [{ kind: "Deployment", name: "deployments" }] },
  "/apis/apps/v1/namespaces/shop/deployments/web/scale": { status: { selector: "app=web" } },
  "/api/v1": { resources: [{ kind: "Service", name: "services" }] },
  [METRIC]: { items: [value("web-1", "12"), value("web-2", "24")] },
  "/api/v1/namespaces/shop/pods": { items: [pod("web-1", 1e6), pod("web-2", 1e6)] },
  [REVIEWS]: { status: { allowed: true } },
};
const failing = (reason: string) => [
  { type: "ScalingActive", status: "False", reason, message: "unable to get metric" },
];

const PODS = { type: "Pods", pods: { metric: { name: "http_requests" }, target: { averageValue: "10" } } };
const external = { type: "External", external: { metric: { name: "queue_length" }, target: { averageValue: "10" } } };

const facts = (
  world: World = {},
  metric: object = PODS,
  conditions: readonly object[] = [],
  annotations: object = {},
) =>
  factsOf(
    {
      metadata: { namespace: "shop", name: "web", annotations },
      spec: {
        maxReplicas: 10,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        metrics: [metric],
      },
      status: { currentReplicas: 2, desiredReplicas: 2, conditions },
    },
    { now: NOW, ...world, objects: { ...OBJECTS, ...world.objects } },
  );
const first = (found: Awaited<ReturnType<typeof facts>>) => reasonsOf(found)[0];

let scene: Scene | undefined;
afterEach(async () => {
  await scene?.stop();
  scene = undefined;
});

async function rules(text = RULES) {
  scene = ruleScene(text);
  scene.series = (match) => seriesOf({ [match]: ["namespace", "pod"] });
  scene.pods.set("shop/web-1", { app: "web" }).set("shop/web-2", { app: "web" });
  scene.answer = () => samples({ "pod=web-1": 12, "pod=web-2": 24 });
  await scene.start();
  return { fileRules: scene.rules };
}

describe("an HPA with a Pods metric", () => {
  test("has the size that the mean of its pods asks for, and no reason that something is wrong", async () => {
    const found = await facts();
    expect(found.custom).toMatchObject([
      {
        name: "http_requests",
        words: "Pods metric",
        served: { quantity: "18" },
        count: 2,
        permission: { kind: "allowed" },
      },
    ]);
    expect(found.size.replicas).toBe(4);
    expect(first(found)).toMatchObject({ id: "scales", wrong: false });
    expect(asText(found, reasonsOf(found))).toContain("not known: give --prometheus-adapter-config");
  });

  test("has the rule, its query and what the query gives if the file of the rules is given", async () => {
    const found = await facts(await rules());
    expect(found.custom[0]?.rule).toMatchObject({
      place: "rules[0]",
      reads: [
        {
          query: 'sum(rate(http_requests_total{namespace="shop",pod=~"web-1|web-2"}[2m])) by (pod)',
          values: { count: 2, objects: 2, min: 12, max: 24 },
        },
      ],
    });
    const text = asText(found, reasonsOf(found));
    expect(text).toMatch(/^Rule {7}rules\[0\], by the series http_requests_total$/m);
    expect(text).toMatch(/^Values {5}2 of 2: 12 to 24$/m);
    expect(JSON.parse(asJson(found, reasonsOf(found)))).toMatchObject({ rules: { broken: [{ place: "rules[1]" }] } });
  });

  test("names the broken rule if no rule gives the metric", async () => {
    const answer = "metric orders of pods in shop: ASM_CUSTOM_METRIC: no rule gives it for pods";
    const objects = { [`${ROOT}/pods/*/orders`]: new KubernetesError(404, answer) };
    const metric = { type: "Pods", pods: { metric: { name: "orders" }, target: { averageValue: "10" } } };
    const found = await facts({ ...(await rules()), objects }, metric);
    expect(first(found)).toMatchObject({ id: "ASM_CUSTOM_METRIC", wrong: true });
    expect(first(found)?.why).toContain("rules[1] is broken: rules[1]: ");
    expect(asText(found, reasonsOf(found))).toContain("none in the file gives it");
  });

  test("names the pods without a sample, but not new ones", async () => {
    const pods = [pod("web-1", 1e6), pod("web-2", 1e6), pod("web-3", 1e6), pod("web-4", 1_000)];
    const found = await facts({ objects: { "/api/v1/namespaces/shop/pods": { items: pods } } });
    expect(found.custom[0]?.without).toEqual(["web-3"]);
    expect(first(found)).toMatchObject({ id: "pods-without-sample", wrong: true });
  });

  test.each<[string, NonNullable<World["objects"]>, string]>([
    [
      "nobody serves the API",
      {
        [SERVICE]: new KubernetesError(404, "none"),
        [SERVICE.replace("v1beta2", "v1beta1")]: new KubernetesError(404, "none"),
      },
      "custom-api-absent",
    ],
    [
      "the API is not available",
      { [SERVICE]: { spec: { service: { namespace: "a", name: "b" } } } },
      "custom-api-unavailable",
    ],
    [
      "the HPA controller may not read it",
      { [REVIEWS]: { status: { allowed: false, reason: "no rule" } } },
      "custom-forbidden",
    ],
    [
      "the API has no value",
      { [METRIC]: new KubernetesError(503, "x, rules[0]: ASM_NO_SERIES: the query finds no series") },
      "ASM_NO_SERIES",
    ],
    ["the API answers with nothing", { [METRIC]: { items: [] } }, "ASM_NO_SERIES"],
  ])("says that %s", async (_name, objects, id) => {
    expect(first(await facts({ objects }, PODS, failing("FailedGetPodsMetric")))).toMatchObject({ id, wrong: true });
  });

  test("says what cannot be read from here, and accuses nobody of it", async () => {
    const objects = {
      [METRIC]: new KubernetesError(403, "forbidden"),
      [REVIEWS]: new KubernetesError(403, "forbidden"),
    };
    const quiet = await facts({ objects });
    expect(quiet.custom[0]).toMatchObject({ served: { kind: "unknown" }, permission: { kind: "unknown" } });
    const found = await facts({ objects }, PODS, failing("FailedGetPodsMetric"));
    expect(first(found)).toMatchObject({ id: "custom-unknown", why: expect.stringContaining("unable to get metric") });
  });
});

describe("an HPA with an Object metric", () => {
  test("has the value of the object, which a target for each pod shares, as in the HPA controller", async () => {
    const object = (target: object) => ({
      type: "Object",
      object: {
        ...{ metric: { name: "hits" }, target },
        describedObject: { apiVersion: "v1", kind: "Service", name: "web" },
      },
    });
    const objects = { [`${ROOT}/services/web/hits`]: { items: [value("web", "40")] } };
    const whole = await facts({ objects }, object({ value: "10" }));
    expect([whole.custom[0]?.words, whole.size.replicas]).toEqual(["Object metric of Service web", 8]);
    const each = await facts({ objects }, object({ averageValue: "10" }));
    expect([each.custom[0]?.served, each.size.replicas]).toMatchObject([{ quantity: "40" }, 4]);
  });

  test("has the annotation that serves it, and no rule", async () => {
    const key = "metric-config.object.hits.prometheus/query";
    const object = {
      ...{ metric: { name: "hits" }, target: { value: "10" } },
      describedObject: { apiVersion: "v1", kind: "Service", name: "web" },
    };
    const objects = { [`${ROOT}/services/web/hits`]: { items: [value("web", "40")] } };
    const found = await facts({ ...(await rules()), objects }, { type: "Object", object }, [], { [key]: "sum(hits)" });
    expect(found.custom[0]).toMatchObject({ annotation: { key, query: "sum(hits)" } });
    expect(found.problems).toEqual([]);
    expect(asText(found, reasonsOf(found))).not.toContain("Rule ");
  });
});

test("an External metric of a rule has the rule and its query", async () => {
  const given = await rules();
  if (scene) scene.answer = () => samples({ "queue=a": 3 });
  const found = await facts({ ...given, read: () => "3" }, external);
  expect(found.neighbours[0]?.rule).toMatchObject({ place: "externalRules[0]", reads: [{ values: { sum: 3 } }] });
  expect(asText(found, reasonsOf(found))).toContain('queue_length{namespace="shop"}');
});
