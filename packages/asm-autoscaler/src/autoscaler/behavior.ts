import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { formatMilli, milliFromNumber } from "hpa-metrics";
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

// Each rule is written whole, and Normal says what the API server would fill in: what is written reads back the same.
const up: Paces = {
  Fast: rules(0, [pods(10, 15), percent(900, 15)]),
  Normal: rules(0, [pods(4, 15), percent(100, 15)]),
  Slow: rules(60, [pods(4, 60), percent(100, 60)]),
  Never: rules(0, [pods(4, 15), percent(100, 15)], "Disabled"),
};
const down: Paces = {
  Fast: rules(60, [percent(100, 15)]),
  Normal: rules(300, [percent(100, 15)]),
  Slow: rules(600, [pods(1, 60), percent(10, 60)]),
  Never: rules(300, [percent(100, 15)], "Disabled"),
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
