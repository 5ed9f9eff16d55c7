export type { TrafficAutoscalerArgs, TrafficMetricArgs } from "./args";
export { TrafficAutoscaler } from "./trafficAutoscaler";
