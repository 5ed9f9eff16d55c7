import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { page } from "./page";
import { figurePanel, linesPanel } from "./panel";
import { labelVariable } from "./variables";

/** The series of one adapter, and what tells its metrics apart; two pods of it have the same. */
const ADAPTER = '{job="$job"}';
const EACH = "namespace, hpa, metric, query";
const NAME = "{{namespace}}/{{hpa}} {{query}}";

/** All autoscalers at a glance: which have no reading, which are full, and what they cost Prometheus. */
export function fleetDashboard(): Dashboard {
  return page({
    title: "Autoscalers on mesh traffic",
    uid: "asm-autoscaler-fleet",
    description: "Which autoscalers have no value, which are at their maximum, and which have slow queries.",
    span: "3h",
    variables: [labelVariable("job", "Job", "asm_metrics_adapter_hpas", "job")],
    panels: [
      figure("Autoscalers", "HPAs with at least one metric of the adapter.", `max(asm_metrics_adapter_hpas${ADAPTER})`),
      figure(
        "Metrics with a problem",
        "Metrics that have no new value now.",
        `count(${of("reading_fault")}) or vector(0)`,
      ),
      figure(
        "Autoscalers at their maximum",
        "They cannot scale up. Requires kube-state-metrics.",
        `count(${hpa("status_current_replicas")} >= ${hpa("spec_max_replicas")}) or vector(0)`,
      ),
      linesPanel({
        title: "Metrics with a problem",
        description: "Each with the code of its problem. The error reference says what to do.",
        unit: "short",
        lines: [
          {
            query: `max by (${EACH}, code) (asm_metrics_adapter_reading_fault${ADAPTER})`,
            legend: `${NAME}: {{code}}`,
          },
        ],
      }),
      linesPanel({
        title: "Problems by code",
        description: "Queries per second that returned no value.",
        unit: "ops",
        lines: [
          {
            query: `sum by (code) (rate(asm_metrics_adapter_faults_total${ADAPTER}[$__rate_interval]))`,
            legend: "{{code}}",
          },
        ],
      }),
      linesPanel({
        title: "Oldest readings",
        description:
          "While Prometheus does not answer, a stale value is served for up to 30 s. After that, reads return an error.",
        unit: "s",
        lines: [{ query: `topk(10, ${of("reading_age_seconds", "min")})`, legend: NAME }],
      }),
      linesPanel({
        title: "Slowest queries",
        description: "A read waits at most 0.9 s. A query that takes longer is evaluated ahead of its read.",
        unit: "s",
        lines: [{ query: `topk(10, ${of("evaluation_seconds")})`, legend: NAME }],
      }),
      linesPanel({
        title: "Largest workloads",
        description: "Number of pods. Requires kube-state-metrics.",
        unit: "short",
        lines: [
          { query: `topk(20, ${hpa("status_current_replicas")})`, legend: "{{namespace}}/{{horizontalpodautoscaler}}" },
        ],
      }),
      linesPanel({
        title: "Events about autoscalers",
        description: "By result. Dropped: over the rate limit. Failed: rejected by the API server.",
        unit: "ops",
        lines: [
          {
            query: `sum by (result) (rate(asm_metrics_adapter_events_total${ADAPTER}[$__rate_interval]))`,
            legend: "{{result}}",
          },
        ],
      }),
      linesPanel({
        title: "Metrics without series of their own",
        description: "The adapter exports series for 1,000 metrics, those with a problem first.",
        unit: "short",
        lines: [{ query: `max(asm_metrics_adapter_metrics_left_out${ADAPTER})`, legend: "left out" }],
      }),
    ],
  });
}

function figure(title: string, description: string, query: string) {
  return figurePanel({ title, description, unit: "short", lines: [{ query, legend: title }] });
}

/** A figure of each metric, once, however many pods tell it. */
function of(what: string, which: "max" | "min" = "max"): string {
  return `${which} by (${EACH}) (asm_metrics_adapter_${what}${ADAPTER})`;
}

/** A figure of each HPA, as kube-state-metrics has it. */
function hpa(what: string): string {
  return `max by (namespace, horizontalpodautoscaler) (kube_horizontalpodautoscaler_${what}{})`;
}
