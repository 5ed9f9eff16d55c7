export { type ReadMetricSpecs, readMetricSpecs } from "./annotations/read";
export type {
  Aggregate,
  AnnotatedQuery,
  ExternalMetric,
  MatchExpression,
  MetricSpec,
  ServerRef,
} from "./annotations/spec";
export { type WrittenAnnotations, writeAnnotations } from "./annotations/write";
export { promDuration } from "./duration";
export { type Fault, FaultError, faultLine } from "./fault";
export { type RequestRateArgs, requestsPerSecondQuery } from "./istio";
export { nearest } from "./nearest";
export { type ParsedQuantity, parseQuantity, QuantityError } from "./parsedQuantity";
export { canonicalQuery, parseQuery, type Query, type QueryFault, type QueryResult } from "./promql/query";
export { formatMilli, milliFromNumber } from "./quantity";
export { type Matcher, selector } from "./selector";
