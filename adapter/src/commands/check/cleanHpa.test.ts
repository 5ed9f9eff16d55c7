import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { editHpa } from "./cleanHpa.ts";
import { convertHpa } from "./hpaVersions.ts";

const name = fc.stringMatching(/^[a-z]{1,9}$/);
const text = fc.oneof(fc.string(), fc.string({ minLength: 4_300, maxLength: 4_400 }));
const labels = fc.oneof(fc.dictionary(name, text), fc.dictionary(name, text, { minKeys: 120, maxKeys: 130 }));
const target = fc.record({ type: fc.constant("AverageValue"), averageValue: fc.constantFrom("1", "10500m", "1k") });
const expression = fc.record(
  { key: name, operator: fc.constantFrom("In", "Exists"), values: fc.array(text, { maxLength: 130 }) },
  { requiredKeys: ["key", "operator"] },
);
// An empty selector is the same as none, and is not printed.
const selector = fc.record({ matchLabels: labels, matchExpressions: fc.array(expression, { minLength: 1 }) });
const external = fc.record({
  type: fc.constant("External"),
  external: fc.record({ metric: fc.record({ name: text, selector }), target }),
});
const resource = fc.record({ type: fc.constant("Resource"), resource: fc.record({ name, target }) });
const pods = fc.record({
  type: fc.constant("Pods"),
  pods: fc.record({ metric: fc.record({ name, selector }), target }),
});
const hpa = fc.record({
  apiVersion: fc.constant("autoscaling/v2"),
  kind: fc.constant("HorizontalPodAutoscaler"),
  metadata: fc.record({ name, namespace: name, labels, annotations: labels }),
  spec: fc.record({
    scaleTargetRef: fc.record({ apiVersion: fc.constant("apps/v1"), kind: fc.constant("Deployment"), name }),
    minReplicas: fc.nat(),
    maxReplicas: fc.nat(),
    metrics: fc.array(fc.oneof(external, resource, pods), { maxLength: 3 }),
  }),
});

test("an HPA that is copied to be edited is printed as it was, whatever its size", () => {
  const property = fc.property(hpa, (given) => {
    const empty = (object: Record<string, unknown>) => Object.keys(object).length === 0;
    fc.pre(
      given.spec.metrics.every(
        (metric) => !("external" in metric) || !empty(metric.external.metric.selector.matchLabels),
      ),
    );
    expect(editHpa(convertHpa(given).object).print()).toEqual(given);
  });
  fc.assert(property, { numRuns: 50 });
});
