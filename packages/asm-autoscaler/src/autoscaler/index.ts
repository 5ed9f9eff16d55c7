export {
  Reaction,
  ScalingPace,
  ScheduleDay,
  type TrafficAutoscalerArgs,
  type TrafficAutoscalerBehaviorArgs,
  type TrafficAutoscalerScalingArgs,
  type TrafficAutoscalerScheduleArgs,
  type TrafficAutoscalerTargetRefArgs,
  type TrafficMetricArgs,
  TrafficReporter,
} from "./args";
export { TrafficAutoscaler } from "./trafficAutoscaler";
