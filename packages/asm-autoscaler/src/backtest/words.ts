import { counted } from "@asm-autoscaler/hpa-metrics";
import { amount, duration } from "./format";
import type { OverloadLimit } from "./overload";
import type { Verdict } from "./verdict";

/** One autoscaler's run, judged. */
export interface Outcome {
  /** `this change`, `now`. */
  readonly name: string;
  /** Target number of requests per second per pod. */
  readonly target: number;
  readonly verdict: Verdict;
}

/** What was compared: an HPA on some traffic. */
export interface Subject {
  /** `namespace/name`. */
  readonly id: string;
  /** Where the traffic is from: `web.csv`, `the shape step`. */
  readonly traffic: string;
  /** The limit by which all runs are judged. */
  readonly limit: OverloadLimit;
  /** What does not count, in words. */
  readonly ignored: readonly string[];
}

/** A table for a terminal: a row for each number, a column for each run. */
export function textTable(subject: Subject, outcomes: readonly Outcome[]): string {
  const { id, traffic, ignored } = subject;
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
  return [head, ...lines, limitSentence(subject), ...ignored.map((line) => `Note: ${line}.`), ""].join("\n");
}

/** A block for a pull request. */
export function markdownBlock(subject: Subject, outcomes: readonly Outcome[]): string {
  const { id, traffic, ignored } = subject;
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
    limitSentence(subject),
    "",
    ...ignored.map((line) => `Note: ${line}.\n`),
  ].join("\n");
}

/** `With this change the peak would have run 14 pods instead of 9, 0 s overloaded instead of 340 s.` */
export function sentence([next, before]: readonly Outcome[], traffic: string): string {
  if (!next) return "";
  const { mostReplicas, overloadedSeconds, podHours } = next.verdict;
  const instead = (text: string) => (before ? ` instead of ${text}` : "");
  const change = before?.verdict.podHours ? `, ${percent(podHours / before.verdict.podHours - 1)} pod-hours` : "";
  return (
    `With ${next.name} the peak of ${traffic} would have run **${counted(mostReplicas, "pod")}**${instead(String(before?.verdict.mostReplicas))}, ` +
    `**${duration(overloadedSeconds)} overloaded**${instead(duration(before?.verdict.overloadedSeconds ?? 0))}${change}.`
  );
}

/** Which limit the overload is counted by. It is the same in all columns. */
function limitSentence({ limit }: Subject): string {
  return `Overloaded: a ready pod gets more than ${amount(limit.requestsPerSecond)} requests per second, ${limit.source}.`;
}

function numbers(outcomes: readonly Outcome[]): string[][] {
  const of = (name: string, show: (verdict: Verdict) => string) => [
    name,
    ...outcomes.map(({ verdict }) => show(verdict)),
  ];
  return [
    ["target, requests per second per pod", ...outcomes.map(({ target }) => amount(target))],
    of("most pods", ({ mostReplicas }) => String(mostReplicas)),
    of("fewest pods", ({ leastReplicas }) => String(leastReplicas)),
    of("overloaded", ({ overloadedSeconds }) => duration(overloadedSeconds)),
    of("highest load, requests per second per pod", ({ highestLoad }) =>
      Number.isFinite(highestLoad) ? amount(highestLoad) : "there was no pod",
    ),
    of("pod-hours", ({ podHours }) => amount(podHours)),
    of("scaled up, down", ({ scaleUps, scaleDowns }) => `${scaleUps}, ${scaleDowns}`),
  ];
}

function percent(share: number): string {
  return `${share < 0 ? "−" : "+"}${Math.abs(Math.round(share * 100))} %`;
}
