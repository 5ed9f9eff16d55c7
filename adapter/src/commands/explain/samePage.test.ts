import { readHpa } from "@asm-autoscaler/hpa-metrics";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { hpaOf, storedStatus } from "../../hpas/hpa.ts";
import { createMetricRegistry } from "../../hpas/metricRegistry.ts";
import { createRecords } from "../../status/records.ts";
import { statusOfOne } from "../../status/statusList.ts";
import { factsOf } from "./fakes.testing.ts";
import { reasonsOf } from "./reasons.ts";

const ID = { namespace: "test", name: "podinfo" };
const NONE = { code: "ASM_NO_SERIES", severity: "error", message: "no series", remedy: "Look" } as const;
const keyOf = (query: string) => `metric-config.external.prometheus-query.prometheus/${query}`;

const replicas = fc.nat(12);
/** Thousandths, or no reading. Often close to the target of 10 for each of a few pods. */
const reading = fc.option(
  fc.oneof(
    fc.integer({ min: 0, max: 130_000 }),
    fc.integer({ min: 0, max: 13 }).map((pods) => pods * 10_000),
  ),
  { nil: undefined },
);
const rules = fc.option(
  fc.record({
    selectPolicy: fc.constantFrom("Max", "Min", "Disabled"),
    stabilizationWindowSeconds: fc.constantFrom(0, 60, 300),
    tolerance: fc.constantFrom("0", "50m", "0.3"),
  }),
  { nil: undefined },
);
const condition = fc.constantFrom(
  { type: "AbleToScale", status: "True", reason: "ReadyForNewScale", message: "fine" },
  { type: "AbleToScale", status: "True", reason: "ScaleDownStabilized", message: "recent recommendations" },
  { type: "AbleToScale", status: "True", reason: "ScaleUpStabilized", message: "recent recommendations" },
  { type: "AbleToScale", status: "False", reason: "FailedGetScale", message: "none" },
  { type: "ScalingActive", status: "False", reason: "ScalingDisabled", message: "zero" },
  { type: "ScalingActive", status: "False", reason: "FailedGetExternalMetric", message: "none" },
  { type: "ScalingLimited", status: "True", reason: "ScaleUpLimit", message: "faster" },
  { type: "ScalingLimited", status: "True", reason: "ScaleDownLimit", message: "faster" },
  { type: "ScalingLimited", status: "True", reason: "TooManyReplicas", message: "more" },
);
const given = fc.record({
  minReplicas: fc.nat(3),
  maxReplicas: fc.integer({ min: 3, max: 9 }),
  behavior: fc.option(fc.record({ scaleUp: rules, scaleDown: rules }), { nil: undefined }),
  readings: fc.array(reading, { minLength: 1, maxLength: 3 }),
  kind: fc.constantFrom("averageValue", "value"),
  /** Percent of the CPU that the pods request. */
  cpu: fc.option(fc.nat(200), { nil: undefined }),
  hasCpu: fc.boolean(),
  status: fc.record({
    currentReplicas: fc.option(replicas, { nil: undefined }),
    desiredReplicas: replicas,
    conditions: fc.uniqueArray(condition, { selector: ({ type }) => type, maxLength: 3 }),
  }),
});

type Given = typeof given extends fc.Arbitrary<infer T> ? T : never;

function hpaObject({ readings, kind, cpu, hasCpu, status, ...spec }: Given) {
  const metrics = readings.map((_, index) => ({
    type: "External",
    external: {
      metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": `q${index}` } } },
      target: { [kind]: "10" },
    },
  }));
  const resource = { name: "cpu", target: { averageUtilization: 50 } };
  const seen = { name: "cpu", current: cpu === undefined ? {} : { averageUtilization: cpu } };
  return {
    metadata: { ...ID, annotations: Object.fromEntries(readings.map((_, index) => [keyOf(`q${index}`), "vector(1)"])) },
    spec: {
      ...spec,
      scaleTargetRef: { kind: "Deployment", name: ID.name },
      metrics: [...(hasCpu ? [{ type: "Resource", resource }] : []), ...metrics],
    },
    status: { ...status, currentMetrics: hasCpu ? [{ type: "Resource", resource: seen }] : [] },
  };
}

/** The HPA on the status page, after the HPA controller has read its metrics from this replica of the adapter. */
function onPage(object: object, readings: Given["readings"]) {
  const registry = createMetricRegistry({ checkSpec: () => undefined, onAdd() {}, onRemove() {} });
  const records = createRecords(registry.hpaMetrics, { wall: () => 0 });
  const read = readHpa(object);
  const hpa = hpaOf(read);
  if (!hpa) throw new Error("the HPA has no name");
  registry.put(hpa);
  records.seen(hpa.id, storedStatus(read));
  for (const spec of registry.hpaMetrics(hpa.id)?.specs ?? []) {
    const milli = readings[Number(spec.queryKey.at(-1))];
    if (milli === undefined) records.troubled(hpa.id, spec.queryKey, NONE, { refused: true });
    else records.served(hpa.id, spec, { milli: BigInt(milli), quantity: `${milli}m`, evaluatedAt: 0 });
  }
  return statusOfOne({ ...registry, records, isSynced: () => true, now: () => 0 }, hpa.id);
}

test("the status page and explain name the same size, the same reason and the same sentence", async () => {
  await fc.assert(
    fc.asyncProperty(given, async (one) => {
      const object = hpaObject(one);
      const page = onPage(object, one.readings);
      const served = (query: string) => {
        const milli = one.readings[Number(query.at(-1))];
        return milli === undefined ? undefined : `${milli}m`;
      };
      const facts = await factsOf(object, { served });
      expect([facts.size.reason, facts.size.replicas, facts.size.decides]).toEqual([
        page?.reason,
        page?.replicas.next,
        page?.decides,
      ]);
      const reason = reasonsOf(facts).find(({ id }) => id === page?.reason);
      expect(reason?.why).toBe(page?.sentence);
    }),
    { numRuns: 500 },
  );
});
