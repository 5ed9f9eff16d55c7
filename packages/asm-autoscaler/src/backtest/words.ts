import { counted } from "hpa-metrics";
import type { Verdict } from "./verdict";

/** One autoscaler's run, judged. */
export interface Outcome {
  /** `this change`, `now`. */
  readonly name: string;
  readonly verdict: Verdict;
}

/** What was compared: an HPA on some traffic. */
export interface Subject {
  /** `namespace/name`. */
  readonly id: string;
  /** Where the traffic is from: `web.csv`, `the shape step`. */
  readonly traffic: string;
  /** What does not count, in words. */
  readonly ignored: readonly string[];
}

/** A table for a terminal: a row for each number, a column for each run. */
export function textTable({ id, traffic, ignored }: Subject, outcomes: readonly Outcome[]): string {
  const rows = [["", ...outcomes.map(({ name }) => name)], ...numbers(outcomes)];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("   ")
      .trimEnd(),
  );
  const [first] = outcomes;
  const head = `${id} on ${traffic}, ${duration(first?.verdict.seconds ?? 0)}, up to ${amount(first?.verdict.peakRequestsPerSecond ?? 0)} requests per second`;
  return [head, ...lines, ...ignored.map((line) => `Note: ${line}.`), ""].join("\n");
}

/** A block for a pull request. */
export function markdownBlock({ id, traffic, ignored }: Subject, outcomes: readonly Outcome[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    `#### Backtest of \`${id}\` on ${traffic}`,
    "",
    sentence(outcomes, traffic),
    "",
    row(["", ...outcomes.map(({ name }) => name)]),
    row(["---", ...outcomes.map(() => "--:")]),
    ...numbers(outcomes).map(row),
    "",
    ...ignored.map((line) => `Note: ${line}.\n`),
  ].join("\n");
}

/** `With this change the peak would have run 14 pods instead of 9, 0 s above target instead of 340 s.` */
export function sentence([next, before]: readonly Outcome[], traffic: string): string {
  if (!next) return "";
  const { mostReplicas, secondsAboveTarget, podHours } = next.verdict;
  const instead = (text: string) => (before ? ` instead of ${text}` : "");
  const change = before ? `, ${percent(podHours / before.verdict.podHours - 1)} pod-hours` : "";
  return (
    `With ${next.name} the peak of ${traffic} would have run **${counted(mostReplicas, "pod")}**${instead(String(before?.verdict.mostReplicas))}, ` +
    `**${duration(secondsAboveTarget)} above target**${instead(duration(before?.verdict.secondsAboveTarget ?? 0))}${change}.`
  );
}

function numbers(outcomes: readonly Outcome[]): string[][] {
  const of = (name: string, show: (verdict: Verdict) => string) => [
    name,
    ...outcomes.map(({ verdict }) => show(verdict)),
  ];
  return [
    of("most pods", ({ mostReplicas }) => String(mostReplicas)),
    of("fewest pods", ({ leastReplicas }) => String(leastReplicas)),
    of("above target", ({ secondsAboveTarget }) => duration(secondsAboveTarget)),
    of("most a pod got, of its target", ({ worstLoad }) =>
      Number.isFinite(worstLoad) ? `${Math.round(worstLoad * 100)} %` : "there was no pod",
    ),
    of("pod-hours", ({ podHours }) => amount(podHours)),
    of("scaled up, down", ({ scaleUps, scaleDowns }) => `${scaleUps}, ${scaleDowns}`),
  ];
}

/** `340 s`, `17 min`, `7 d`. */
function duration(seconds: number): string {
  if (seconds < 1_000) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${amount(seconds / 3_600)} h` : `${amount(seconds / 86_400)} d`;
}

function amount(value: number): string {
  return new Intl.NumberFormat("en", {
    maximumSignificantDigits: Math.abs(value) < 1_000 ? 3 : 6,
    maximumFractionDigits: 1,
  }).format(value);
}

function percent(share: number): string {
  return `${share < 0 ? "−" : "+"}${Math.abs(Math.round(share * 100))} %`;
}
