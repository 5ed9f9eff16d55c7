import { DEFAULT_BEHAVIOR, formatMilli, milliFromNumber } from "@asm-autoscaler/hpa-metrics";
import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { ScalingPace, type TrafficAutoscalerBehaviorArgs, type TrafficAutoscalerScalingArgs } from "./behaviorArgs";

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

/** `spec.behavior` of a HorizontalPodAutoscaler, with only the directions that are set. */
export function hpaBehavior(
  behavior: pulumi.Unwrap<TrafficAutoscalerBehaviorArgs>,
): k8s.autoscaling.v2.HorizontalPodAutoscalerBehavior {
  const { scaleUp, scaleDown } = behavior;
  return {
    ...(scaleUp ? { scaleUp: scaling(up, scaleUp) } : {}),
    ...(scaleDown ? { scaleDown: scaling(down, scaleDown) } : {}),
  };
}

function scaling(paces: Paces, given: pulumi.Unwrap<TrafficAutoscalerScalingArgs>): Rules {
  const { pace = ScalingPace.Normal, stabilizationWindowSeconds, podsPerMinute, percentPerMinute, tolerance } = given;
  const policies = [
    ...(podsPerMinute === undefined ? [] : [pods(podsPerMinute, 60)]),
    ...(percentPerMinute === undefined ? [] : [percent(percentPerMinute, 60)]),
  ];
  return {
    ...paces[pace],
    ...(policies.length === 0 ? {} : { policies }),
    ...(stabilizationWindowSeconds === undefined ? {} : { stabilizationWindowSeconds: stabilizationWindowSeconds }),
    ...(tolerance === undefined ? {} : { tolerance: formatMilli(milliFromNumber(tolerance)) }),
  };
}
