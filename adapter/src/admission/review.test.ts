import { type Problem, runToEnd } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseHpa } from "../hpas/hpa.ts";
import { createMetricRegistry } from "../hpas/metricRegistry.ts";
import type { HpaRules } from "../hpas/readHpaMetrics.ts";
import { admitted, type TenantRules } from "../hpas/tenantLimits.ts";
import { hpaProblemsInSteps, reviewsOf } from "./hpaProblems.ts";
import { judge } from "./review.ts";

const KEY = "metric-config.external.prometheus-query.prometheus/";

function hpa(name: string, annotations: Record<string, string>, queryName = "rps", more: object = {}) {
  const metric = { name: "prometheus-query", selector: { matchLabels: { "query-name": queryName } } };
  return {
    kind: "HorizontalPodAutoscaler",
    metadata: { name, namespace: "shop", annotations, ...more },
    spec: { metrics: [{ type: "External", external: { metric } }] },
  };
}

const noProblem = () => undefined;
function metricRegistryOf(...hpas: object[]) {
  const metricRegistry = createMetricRegistry({
    checkSpec: noProblem,
    servesObjects: true,
    onAdd: () => {},
    onRemove: () => {},
  });
  for (const object of hpas) {
    const parsed = parseHpa(object);
    if (parsed) metricRegistry.put(parsed);
  }
  return metricRegistry;
}

function response(
  object: object,
  {
    oldObject,
    known = [],
    check = noProblem,
    ...rules
  }: { oldObject?: object; known?: object[]; check?: () => Problem | undefined } & Pick<
    HpaRules,
    "isServedElsewhere" | "servesObjects"
  > = {},
) {
  const body = { kind: "AdmissionReview", request: { uid: "u-1", namespace: "shop", object, oldObject } };
  return judge(body, (asked) => hpaProblemsInSteps(asked, metricRegistryOf(...known), { checkSpec: check, ...rules }))
    ?.response;
}

describe("an HPA at kubectl apply", () => {
  test("passes when nothing is wrong with it", () => {
    expect(response(hpa("a", { [`${KEY}rps`]: "vector(1)" }))).toEqual({ uid: "u-1", allowed: true });
  });

  test("without external metrics is none of our business", () => {
    expect(response({ metadata: { name: "a" }, spec: { metrics: [{ type: "Resource" }] } })).toEqual({
      uid: "u-1",
      allowed: true,
    });
  });

  test("is refused in the adapter's own words, with the caret under the mistake", () => {
    const refused = response(hpa("a", { [`${KEY}rps`]: "sum(rate(up[1m])" }));
    expect(refused).toMatchObject({ allowed: false, status: { code: 422, reason: "Invalid" } });
    expect(refused?.status?.message).toMatch(
      /^ASM_QUERY_INVALID: the query in ".*" is wrong at line 1.*\n.*sum.*\n *\^$/,
    );
  });

  test("passes with a warning for what is only risky", () => {
    const passed = response(hpa("a", { [`${KEY}rps`]: "vector(1)", [`${KEY}rpz`]: "vector(2)" }));
    expect(passed).toMatchObject({ allowed: true, warnings: [expect.stringMatching(/^ASM_KEY_UNUSED: /)] });
  });

  describe("with the metrics of other adapters", () => {
    const external = (name: string) => ({ type: "External", external: { metric: { name } } });
    const object = {
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "a", namespace: "shop" },
      spec: { metrics: [external("queue"), external("unknown")] },
    };
    const isServedElsewhere: HpaRules["isServedElsewhere"] = (namespace, { name }) =>
      namespace === "shop" && name === "queue";

    test("passes with a warning for the one that no delegate serves", () => {
      const warnings = response(object, { isServedElsewhere })?.warnings;
      expect(warnings).toEqual([expect.stringMatching(/^ASM_METRIC_NOT_SERVED: .*"unknown"/)]);
      expect(response(object)?.warnings).toHaveLength(2);
    });

    test("does not show a stranger what the delegates serve", () => {
      const body = { kind: "AdmissionReview", request: { uid: "u-1", namespace: "shop", object } };
      const review = reviewsOf(metricRegistryOf(), { checkSpec: noProblem, isServedElsewhere });
      expect(runToEnd(review(body, false))?.response).toEqual({ uid: "u-1", allowed: true });
      expect(runToEnd(review(body, true))?.response.warnings).toHaveLength(1);
    });
  });

  test("is refused for a server that this adapter does not know", () => {
    const problem: Problem = {
      code: "ASM_SERVER_ALIAS",
      severity: "error",
      message: "no such alias",
      remedy: "Add it",
    };
    const refused = response(hpa("a", { [`${KEY}rps`]: "vector(1)" }), { check: () => problem });
    expect(refused?.status?.message).toBe("ASM_SERVER_ALIAS: no such alias. Add it.");
  });

  test("is refused when it would claim another HPA's metric, and not when it asks for the same or is that HPA", () => {
    const known = [hpa("old", { [`${KEY}rps`]: "vector(1)" })];
    const other = hpa("new", { [`${KEY}rps`]: "vector(2)" });
    expect(response(other, { known })?.status?.message).toMatch(/^ASM_KEY_CLAIMED_TWICE: HPA shop\/old /);
    expect(response(hpa("new", { [`${KEY}rps`]: "vector( 1 )" }), { known })?.allowed).toBe(true);
    expect(response(hpa("old", { [`${KEY}rps`]: "vector(2)" }), { known })?.allowed).toBe(true);
  });
});

describe("an HPA with an Object metric at kubectl apply", () => {
  const OBJECT = "metric-config.object.hits.prometheus/";
  const described = (ingress: string, name: string, query: string, more: Record<string, string> = {}) => {
    const describedObject = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: ingress };
    return {
      ...hpa(name, { [`${OBJECT}query`]: query, ...more }),
      spec: { metrics: [{ type: "Object", object: { metric: { name: "hits" }, describedObject } }] },
    };
  };
  const servesObjects = true;

  test("is refused for a mistake, with its own key", () => {
    const refused = response(described("front", "a", "sum("), { servesObjects });
    expect(refused?.status?.message).toMatch(/^ASM_QUERY_INVALID: .*metric-config\.object\.hits\.prometheus\/query/);
  });

  test("is refused when another HPA has a different query for the same object only", () => {
    const known = [described("front", "old", "vector(1)")];
    const claims = (ingress: string) => response(described(ingress, "new", "vector(2)"), { known, servesObjects });
    expect(claims("front")?.status?.message).toMatch(/^ASM_KEY_CLAIMED_TWICE: HPA shop\/old .* of Ingress front/);
    expect(claims("back")?.allowed).toBe(true);
  });

  test("passes with a warning for json-path, and without a word if another adapter serves custom metrics", () => {
    const object = described("front", "a", "vector(1)", { "metric-config.pods.jobs.json-path/path": "/metrics" });
    const warned = response(object, { servesObjects });
    expect([warned?.allowed, warned?.warnings]).toEqual([true, [expect.stringMatching(/^ASM_COLLECTOR_NOT_SERVED: /)]]);
    expect(response(described("front", "a", "sum("))).toEqual({ uid: "u-1", allowed: true });
  });
});

describe("what is refused at kubectl apply is what the adapter would not serve later, and nothing else", () => {
  const query = fc.constantFrom(
    "vector(1)",
    'sum(rate(orders_total{app="a"}[1m]))',
    'sum(rate(orders_total{namespace="shop"}[1m]))',
    'sum(rate(orders_total{namespace="other"}[1m]))',
    "max_over_time(sum(orders_total)[10d:1s])",
    "sum(",
    "orders_total[5m]",
    "",
  );
  const settings = fc.dictionary(
    fc.constantFrom(
      "interval",
      "aggregate",
      "on-no-data",
      "on-error",
      "prometheus-server-alias",
      "prometheus-server",
      "rps2",
    ),
    fc.constantFrom("30s", "sum", "zero", "value -5", "eu", "nowhere", "http://x", "vector(2)"),
    { maxKeys: 2 },
  );
  const rules = fc.record<TenantRules>(
    { namespaceLabel: fc.constant("namespace"), maxQueryCostMs: fc.constantFrom(60_000, 3_600_000) },
    { requiredKeys: [] },
  );
  const annotations = fc.tuple(query, settings).map(([text, more]) => ({
    [`${KEY}rps`]: text,
    ...Object.fromEntries(Object.entries(more).map(([key, value]) => [KEY + key, value])),
  }));

  test("whatever the annotations, the other HPAs of the namespace and the operator's limits", () => {
    let refused = 0;
    let passed = 0;
    fc.assert(
      fc.property(annotations, fc.option(annotations), rules, (own, others, limits) => {
        const served = {
          checkSpec: ({ server }: { server: { kind: string; alias?: string } }): Problem | undefined =>
            server.kind === "default" || server.alias === "eu"
              ? undefined
              : { code: "ASM_SERVER_ALIAS", severity: "error", message: "unknown", remedy: "Correct it" },
          admit: (namespace: string, spec: Parameters<typeof admitted>[1]) => admitted(namespace, spec, limits),
        };
        const metricRegistry = createMetricRegistry({ ...served, onAdd: () => {}, onRemove: () => {} });
        const other = others && parseHpa(hpa("other", others));
        if (other) metricRegistry.put(other);
        const object = hpa("own", own);
        const body = { kind: "AdmissionReview", request: { uid: "u-1", namespace: "shop", object } };
        const verdict = judge(body, (asked) => hpaProblemsInSteps(asked, metricRegistry, served))?.response;
        const parsed = parseHpa(object);
        if (!parsed) throw new Error("the test's HPA has no name");
        const hpaMetrics = metricRegistry.put(parsed);
        const isWhole =
          hpaMetrics?.problems.every(({ severity }) => severity === "warning") &&
          hpaMetrics.specs.every(({ metricName }) =>
            metricRegistry.find("shop", metricName, () => true).every(({ rival }) => rival === undefined),
          );
        expect(verdict?.allowed).toBe(isWhole);
        if (isWhole) passed++;
        else refused++;
      }),
      { numRuns: 2_000 },
    );
    expect(Math.min(refused, passed)).toBeGreaterThan(100);
  });
});

describe("an HPA that is broken already", () => {
  const broken = { [`${KEY}rps`]: "sum(" };

  test("may get another label, another size and lose its finalizers", () => {
    const oldObject = hpa("a", broken);
    expect(response(hpa("a", broken, "rps", { labels: { team: "b" } }), { oldObject })?.allowed).toBe(true);
  });

  test("may not get another broken query", () => {
    expect(response(hpa("a", { [`${KEY}rps`]: "sum((" }), { oldObject: hpa("a", broken) })?.allowed).toBe(false);
  });

  test("may be updated on its way out", () => {
    const leaving = hpa("a", { [`${KEY}rps`]: "sum((" }, "rps", { deletionTimestamp: "2026-01-01T00:00:00Z" });
    expect(response(leaving, { oldObject: hpa("a", broken) })?.allowed).toBe(true);
  });
});

test("the name may still be the API server's to make", () => {
  const object = hpa("", { [`${KEY}rps`]: "sum(" });
  const generated = { ...object, metadata: { generateName: "a-", annotations: object.metadata.annotations } };
  expect(response(generated)?.allowed).toBe(false);
});

test.each([
  undefined,
  null,
  "text",
  [],
  {},
  { kind: "AdmissionReview" },
  { kind: "AdmissionReview", request: { uid: 1 } },
])("%j is no review", (body) => {
  expect(
    judge(body, () => {
      throw new Error("nothing is judged");
    }),
  ).toBeUndefined();
});
