export type { TrafficAutoscalingArgs } from "./args";
export { TrafficAutoscaling } from "./trafficAutoscaling";
