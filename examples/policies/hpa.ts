import type { ExternalMetric } from "@asm-autoscaler/hpa-metrics";

/** Type of the resource, as Pulumi writes it. */
export const HPA = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";

/** A HorizontalPodAutoscaler, as far as the rules look at it. */
export interface Hpa {
  readonly namespace: string;
  /** Kind and name of what it scales, such as `Deployment/podinfo`. */
  readonly target: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly metrics: readonly HpaMetric[];
}

/** One `External` metric with the type of its target: `Value` or `AverageValue`. */
interface HpaMetric extends ExternalMetric {
  readonly targetType: string;
}

/**
 * Reads the inputs of a HorizontalPodAutoscaler; what is missing or of another type gets Kubernetes's default. A
 * property is read when a rule needs it: at a preview, one that comes from another resource is not known yet, and
 * reading it ends the rule.
 */
export function readHpa(props: unknown): Hpa {
  const metadata = at(props, "metadata");
  const spec = at(props, "spec");
  return {
    get namespace() {
      return text(at(metadata, "namespace")) || "default";
    },
    get target() {
      const target = at(spec, "scaleTargetRef");
      return `${text(at(target, "kind"))}/${text(at(target, "name"))}`;
    },
    get minReplicas() {
      return number(at(spec, "minReplicas"), 1);
    },
    get maxReplicas() {
      return number(at(spec, "maxReplicas"), 1);
    },
    get annotations() {
      return texts(at(metadata, "annotations"));
    },
    get metrics() {
      return list(at(spec, "metrics"))
        .filter((metric) => at(metric, "type") === "External")
        .map((metric) => readMetric(at(metric, "external")));
    },
  };
}

function readMetric(external: unknown): HpaMetric {
  const metric = at(external, "metric");
  const selector = at(metric, "selector");
  const expressions = list(at(selector, "matchExpressions")).map((expression) => ({
    key: text(at(expression, "key")),
    operator: text(at(expression, "operator")),
    values: list(at(expression, "values")).map(text),
  }));
  return {
    name: text(at(metric, "name")),
    matchLabels: texts(at(selector, "matchLabels")),
    ...(expressions.length === 0 ? {} : { matchExpressions: expressions }),
    targetType: text(at(at(external, "target"), "type")),
  };
}

/** A property of what may be an object. */
export function at(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

/** A value as text; empty for anything else. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function texts(value: unknown): Record<string, string> {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.map(([key, one]) => [key, text(one)]));
}
