export { peakSize, perfectForecast } from "./baselines";
export { type ClockQuery, clockQueryOf } from "./clockQuery";
export { type Load, loadOf } from "./load";
export { type Shape, shapedTraffic } from "./shapes";
export { type Judged, type Run, type Setting, simulate } from "./simulate";
export type { AnticipatedSource, ClockSource, MetricSource, RecordedSource, RequestSource } from "./sources";
export { type Traffic, type TrafficPoint, trafficThrough } from "./traffic";
export { type Capacity, judge, type Verdict } from "./verdict";
