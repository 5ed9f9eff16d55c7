import {
  type DescribedObject,
  oneLine,
  type Problem,
  problem,
  type RuleMetric,
  type RulePolicies,
  type ScaleTarget,
  safestPolicy,
  samePolicy,
} from "@asm-autoscaler/hpa-metrics";
import { formatSelector, labelSelectorOf, type Selector } from "../kubernetes/labelSelector.ts";
import { groupOf } from "../kubernetes/scale.ts";
import type { HpaMetrics } from "./readHpaMetrics.ts";

/** What a read asks a rule for, as an HPA has it. */
export interface AskedMetric {
  readonly type: RuleMetric["type"];
  /** Namespace of the HPA. */
  readonly namespace: string;
  /** Name of the metric. The case of an `External` metric does not matter. */
  readonly metric: string;
  /** The selector of the metric. */
  readonly series: Selector;
  /** The described object of an `Object` metric. The version in its `apiVersion` does not matter. */
  readonly object?: ScaleTarget;
}

/** The HPAs of a namespace that ask a rule for one metric. */
export interface AskingHpas {
  /** As `namespace/name`, in the order in which they were added. */
  readonly hpas: readonly string[];
  /** What they set for the time without a reading. If they differ, the safest. */
  readonly policies: RulePolicies;
  /** Set if they differ. */
  readonly clash?: Problem;
  /**
   * Whether they scale different workloads. A `Pods` metric then has a reading for the pods of each, and what an HPA reads
   * is not known.
   */
  readonly hasSeveralTargets: boolean;
}

/** The metrics that HPAs ask rules for. */
export interface RuleMetricIndex {
  add(hpaMetrics: HpaMetrics): void;
  remove(hpaMetrics: HpaMetrics): void;
  /** The HPAs that ask for the metric. Undefined if there is none. */
  askedOfRule(asked: AskedMetric): AskingHpas | undefined;
}

/** Creates an empty index. */
export function createRuleMetricIndex(): RuleMetricIndex {
  /** namespace -> key of a metric -> the HPAs that ask for it. */
  const namespaces = new Map<string, Map<string, Group>>();
  return {
    add(hpaMetrics) {
      const { namespace } = hpaMetrics.hpa;
      for (const one of hpaMetrics.ruleMetrics ?? []) {
        const groups = namespaces.get(namespace) ?? new Map<string, Group>();
        namespaces.set(namespace, groups);
        const key = keyOfMetric(one);
        const group = groups.get(key) ?? { members: new Map<HpaMetrics, RuleMetric>(), asking: undefined };
        groups.set(key, group);
        group.members.set(hpaMetrics, one);
        group.asking = undefined;
      }
    },
    remove(hpaMetrics) {
      const { namespace } = hpaMetrics.hpa;
      const groups = namespaces.get(namespace);
      for (const one of hpaMetrics.ruleMetrics ?? []) {
        const key = keyOfMetric(one);
        const group = groups?.get(key);
        if (!group?.members.delete(hpaMetrics)) continue;
        group.asking = undefined;
        if (group.members.size === 0) groups?.delete(key);
      }
      if (groups?.size === 0) namespaces.delete(namespace);
    },
    askedOfRule({ namespace, type, metric, series, object }) {
      const group = namespaces.get(namespace)?.get(keyOf(type, metric, series, object));
      if (!group) return undefined;
      group.asking ??= askingOf(group.members);
      return group.asking;
    },
  };
}

interface Group {
  readonly members: Map<HpaMetrics, RuleMetric>;
  /** Computed at the first read after a change. */
  asking: AskingHpas | undefined;
}

/** Key of a metric in its namespace: metrics with the same key are one. */
export function keyOfMetric({ type, metric, object }: RuleMetric): string {
  return keyOf(type, metric.name, labelSelectorOf(metric), object);
}

function keyOf(type: RuleMetric["type"], metric: string, series: Selector, object: DescribedObject | undefined) {
  const name = type === "External" ? metric.toLowerCase() : metric;
  return JSON.stringify([type, name, formatSelector(series), ...(object ? describedBy(object) : [])]);
}

/** The HPA controller reads the metrics of the HPA's own Namespace, whatever name the HPA has for it. */
function describedBy(object: DescribedObject): string[] {
  const group = groupOf(object);
  const { kind, name } = object;
  const lower = kind.toLowerCase();
  return group === "" && lower === "namespace" ? [group, lower] : [group, lower, name];
}

function askingOf(members: ReadonlyMap<HpaMetrics, RuleMetric>): AskingHpas {
  const all = [...members];
  const hpas = [...new Set(all.map(([{ hpa }]) => hpa.id))];
  const targets = new Set(all.map(([{ hpa }]) => JSON.stringify(hpa.scaleTarget ?? hpa.id)));
  const onNoData = safestPolicy(all.map(([, one]) => one.onNoData));
  const onError = safestPolicy(all.map(([, one]) => one.onError));
  const clash = clashOf(all);
  return {
    hpas,
    policies: { ...(onNoData ? { onNoData } : {}), ...(onError ? { onError } : {}) },
    ...(clash ? { clash } : {}),
    hasSeveralTargets: targets.size > 1,
  };
}

function clashOf(all: readonly (readonly [HpaMetrics, RuleMetric])[]): Problem | undefined {
  const [first] = all;
  const other = first && all.find(([, one]) => !samePolicies(one, first[1]));
  return first && other ? differentPolicies(first[1], first[0].hpa.id, other[0].hpa.id) : undefined;
}

/** Whether two HPAs set the same policies for a metric. */
export function samePolicies(a: RulePolicies, b: RulePolicies): boolean {
  return samePolicy(a.onNoData, b.onNoData) && samePolicy(a.onError, b.onError);
}

/** The problem of two HPAs that set different policies for one metric of a rule. */
export function differentPolicies({ metric }: Pick<RuleMetric, "metric">, hpa: string, otherHpa: string): Problem {
  return problem(
    "ASM_RULE_POLICIES",
    `HPAs ${hpa} and ${otherHpa} set different policies for the metric "${oneLine(metric.name, 200)}", so the safest one counts for all HPAs of it`,
  );
}
