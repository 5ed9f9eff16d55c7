export { type Dialect, parseDialect } from "./annotations/dialect";
export { servedLabels } from "./annotations/labels";
export { isServedType } from "./annotations/metricProblems";
export { type Policy, parsePolicy, safestPolicy, samePolicy } from "./annotations/noDataPolicy";
export { cutProblem } from "./annotations/problemList";
export {
  MOST_METRICS_PER_HPA,
  type ReadMetricSpecs,
  type ReadOptions,
  readMetricSpecs,
  readMetricSpecsInSteps,
} from "./annotations/read";
export type { RuleMetric, RulePolicies } from "./annotations/ruleMetrics";
export type {
  Aggregate,
  AnnotatedQuery,
  DescribedObject,
  DirectSpec,
  ExternalMetric,
  HasOwnDialect,
  MatchExpression,
  MetricSpec,
  ObjectMetric,
  ScaleTarget,
  ServerRef,
} from "./annotations/spec";
export { type WrittenAnnotations, writeAnnotations } from "./annotations/write";
export {
  type Anticipate,
  DEFAULT_LEAD_SECONDS,
  DEFAULT_PERIODS,
  historySeconds,
  PERIOD_SECONDS,
  recentWindow,
  type TimeSpan,
} from "./anticipate/anticipate";
export { historyQuery } from "./anticipate/history";
export { type Anticipation, anticipateQuery, anticipationOf } from "./anticipate/query";
export { anticipatedLoad } from "./anticipate/value";
export { CUSTOM_API_SERVICES, EXTERNAL_API_SERVICE } from "./apiServices";
export { parseCommandLine } from "./commandLine";
export { type DirectPlan, type DirectPlanResult, directPlanOf, type ProxySeries } from "./direct/plan";
export { parseDuration, parseSignedDuration, promDuration } from "./duration";
export {
  type Behavior,
  type BehaviorSpec,
  behaviorOf,
  DEFAULT_BEHAVIOR,
  type RulesSpec,
  toleranceOf,
} from "./horizontal/behavior";
export { type Autoscaling, createController, type HorizontalController } from "./horizontal/controller";
export {
  type HorizontalPodAutoscaler,
  type HpaCondition,
  type HpaStatus,
  isFailure,
  objectMetricsOf,
  readHpa,
} from "./horizontal/hpa";
export {
  type CustomMetric,
  type HpaMetric,
  isSharedByPods,
  METRIC_SOURCES,
  metricSourceOf,
} from "./horizontal/hpaMetric";
export { DEFAULT_TOLERANCE, type Proposal, propose, type Tolerance } from "./horizontal/proposal";
export type { ScaledMetric } from "./horizontal/recommendation";
export { explainSize, reportedUsages, type SizeExplanation, type SizeReason } from "./horizontal/size";
export {
  bytesPerSecondQuery,
  demandPerSecondQuery,
  errorRatioQuery,
  inFlightRequestsQuery,
  latencyQuery,
  openConnectionsQuery,
  requestsPerSecondQuery,
  type ServiceDemand,
} from "./istio/signals";
export type { Reporter, WorkloadTraffic } from "./istio/workload";
export { record, recordsIn } from "./json";
export { nearest } from "./nearest";
export {
  isNeighbour,
  METRIC_PATTERN,
  MOST_METRIC_PATTERNS,
  MOST_READ_SECONDS,
  NEIGHBOURS,
  type Neighbour,
  type NeighbourDefaults,
} from "./neighbours";
export { type ParsedQuantity, parseQuantity, QuantityError } from "./parsedQuantity";
export { counted } from "./plural";
export {
  type AdapterProblemCode,
  type LibraryProblemCode,
  type Problem,
  type ProblemCode,
  ProblemError,
  problem,
  problemLine,
  problems,
  problemText,
  type RepositoryProblemCode,
} from "./problem";
export {
  DEFAULT_SCRAPE_SECONDS,
  FAST_SCRAPES,
  hasFewScrapes,
  LEAST_SCRAPES,
  scrapeCountQuery,
  scrapeSecondsOf,
  scrapesIn,
  WANTED_SCRAPES,
} from "./prometheus/scrapes";
export { oneLine, quotedLine } from "./prometheus/shownText";
export { EXHAUSTIVE, readWarnings, WHOLE_ANSWER } from "./prometheus/wholeAnswer";
export { type BoundQuery, boundQuery, boundQueryInSteps } from "./promql/bound";
export { queryCost } from "./promql/cost";
export {
  canonicalQuery,
  MOST_QUERY_CHARACTERS,
  parseQuery,
  type Query,
  type QueryProblem,
  type QueryResult,
  skeletonOf,
  treeOf,
  unparsedQuery,
} from "./promql/query";
export { type Group, groupOf, isLiteral } from "./promql/queryGroup";
export { type QueryTemplate, type TemplateInstance, templateInstanceOf } from "./promql/queryTemplate";
export { selectorsOf, type VectorSelector } from "./promql/selectors";
export type { GroupSample, SplitResult } from "./promql/splitResult";
export { type QueryWindow, windowsOf } from "./promql/windows";
export { formatMilli, milliFromNumber } from "./quantity";
export { findKind, kindNamed, NAMESPACES, PODS } from "./rules/assumedKinds";
export {
  type FoundConfig,
  findConfigs,
  findInConfigMap,
  holdsRules,
  type RulesOwner,
} from "./rules/forms";
export { goRegExp } from "./rules/goRegExp";
export { selectorTerms } from "./rules/matchers";
export { readRules, readRulesInSteps } from "./rules/readRules";
export { type RuleResult, readRule } from "./rules/rule";
export { isLeftOpen, literalSeries, seriesNamed } from "./rules/seriesNames";
export type {
  BrokenRule,
  ClusterResource,
  CustomTarget,
  ExternalTarget,
  FindResource,
  MetricRule,
  RuleQuery,
  RulesFile,
  RulesOptions,
  RulesResult,
} from "./rules/types";
export { type ScheduledReplicas, scheduleFloorQuery } from "./schedule";
export { type Matcher, selector } from "./selector";
export { ADMISSION_FLAGS, FLAG_GROUPS, RULE_FLAGS, type ServerFlag, SHARED_FLAGS } from "./serverFlags";
export { runToEnd } from "./steps";
export { type ClockChange, LAST_YEAR, type ZoneClock, zoneClock } from "./timeZone";
export { yamlDocuments, yamlValue } from "./yaml";
