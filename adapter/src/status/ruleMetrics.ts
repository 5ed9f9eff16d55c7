import { Counter, Gauge, type Registry } from "prom-client";
import type { RulesState } from "../rules/rules.ts";

/** Where the metrics about rules are read. Undefined without rules. */
export type RulesSource = (() => RulesState) | undefined;

type Values = readonly (readonly [label: string, value: number])[];

/** Registers the metrics about the rules of prometheus-adapter. Without rules, they have no series. */
export function registerRules(registry: Registry, rules: RulesSource): void {
  const gauge = (name: string, help: string, label: string, read: (state: RulesState) => Values) =>
    new Gauge({
      ...{ name: `asm_metrics_adapter_${name}`, help, labelNames: [label], registers: [registry] },
      collect() {
        this.reset();
        for (const [value, number] of rules ? read(rules()) : []) this.set({ [label]: value }, number);
      },
    });
  const counter = (name: string, help: string, read: (reads: RulesState["reads"]["custom"]) => number) =>
    new Counter({
      ...{ name: `asm_metrics_adapter_${name}`, help, labelNames: ["api"], registers: [registry] },
      collect() {
        this.reset();
        if (!rules) return;
        for (const [api, reads] of Object.entries(rules().reads)) this.inc({ api }, read(reads));
      },
    });

  gauge("rules", "Rules of prometheus-adapter: served, or broken.", "state", ({ file, broken }) => {
    const all = (file.rules?.custom.length ?? 0) + (file.rules?.external.length ?? 0);
    // A rule that the cluster lacks a kind of objects for is in both lists.
    const unserved = broken.length - (file.rules?.broken.length ?? 0);
    return [
      ["served", all - unserved],
      ["broken", broken.length],
    ];
  });
  gauge(
    "rules_file",
    "Whether the present text of the file with the rules is in use (1), or an earlier one or none (0).",
    "file",
    ({ file }) => [["rules", file.problem === undefined && file.rules !== undefined ? 1 : 0]],
  );
  gauge("rule_lists", "Lists of series of rules: whole, or failed or partial.", "state", ({ series }) => {
    const failed = series.filter(({ problem }) => problem !== undefined).length;
    return [
      ["whole", series.length - failed],
      ["failed", failed],
    ];
  });
  gauge(
    "rule_lists_age_seconds",
    "Age of the oldest list of series that was whole, in seconds. Absent before each list was whole once.",
    "age",
    ({ series }) => {
      const ages = series.flatMap(({ ageMs }) => ageMs ?? []);
      return ages.length === series.length && ages.length > 0 ? [["oldest", Math.max(...ages) / 1000]] : [];
    },
  );
  gauge("rule_metrics", "Metrics that rules give.", "api", ({ metrics }) => Object.entries(metrics));
  gauge("rule_reads", "Different reads of metrics of rules that are repeated.", "api", ({ reads }) =>
    Object.entries(reads).map(([api, { cached }]) => [api, cached]),
  );
  gauge(
    "rule_objects",
    "What is in memory for metrics of all objects that a selector matches: watches, and names of objects.",
    "kind",
    ({ objects }) => Object.entries(objects),
  );
  counter(
    "rule_evaluations_total",
    "Queries of rules evaluated, alone or in a group.",
    ({ counts }) => counts.evaluations,
  );
  counter(
    "rule_failed_evaluations_total",
    "Evaluations of rules that gave no value.",
    ({ counts }) => counts.failedEvaluations,
  );
  counter(
    "rule_refused_reads_total",
    "Reads of rules that were answered with an error.",
    ({ counts }) => counts.refused,
  );
}
