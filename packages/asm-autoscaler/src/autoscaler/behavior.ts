import { DEFAULT_BEHAVIOR, formatMilli, milliFromNumber } from "@asm-autoscaler/hpa-metrics";
import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { Reaction } from "./args";
import type { ScalingPace, TrafficAutoscalerBehaviorArgs, TrafficAutoscalerScalingArgs } from "./behaviorArgs";

type Rules = k8s.autoscaling.v2.HPAScalingRules;
type Policy = k8s.autoscaling.v2.HPAScalingPolicy;
type Paces = Readonly<Record<ScalingPace, Rules>>;

const pods = (value: number, periodSeconds: number): Policy => ({ type: "Pods", value, periodSeconds });
const percent = (value: number, periodSeconds: number): Policy => ({ type: "Percent", value, periodSeconds });
const rules = (stabilizationWindowSeconds: number, policies: Policy[], selectPolicy = "Max"): Rules => ({
  stabilizationWindowSeconds,
  selectPolicy,
  policies,
});

/** The rules that the API server fills in. They are written out, so that an HPA reads back as it was written. */
const usual = ({ stabilizationSeconds, policies }: (typeof DEFAULT_BEHAVIOR)["scaleUp"], selectPolicy?: "Disabled") =>
  rules(stabilizationSeconds, [...policies], selectPolicy);

const up: Paces = {
  Fast: rules(0, [pods(10, 15), percent(900, 15)]),
  Normal: usual(DEFAULT_BEHAVIOR.scaleUp),
  Slow: rules(60, [pods(4, 60), percent(100, 60)]),
  Never: usual(DEFAULT_BEHAVIOR.scaleUp, "Disabled"),
};
const down: Paces = {
  Fast: rules(60, [percent(100, 15)]),
  Normal: usual(DEFAULT_BEHAVIOR.scaleDown),
  Slow: rules(600, [pods(1, 60), percent(10, 60)]),
  Never: usual(DEFAULT_BEHAVIOR.scaleDown, "Disabled"),
};

/** The arguments of an autoscaler that its scaling behavior depends on. */
export interface BehaviorInputs {
  readonly behavior?: pulumi.Unwrap<TrafficAutoscalerBehaviorArgs> | undefined;
  readonly reaction?: Reaction | undefined;
  readonly maxReplicas: number;
  readonly paused?: boolean | undefined;
}

/**
 * `spec.behavior` of a HorizontalPodAutoscaler, with only the directions that are set or that the reaction sets.
 * Undefined without a direction.
 */
export function hpaBehavior({
  behavior = {},
  reaction,
  maxReplicas,
  paused = false,
}: BehaviorInputs): k8s.autoscaling.v2.HorizontalPodAutoscalerBehavior | undefined {
  const isDirect = reaction === Reaction.Direct;
  const scaleUp = behavior.scaleUp ?? (isDirect || paused ? {} : undefined);
  const scaleDown = behavior.scaleDown ?? (paused ? {} : undefined);
  if (!scaleUp && !scaleDown) return undefined;
  // All other rules stay, so that they apply again at once after the pause.
  const pause: Pick<Rules, "selectPolicy"> = paused ? { selectPolicy: "Disabled" } : {};
  return {
    ...(scaleUp
      ? { scaleUp: { ...scaling(up, scaleUp, isDirect ? directUp(maxReplicas) : up.Normal), ...pause } }
      : {}),
    ...(scaleDown ? { scaleDown: { ...scaling(down, scaleDown, down.Normal), ...pause } } : {}),
  };
}

/**
 * Scale up of `Reaction.Direct`: any size in two syncs. One reading that is too high by mistake adds at most half of the
 * pods. The period of 10 seconds is shorter than the sync period of 15 seconds. Otherwise a sync slightly under 15
 * seconds after a change would count this change, and add nothing.
 * Source: getReplicasChangePerPeriod in pkg/controller/podautoscaler/horizontal.go of Kubernetes.
 */
function directUp(maxReplicas: number): Rules {
  return rules(0, [pods(Math.max(1, Math.ceil(maxReplicas / 2)), 10), percent(900, 10)]);
}

function scaling(paces: Paces, given: pulumi.Unwrap<TrafficAutoscalerScalingArgs>, usually: Rules): Rules {
  const { pace, stabilizationWindowSeconds, podsPerMinute, percentPerMinute, selectPolicy, tolerance } = given;
  const policies = given.policies ?? [
    ...(podsPerMinute === undefined ? [] : [pods(podsPerMinute, 60)]),
    ...(percentPerMinute === undefined ? [] : [percent(percentPerMinute, 60)]),
  ];
  return {
    ...(pace === undefined ? usually : paces[pace]),
    ...(policies.length === 0 ? {} : { policies }),
    ...(stabilizationWindowSeconds === undefined ? {} : { stabilizationWindowSeconds: stabilizationWindowSeconds }),
    ...(selectPolicy === undefined ? {} : { selectPolicy }),
    ...(tolerance === undefined ? {} : { tolerance: formatMilli(milliFromNumber(tolerance)) }),
  };
}
