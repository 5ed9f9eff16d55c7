export type { TrafficAutoscalingArgs } from "./trafficAutoscaling";
export { TrafficAutoscaling } from "./trafficAutoscaling";
