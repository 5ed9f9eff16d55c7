import { parseQuantity } from "../parsedQuantity";
import { DEFAULT_TOLERANCE, type Tolerance } from "./proposal";

/** One policy of a direction: so many pods, or percent of them, within a period. */
interface ScalingPolicy {
  readonly type: "Pods" | "Percent";
  readonly value: number;
  readonly periodSeconds: number;
}

/** The rules of one direction, whole. */
export interface ScalingRules {
  readonly stabilizationSeconds: number;
  readonly select: "Max" | "Min" | "Disabled";
  readonly policies: readonly ScalingPolicy[];
}

/** An HPA's `behavior` with what Kubernetes fills in. */
export interface Behavior {
  readonly scaleUp: ScalingRules;
  readonly scaleDown: ScalingRules;
}

/** What an HPA's `behavior` may hold, as the API has it. */
export interface BehaviorSpec {
  readonly scaleUp?: RulesSpec | null | undefined;
  readonly scaleDown?: RulesSpec | null | undefined;
}

/** One direction of it. */
export interface RulesSpec {
  readonly stabilizationWindowSeconds?: number | null | undefined;
  readonly selectPolicy?: string | undefined;
  readonly policies?: readonly { type: string; value: number; periodSeconds: number }[] | null | undefined;
  /** A Kubernetes quantity. */
  readonly tolerance?: string | number | null | undefined;
}

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

/**
 * The rules of both directions; undefined for an HPA without a `behavior`, for which the controller has older rules of its
 * own. Kubernetes 1.37, pkg/apis/autoscaling/v2/defaults.go.
 *
 * @param downscaleStabilizationSeconds Of the controller, for an HPA that does not say it.
 */
export function behaviorOf(
  spec: BehaviorSpec | null | undefined,
  downscaleStabilizationSeconds: number = DOWN.stabilizationSeconds,
): Behavior | undefined {
  // An empty one counts: the API server fills in both directions.
  if (spec === undefined || spec === null) return undefined;
  return {
    scaleUp: rulesOf(spec.scaleUp, UP),
    scaleDown: rulesOf(spec.scaleDown, { ...DOWN, stabilizationSeconds: downscaleStabilizationSeconds }),
  };
}

/**
 * How far usage may be from its target without a change; what an HPA does not say is the cluster's tenth.
 *
 * @throws QuantityError
 */
export function toleranceOf(spec: BehaviorSpec | null | undefined): Tolerance {
  return {
    up: shareOf(spec?.scaleUp?.tolerance) ?? DEFAULT_TOLERANCE.up,
    down: shareOf(spec?.scaleDown?.tolerance) ?? DEFAULT_TOLERANCE.down,
  };
}

/** The controller is given what the API server keeps: the canonical form. */
function shareOf(quantity: string | number | null | undefined): number | undefined {
  if (quantity === undefined || quantity === null) return undefined;
  return parseQuantity(parseQuantity(String(quantity)).canonical).approximate;
}

function rulesOf(spec: RulesSpec | null | undefined, usual: ScalingRules): ScalingRules {
  const { stabilizationWindowSeconds, selectPolicy, policies } = spec ?? {};
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
