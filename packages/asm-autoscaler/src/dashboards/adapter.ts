import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { page } from "./page";
import { figurePanel, linesPanel } from "./panel";
import { labelVariable } from "./variables";

/** The series of one adapter; a cluster that is moving to another one has two. */
const ADAPTER = '{job="$job"}';

/** The health of the metrics adapter, from its own metrics. */
export function adapterDashboard(): Dashboard {
  return page({
    title: "Metrics adapter",
    uid: "asm-autoscaler-adapter",
    description: "Whether the adapter has values for the autoscalers, and the resources that it uses.",
    span: "3h",
    variables: [labelVariable("job", "Job", "asm_metrics_adapter_hpas", "job")],
    panels: [
      figure("Pods", "Pods that answer a scrape.", `sum(up${ADAPTER})`),
      figure("Autoscalers", "HPAs with at least one metric of this adapter.", most("hpas")),
      figure("Metrics", "External metrics of these HPAs.", most("metrics")),
      queries(),
      failures(),
      reads(),
      delegateReads(),
      delegateDurations(),
      delegatesUp(),
      delegateLists(),
      rules(),
      ruleLists(),
      ruleReads(),
      ruleObjects(),
      takeOver(),
      directReads(),
      proxyScrapes(),
      shares(),
      memory(),
      processor(),
      eventLoop(),
      certificate(),
      watchRestarts(),
    ],
  });
}

/** Each pod knows all of them, so the largest figure is that of the pod that is furthest. */
function most(what: string): string {
  return `max(asm_metrics_adapter_${what}${ADAPTER})`;
}

function rate(counter: string): string {
  return `rate(${counter}${ADAPTER}[$__rate_interval])`;
}

function figure(title: string, description: string, query: string) {
  return figurePanel({ title, description, unit: "short", lines: [{ query, legend: title }] });
}

function queries() {
  return linesPanel({
    title: "Queries and requests to Prometheus",
    description:
      "Per second and pod. Similar queries are sent as one request, so there are far fewer requests than queries.",
    unit: "ops",
    lines: [
      { query: rate("asm_metrics_adapter_evaluations_total"), legend: "queries {{pod}}" },
      { query: rate("asm_metrics_adapter_grouped_evaluations_total"), legend: "queries in groups {{pod}}" },
      { query: rate("asm_metrics_adapter_prometheus_requests_total"), legend: "requests {{pod}}" },
      { query: rate("asm_metrics_adapter_group_splits_total"), legend: "groups split and sent again {{pod}}" },
    ],
  });
}

function failures() {
  const sum = (counter: string) => `sum(${rate(`asm_metrics_adapter_${counter}_total`)})`;
  return linesPanel({
    title: "Failed queries",
    description: "Share of all queries. The reason of each is in the condition ScalingActive of its HPA.",
    unit: "percentunit",
    lines: [
      { query: `${sum("failed_evaluations")} / (${sum("evaluations")} > 0)`, legend: "failed" },
      { query: `${sum("old_data_evaluations")} / (${sum("evaluations")} > 0)`, legend: "only old data" },
    ],
  });
}

function reads() {
  return linesPanel({
    title: "Reads without a new value",
    description: "Stale: answered with the last value. Refused: answered with an error, and the HPA keeps its size.",
    unit: "ops",
    lines: [
      { query: `sum(${rate("asm_metrics_adapter_held_reads_total")})`, legend: "stale" },
      { query: `sum(${rate("asm_metrics_adapter_refused_reads_total")})`, legend: "refused" },
    ],
  });
}

function delegateReads() {
  return linesPanel({
    title: "Reads forwarded to neighbouring adapters",
    description:
      "By delegate and result: the HTTP status of its answer, or the code of the problem. Empty without delegates.",
    unit: "ops",
    lines: [
      {
        query: `sum by (delegate, result) (${rate("asm_metrics_adapter_delegate_reads_total")})`,
        legend: "{{delegate}} {{result}}",
      },
    ],
  });
}

function delegateDurations() {
  const sum = (counter: string) => `sum by (delegate) (${rate(`asm_metrics_adapter_delegate_${counter}_total`)})`;
  return linesPanel({
    title: "Duration of forwarded reads",
    description: "Mean of all reads of a delegate. While it does not answer, most reads fail at once.",
    unit: "s",
    lines: [{ query: `${sum("read_seconds")} / (${sum("reads")} > 0)`, legend: "{{delegate}}" }],
  });
}

function delegatesUp() {
  return linesPanel({
    title: "Neighbouring adapters that answer",
    description: "1: reads are forwarded. 0: the last reads had no answer. A pod without reads keeps its last state.",
    unit: "short",
    lines: [{ query: `asm_metrics_adapter_delegate_up${ADAPTER}`, legend: "{{delegate}} {{pod}}" }],
  });
}

function delegateLists() {
  return linesPanel({
    title: "Metrics of neighbouring adapters",
    description:
      "Metrics that a delegate lists, the age of the list in seconds, and pods that never got a list. KEDA lists none.",
    unit: "short",
    lines: [
      { query: `max by (delegate) (asm_metrics_adapter_delegate_metrics${ADAPTER})`, legend: "{{delegate}} metrics" },
      {
        query: `time() - min by (delegate) (asm_metrics_adapter_delegate_list_timestamp_seconds${ADAPTER} > 0)`,
        legend: "{{delegate}} age of the list",
      },
      {
        query: `count by (delegate) (asm_metrics_adapter_delegate_list_timestamp_seconds${ADAPTER} == 0)`,
        legend: "{{delegate}} pods without a list",
      },
    ],
  });
}

function rules() {
  const state = (metric: string, name: string) =>
    `max(asm_metrics_adapter_${metric}{state="${name}",${ADAPTER.slice(1)})`;
  return linesPanel({
    title: "Rules of prometheus-adapter",
    description:
      "Rules and lists of series by state, the metrics that rules give, and whether the present text of the file is in use (1). Empty without rules.",
    unit: "short",
    lines: [
      { query: state("rules", "served"), legend: "rules served" },
      { query: state("rules", "broken"), legend: "rules broken" },
      { query: state("rule_lists", "whole"), legend: "lists whole" },
      { query: state("rule_lists", "failed"), legend: "lists failed" },
      { query: `max by (api) (asm_metrics_adapter_rule_metrics${ADAPTER})`, legend: "metrics of the {{api}} API" },
      { query: `min(asm_metrics_adapter_rules_file${ADAPTER})`, legend: "file in use" },
    ],
  });
}

function ruleLists() {
  return linesPanel({
    title: "Age of the series of rules",
    description: "Age of the oldest whole list of series. It grows while a list fails.",
    unit: "s",
    lines: [{ query: `max(asm_metrics_adapter_rule_lists_age_seconds${ADAPTER})`, legend: "oldest list" }],
  });
}

function ruleObjects() {
  return linesPanel({
    title: "Reads and objects of rules in memory",
    description:
      "Different reads that HPAs repeat, and what is watched to find the objects that their selectors match.",
    unit: "short",
    lines: [
      { query: `max by (api) (asm_metrics_adapter_rule_reads${ADAPTER})`, legend: "reads of the {{api}} API" },
      { query: `max by (kind) (asm_metrics_adapter_rule_objects${ADAPTER})`, legend: "{{kind}}" },
    ],
  });
}

function ruleReads() {
  const perSecond = (counter: string) => `sum by (api) (${rate(`asm_metrics_adapter_rule_${counter}_total`)})`;
  return linesPanel({
    title: "Queries of rules",
    description: "Per second: queries, queries without a value, and reads that were answered with an error.",
    unit: "ops",
    lines: [
      { query: perSecond("evaluations"), legend: "{{api}} queries" },
      { query: perSecond("failed_evaluations"), legend: "{{api}} without a value" },
      { query: perSecond("refused_reads"), legend: "{{api}} refused reads" },
    ],
  });
}

function takeOver() {
  return linesPanel({
    title: "Take-over of the API",
    description:
      "The state of an order to take the API over. Per second: how often the API was taken over, again after somebody gave " +
      "it back to another Service, and how often somebody else took the adapter's CA out of the APIService.",
    unit: "short",
    lines: [
      { query: `max by (state) (asm_metrics_adapter_take_over${ADAPTER})`, legend: "{{state}}" },
      // Each pod knows the take-overs of all.
      { query: `max(${rate("asm_metrics_adapter_take_overs_total")})`, legend: "take-overs" },
      { query: `sum(${rate("asm_metrics_adapter_ca_bundle_write_backs_total")})`, legend: "writes of the CA" },
    ],
  });
}

function directReads() {
  return linesPanel({
    title: "Sources of Direct readings",
    description:
      "Whose value is served. With a code, the pods have no reading, and Prometheus serves the metric if it has one. Empty without metrics with the reaction Direct.",
    unit: "ops",
    lines: [{ query: `sum by (result) (${rate("asm_metrics_adapter_direct_reads_total")})`, legend: "{{result}}" }],
  });
}

function proxyScrapes() {
  const bytes = `sum(${rate("asm_metrics_adapter_direct_bytes_total")})`;
  return linesPanel({
    title: "Scrapes of sidecars",
    description: "For metrics with the reaction Direct: by result, and the bytes of one scrape. Empty without them.",
    unit: "short",
    lines: [
      {
        query: `sum by (result) (${rate("asm_metrics_adapter_direct_scrapes_total")})`,
        legend: "{{result}} per second",
      },
      {
        query: `${bytes} / (sum(${rate("asm_metrics_adapter_direct_scrapes_total")}) > 0)`,
        legend: "bytes per scrape",
      },
    ],
  });
}

function shares() {
  return linesPanel({
    title: "Requests over the quota of their namespace",
    description:
      "Pending requests, and requests per second that were not sent (ASM_PROMETHEUS_BUSY): a namespace has many or slow queries.",
    unit: "short",
    lines: [
      { query: `asm_metrics_adapter_queued_requests${ADAPTER}`, legend: "pending {{pod}}" },
      { query: rate("asm_metrics_adapter_refused_requests_total"), legend: "not sent per second {{pod}}" },
    ],
  });
}

function memory() {
  return linesPanel({
    title: "Memory",
    description: "Resident memory of each pod. The limit is 256 MiB unless resources sets another one.",
    unit: "bytes",
    lines: [{ query: `process_resident_memory_bytes${ADAPTER}`, legend: "{{pod}}" }],
  });
}

function processor() {
  return linesPanel({
    title: "CPU",
    description: "Cores that each pod uses.",
    unit: "short",
    lines: [{ query: rate("process_cpu_seconds_total"), legend: "{{pod}}" }],
  });
}

function eventLoop() {
  return linesPanel({
    title: "Event loop lag",
    description: "99th percentile. At one second, reads are late.",
    unit: "s",
    lines: [{ query: `nodejs_eventloop_lag_p99_seconds${ADAPTER}`, legend: "{{pod}}" }],
  });
}

function certificate() {
  return linesPanel({
    title: "Serving certificate",
    description: "Seconds until it expires. The adapter renews its own certificate ten days before that.",
    unit: "s",
    lines: [{ query: `asm_metrics_adapter_serving_certificate_expiry_seconds${ADAPTER} - time()`, legend: "{{pod}}" }],
  });
}

function watchRestarts() {
  return linesPanel({
    title: "Restarts of the watch",
    description: "How often per second a pod had to list the HPAs again. A changed annotation is read only after that.",
    unit: "ops",
    lines: [{ query: rate("asm_metrics_adapter_watch_restarts_total"), legend: "{{pod}}" }],
  });
}
