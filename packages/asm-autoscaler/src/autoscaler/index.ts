export { AnticipateMode, type TrafficAnticipateArgs, TrafficPeriod } from "./anticipateArgs";
export { Reaction, type TrafficAutoscalerArgs, type TrafficAutoscalerTargetRefArgs } from "./args";
export {
  ScalingPace,
  ScalingPolicySelect,
  ScalingPolicyType,
  type TrafficAutoscalerBehaviorArgs,
  type TrafficAutoscalerPolicyArgs,
  type TrafficAutoscalerScalingArgs,
} from "./behaviorArgs";
export {
  type TrafficMetricArgs,
  TrafficMetricPolicy,
  type TrafficMetricPolicyArgs,
  TrafficQueryDialect,
  TrafficReporter,
} from "./metricArgs";
export { ScheduleDay, type TrafficAutoscalerScheduleArgs } from "./scheduleArgs";
export { TrafficAutoscaler } from "./trafficAutoscaler";
