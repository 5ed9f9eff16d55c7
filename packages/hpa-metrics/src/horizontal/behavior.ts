import { parseQuantity } from "../parsedQuantity";
import type { FieldReader } from "./fields";
import { DEFAULT_TOLERANCE, type Tolerance } from "./proposal";

/** One scaling policy of a direction: at most this many pods, or percent of the pods, in a period. */
interface ScalingPolicy {
  readonly type: "Pods" | "Percent";
  readonly value: number;
  readonly periodSeconds: number;
}

/** The complete rules of one direction. */
export interface ScalingRules {
  readonly stabilizationSeconds: number;
  readonly select: "Max" | "Min" | "Disabled";
  readonly policies: readonly ScalingPolicy[];
}

/** An HPA's `behavior` with the defaults of Kubernetes. */
export interface Behavior {
  readonly scaleUp: ScalingRules;
  readonly scaleDown: ScalingRules;
}

/** An HPA's `behavior` as in the Kubernetes API. */
export interface BehaviorSpec {
  readonly scaleUp?: RulesSpec | null | undefined;
  readonly scaleDown?: RulesSpec | null | undefined;
}

/** The rules of one direction as in the Kubernetes API. */
export interface RulesSpec {
  readonly stabilizationWindowSeconds?: number | null | undefined;
  readonly selectPolicy?: string | undefined;
  readonly policies?: readonly { type: string; value: number; periodSeconds: number }[] | null | undefined;
  /** A Kubernetes quantity. */
  readonly tolerance?: string | number | null | undefined;
}

/** The default policies and stabilization windows. Source: Kubernetes 1.37, pkg/apis/autoscaling/v2/defaults.go. */
const UP: ScalingRules = {
  stabilizationSeconds: 0,
  select: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
};
const DOWN: ScalingRules = {
  stabilizationSeconds: 300,
  select: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
};

/** The rules of a direction that an HPA with a `behavior` does not set. */
export const DEFAULT_BEHAVIOR: Behavior = { scaleUp: UP, scaleDown: DOWN };

/**
 * The rules of both directions. Undefined for an HPA without a `behavior`, for which the controller has separate, older
 * rules. Source: Kubernetes 1.37, pkg/apis/autoscaling/v2/defaults.go.
 *
 * @param downscaleStabilizationSeconds The controller's setting, for an HPA that does not set its own.
 */
export function behaviorOf(
  spec: BehaviorSpec | null | undefined,
  downscaleStabilizationSeconds: number = DOWN.stabilizationSeconds,
): Behavior | undefined {
  // An empty `behavior` counts: the API server adds the defaults of both directions.
  if (spec === undefined || spec === null) return undefined;
  return {
    scaleUp: rulesOf(spec.scaleUp, UP),
    scaleDown: rulesOf(spec.scaleDown, { ...DOWN, stabilizationSeconds: downscaleStabilizationSeconds }),
  };
}

/**
 * How far the current value may be from its target without a change. The default is the cluster's, 0.1.
 *
 * @throws QuantityError
 */
export function toleranceOf(spec: BehaviorSpec | null | undefined): Tolerance {
  return {
    up: shareOf(spec?.scaleUp?.tolerance) ?? DEFAULT_TOLERANCE.up,
    down: shareOf(spec?.scaleDown?.tolerance) ?? DEFAULT_TOLERANCE.down,
  };
}

/** Parses a tolerance. The controller reads the canonical form, because the API server stores that form. */
function shareOf(quantity: string | number | null | undefined): number | undefined {
  if (quantity === undefined || quantity === null) return undefined;
  return parseQuantity(parseQuantity(String(quantity)).canonical).approximate;
}

function rulesOf(spec: RulesSpec | null | undefined, usual: ScalingRules): ScalingRules {
  if (spec === undefined || spec === null) return usual;
  const { stabilizationWindowSeconds, selectPolicy, policies } = spec;
  return {
    stabilizationSeconds: stabilizationWindowSeconds ?? usual.stabilizationSeconds,
    select: selectPolicy === "Min" || selectPolicy === "Disabled" ? selectPolicy : "Max",
    policies:
      policies === undefined || policies === null || policies.length === 0
        ? usual.policies
        : policies.map(({ type, value, periodSeconds }) => ({
            type: type === "Percent" ? "Percent" : "Pods",
            value,
            periodSeconds,
          })),
  };
}

const MOST_POLICIES = 100;
const MOST_TEXT = 253;

/** Reads `spec.behavior`. Undefined if it is absent or null. A field that is not valid counts as absent. */
export function readBehavior(fields: FieldReader, value: unknown): BehaviorSpec | undefined {
  if (value === undefined || value === null) return undefined;
  const { scaleUp, scaleDown } = fields.object("spec.behavior", value);
  return {
    scaleUp: readRules(fields, "spec.behavior.scaleUp", scaleUp),
    scaleDown: readRules(fields, "spec.behavior.scaleDown", scaleDown),
  };
}

function readRules(fields: FieldReader, path: string, value: unknown): RulesSpec | undefined {
  if (value === undefined || value === null) return undefined;
  const { stabilizationWindowSeconds, selectPolicy, policies, tolerance } = fields.object(path, value);
  const select = fields.text(`${path}.selectPolicy`, selectPolicy, MOST_TEXT);
  if (select !== undefined && !["Max", "Min", "Disabled"].includes(select))
    fields.report(`${path}.selectPolicy`, select);
  return {
    stabilizationWindowSeconds: fields.whole(`${path}.stabilizationWindowSeconds`, stabilizationWindowSeconds),
    selectPolicy: select,
    policies: fields.list(`${path}.policies`, policies, MOST_POLICIES).flatMap((policy, index) => {
      return readPolicy(fields, `${path}.policies[${index}]`, policy) ?? [];
    }),
    tolerance: fields.quantity(`${path}.tolerance`, tolerance) ? String(tolerance) : undefined,
  };
}

function readPolicy(fields: FieldReader, path: string, policy: unknown): ScalingPolicy | undefined {
  const all = fields.object(path, policy);
  const { type } = all;
  const value = fields.whole(`${path}.value`, all["value"], 1);
  const periodSeconds = fields.whole(`${path}.periodSeconds`, all["periodSeconds"], 1);
  if ((type === "Pods" || type === "Percent") && value !== undefined && periodSeconds !== undefined)
    return { type, value, periodSeconds };
  fields.report(path, policy);
  return undefined;
}
