import { error, ofQuery, type ProblemTable, warning } from "./kind";

/**
 * Problems of metrics of type Pods and Object, and of the rules of prometheus-adapter.
 * What each means is in docs/problems/adapter.ts.
 */
export const customMetricProblems = {
  ASM_COLLECTOR_NOT_SERVED: warning(
    "Let Prometheus scrape the number, and query it in `metric-config.object.METRIC.prometheus/query`, in an `External` metric, or by a rule of prometheus-adapter.",
  ),
  ASM_CUSTOM_MANY_OBJECTS: error(
    "Select fewer objects with `labelSelector`, or scale on an `Object` or `External` metric with the sum.",
  ),
  ASM_CUSTOM_METRIC: error(
    "Check the names of the metric and of the object's kind in the HPA, and `rules` of the configuration; a new series is found within a minute.",
  ),
  ASM_CUSTOM_NOT_REGISTERED: warning(
    "Create the APIServices `v1beta1.custom.metrics.k8s.io` and `v1beta2.custom.metrics.k8s.io` for the adapter's Service, as `MetricsAdapter` does.",
  ),
  ASM_CUSTOM_NO_OBJECTS: error("Check the selector of the scale target, and that it has pods."),
  ASM_CUSTOM_OBJECTS: error("Allow the adapter to `list` and `watch` objects of this kind in all namespaces."),
  ASM_OBJECT_KIND: error("Check the `apiVersion` and `kind` of `describedObject`, and that the API server answers."),
  ASM_OBJECT_NOT_SERVED: error(
    "Add the annotation `metric-config.object.METRIC.prometheus/query` to an HPA with this `Object` metric, or a rule with this name.",
  ),
  ASM_OBJECT_SEVERAL: error("Give the metrics different names, or select one with `metric.selector`."),
  ASM_REPLICAS_UNKNOWN: error(
    "Allow the adapter to `get` the `scale` of the workload's kind, and check that the workload has pods.",
  ),
  ASM_RULES_FILE: error(
    'Correct the configuration. Its three forms are in `docs/reference/differences.md`, section "Rules of prometheus-adapter".',
  ),
  ASM_RULE_DISCOVERY: warning("Check that the API server answers, and that the adapter may read `/api` and `/apis`."),
  ASM_RULE_INVALID: error("Correct the rule, or remove it. The other rules are served."),
  ASM_RULE_LABELS: warning("Remove all but one of the labels from `resources.overrides`."),
  ASM_RULE_MANY_SERIES: ofQuery(
    "Aggregate the series in `metricsQuery`, or select fewer of them with `<<.LabelMatchers>>` and the selector of the metric.",
  ),
  ASM_RULE_NAME: warning("Write braces around the number or name of the group, or add the group to `name.matches`."),
  ASM_RULE_POLICIES: warning("Set the same `on-no-data` and `on-error` for the metric on each of its HPAs."),
  ASM_RULE_QUERY: error("Correct `metricsQuery` of the rule."),
  ASM_RULE_RESOURCE: error(
    "Name the label of the resource in `resources.overrides` or `resources.template` of the rule.",
  ),
  ASM_RULE_SAME_NAME: warning("Remove one of the rules, or give its metrics other names with `name.as`."),
  ASM_RULE_SELECTOR: error("Correct the selector of the metric in the HPA."),
  ASM_RULE_SERIES: warning("Check that Prometheus answers, and make `seriesQuery` of the rule match fewer series."),
  ASM_RULE_WATCH: warning(
    "Increase `fs.inotify.max_user_instances` on the node, or accept that changed rules take effect after up to 30 s.",
  ),
} satisfies ProblemTable;
