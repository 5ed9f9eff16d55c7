import {
  type HpaMetric,
  type HpaStatus,
  isSharedByPods,
  type MetricSpec,
  type Proposal,
  type SizeExplanation,
} from "@asm-autoscaler/hpa-metrics";
import { type MetricStatus, withUnit } from "./statusJson.ts";
import { unitOf, unitOfWords } from "./unit.ts";

/** The parts of a metric that its explanation needs. */
export type DescribedMetric = Pick<MetricStatus, "name" | "type" | "unit" | "goal" | "reading" | "proposal">;

/**
 * Describes one of `spec.metrics`.
 *
 * @param usage The current value, as `explainSize` takes it.
 * @param spec The metric's query, if this adapter serves the metric.
 */
export function describedMetric(
  { type, name, kind, goal }: HpaMetric,
  usage: number | undefined,
  { currentReplicas = 0 }: HpaStatus,
  proposal: Proposal | undefined,
  spec: MetricSpec | undefined,
): DescribedMetric {
  const unit = kind === "utilization" ? 1 : 1000;
  const words = spec && unitOf(spec.query)?.words;
  const base = { name: spec ? queryName(spec) : name, type, goal: { kind, value: goal / unit } };
  if (usage === undefined) return { ...base, ...(words ? { unit: words } : {}) };
  const value = usage / unit;
  return {
    ...base,
    ...(words ? { unit: words } : {}),
    reading: { value },
    ...(proposal
      ? {
          proposal: {
            replicas: proposal.replicas,
            ratio: proposal.ratio,
            formula: formula(base, value, currentReplicas, proposal),
          },
        }
      : {}),
  };
}

/** Returns the last part of the annotation key, which is the query's name. */
export function queryName({ queryKey }: Pick<MetricSpec, "queryKey">): string {
  return queryKey.slice(queryKey.indexOf("/") + 1);
}

/** Formats a number with three significant digits, or with all its integer digits: `48.3`, `0.25`, `1,204`. */
export function amount(value: number, digits = 3): string {
  const maximumSignificantDigits = significant(value, digits);
  const format = formats.get(maximumSignificantDigits) ?? new Intl.NumberFormat("en", { maximumSignificantDigits });
  formats.set(maximumSignificantDigits, format);
  return format.format(value);
}

/** Formatters by number of digits (at most 21). Creating one takes longer than formatting a hundred numbers. */
const formats = new Map<number, Intl.NumberFormat>();

/** Formats a number of pods: `1 pod`, `5 pods`, `no pod`. */
function pods(count: number): string {
  return count === 0 ? "no pod" : count === 1 ? "1 pod" : `${amount(count)} pods`;
}

/**
 * Formats the calculation of one metric's replicas, such as `ceil(48.3 / 10) = 5`. When only the tolerance keeps the
 * replicas, it is `53 / (5 × 10) = 1.06, near enough to 1`.
 */
function formula(
  { goal: { kind, value: goal }, type }: Pick<MetricStatus, "goal" | "type">,
  usage: number,
  current: number,
  { replicas, ratio, isTolerated, exact }: Proposal,
): string {
  const isWhole = isSharedByPods({ type, kind });
  const factor = isWhole ? 1 : Math.max(current, 1);
  if (isTolerated && exact !== current) {
    const divisor = isWhole ? `(${amount(current)} × ${amount(goal)})` : amount(goal);
    return `${amount(usage)} / ${divisor} = ${amount(ratio)}, near enough to 1`;
  }
  // Uses as many digits as are necessary for the printed formula to give the printed result.
  const digits = [3, 4, 5, 6].find((n) => Math.ceil((factor * rounded(usage, n)) / rounded(goal, n)) === replicas) ?? 7;
  const times = factor === 1 ? "" : `${amount(factor)} × `;
  return `ceil(${times}${amount(usage, digits)} / ${amount(goal, digits)}) = ${amount(replicas)}`;
}

function rounded(value: number, digits: number): number {
  return Number(value.toPrecision(significant(value, digits)));
}

/** Returns this number of digits, or the number of integer digits if it is larger. */
function significant(value: number, digits: number): number {
  return Math.min(21, Math.max(digits, Math.ceil(Math.log10(Math.abs(value) + 1))));
}

/**
 * Explains why an HPA's target has its replicas and what comes next, for a reader who does not know the HPA. The status
 * page and the command `explain` print it.
 *
 * @param metrics Each of `spec.metrics`.
 */
export function sentence(
  { target, minReplicas, maxReplicas, currentReplicas: current }: HpaStatus,
  { replicas: next, reason, decides, wanted = current ?? 0 }: SizeExplanation,
  metrics: readonly DescribedMetric[],
): string {
  const name = target.slice(target.indexOf("/") + 1);
  if (current === undefined || next === undefined) return `The HPA controller has not synced the HPA of ${name} yet.`;
  const deciding = decides === undefined ? undefined : metrics[decides];
  const cause = deciding ? demand(deciding) : "";
  const how = deciding?.proposal ? `: ${deciding.proposal.formula}` : "";
  const others = metrics.length > 1 ? ` Of its ${metrics.length} metrics this one asks for most.` : "";
  const because = `because ${cause}${how}`;
  switch (reason) {
    case "not-synced":
    case "scaling-disabled":
      return `${name} has no pod, and the HPA controller leaves it alone until somebody gives it one.`;
    case "out-of-bounds":
      return `${name} runs ${pods(current)} and will have ${pods(next)}, since ${current > maxReplicas ? `at most ${pods(maxReplicas)} ${isAre(maxReplicas)} allowed` : `at least ${pods(minReplicas)} ${isAre(minReplicas)} asked for`}.`;
    case "no-reading":
      return `${name} keeps ${pods(current)}, since there is no reading of ${metrics.length > 1 ? "any of its metrics" : "its metric"}: without one the HPA controller changes nothing.`;
    case "missing-reading":
      return `${name} keeps ${pods(current)}: it would need only ${pods(wanted)} because ${cause}, but another of its metrics has no reading, and then the HPA controller takes no pod away.`;
    case "direction-disabled":
      return `${name} keeps ${pods(current)}: it would need ${amount(wanted)} ${because}, but may not ${wanted > current ? "grow (behavior.scaleUp" : "shrink (behavior.scaleDown"}.selectPolicy is Disabled).${others}`;
    case "at-maximum":
      return `${name} ${current === maxReplicas ? "is at" : "goes to"} its maximum of ${pods(maxReplicas)} and would need ${amount(wanted)}, ${because}.${others}`;
    case "at-minimum":
      return `${name} runs its minimum of ${pods(minReplicas)}, ${because}.${others}`;
    case "settled":
    case "within-tolerance":
      return `${name} runs ${pods(current)} ${because}.${others}`;
    case "stabilized":
    case "rate-limited":
    case "scales":
      return `${name} ${change(current, next, reason)} ${because}.${others}`;
  }
}

function isAre(count: number): string {
  return count === 1 || count === 0 ? "is" : "are";
}

function change(current: number, next: number, reason: "stabilized" | "rate-limited" | "scales"): string {
  const pace = { stabilized: "when that has lasted", "rate-limited": "step by step", scales: undefined }[reason];
  if (next > current)
    return `runs ${pods(current)} and will have ${amount(next)}${pace === undefined ? "" : ` ${pace},`}`;
  return `runs ${pods(current)} and needs only ${amount(next)}${pace === undefined ? "" : `, and shrinks ${pace},`}`;
}

/** Describes the current value and the target: `it gets 48.3 requests per second and each pod should carry 10`. */
function demand({ name, type, unit: words, goal, reading }: DescribedMetric): string {
  const unit = unitOfWords(words);
  const value = amount(reading?.value ?? 0);
  const has = unit
    ? `it ${unit.verb} ${withUnit(value, unit.words)}`
    : `its ${name} is ${value}${goal.kind === "utilization" ? " %" : ""}`;
  if (goal.kind === "utilization") return `${has} of what its pods ask for and the target is ${amount(goal.value)} %`;
  if (!isSharedByPods({ type, kind: goal.kind })) return `${has} and the target is ${amount(goal.value)}`;
  return `${has} and each pod should carry ${amount(goal.value)}`;
}
