export { type Shape, shapedTraffic } from "./shapes";
export { type Run, type Setting, simulate } from "./simulate";
export { type Traffic, type TrafficPoint, trafficThrough } from "./traffic";
export { judge, type Verdict } from "./verdict";
