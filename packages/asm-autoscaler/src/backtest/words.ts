import type { KnownCapacity } from "./capacity";
import { amount, duration } from "./format";
import { date } from "./plotAxes";
import type { Verdict } from "./verdict";

/** One run, judged. */
export interface Outcome {
  /** `this change`, `now`, `peak size`, `perfect forecast`. */
  readonly name: string;
  /** Target number of requests per second per pod. Undefined for a run without an HPA. */
  readonly target: number | undefined;
  readonly verdict: Verdict;
}

/** What was compared: an HPA on some traffic. */
export interface Subject {
  /** `namespace/name`. */
  readonly id: string;
  /** Where the traffic is from: `web.csv`, `the shape step`. */
  readonly traffic: string;
  /** What a pod can carry. All runs are judged by it. That of the first metric is first. */
  readonly capacities: readonly KnownCapacity[];
  /** Unix time of the first judged second. Undefined for traffic without a time of day. */
  readonly startsAt: number | undefined;
  /** Price of one pod for one hour. */
  readonly podHourPrice: number | undefined;
  /** What does not count, in words. */
  readonly ignored: readonly string[];
}

/** A table for a terminal: a row for each number, a column for each run. */
export function textTable(subject: Subject, outcomes: readonly Outcome[]): string {
  const { id, traffic, ignored } = subject;
  const rows = [["", ...outcomes.map(({ name }) => name)], ...numbers(subject, outcomes)];
  const [first] = outcomes;
  const head = `${id} on ${traffic}, ${duration(first?.verdict.seconds ?? 0)}, up to ${amount(first?.verdict.peakRequestsPerSecond ?? 0)} requests per second`;
  return [head, ...alignedRows(rows), capacitySentence(subject), ...ignored.map((line) => `Note: ${line}.`), ""].join(
    "\n",
  );
}

/** Rows whose cells stand below each other, the first one to the left and the others to the right. */
export function alignedRows(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("   ")
      .trimEnd(),
  );
}

/** A block for a pull request. */
export function markdownBlock(subject: Subject, outcomes: readonly Outcome[]): string {
  const { id, traffic, ignored } = subject;
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    `#### Backtest of \`${id}\` on ${traffic}`,
    "",
    sentence(subject, outcomes),
    "",
    row(["", ...outcomes.map(({ name }) => name)]),
    row(["---", ...outcomes.map(() => "--:")]),
    ...numbers(subject, outcomes).map(row),
    "",
    capacitySentence(subject),
    "",
    ...ignored.map((line) => `Note: ${line}.\n`),
  ].join("\n");
}

/**
 * Both sides of the trade in one sentence: what is above the same capacity, and what it costs in pods. So neither can be
 * read alone.
 */
export function sentence({ traffic, capacities }: Subject, outcomes: readonly Outcome[]): string {
  const [next, before] = outcomes.filter(({ target }) => target !== undefined);
  if (!next) return "";
  const { requests, requestsAboveCapacity, secondsAboveCapacity, podHours } = next.verdict;
  const now = (show: (verdict: Verdict) => string) => (before ? ` (${before.name}: ${show(before.verdict)})` : "");
  return (
    `With ${next.name}, **${whole(requestsAboveCapacity)} of ${amount(requests)} requests are above capacity**` +
    `${now((verdict) => whole(verdict.requestsAboveCapacity))}, for ${duration(secondsAboveCapacity)}` +
    `${now((verdict) => duration(verdict.secondsAboveCapacity))}, at **${amount(podHours)} pod-hours**` +
    `${now((verdict) => amount(verdict.podHours))}, on ${traffic} with a capacity of ` +
    `${amount(capacities[0]?.requestsPerSecond ?? 0)} requests per second per pod.`
  );
}

/** By which capacity the runs are judged. It is the same in all columns. */
function capacitySentence({ capacities }: Subject): string {
  return capacities
    .map(({ name, requestsPerSecond, source }, index) => {
      const what = index === 0 && capacities.length === 1 ? "" : ` of ${name}`;
      return `Capacity: a ready pod carries ${amount(requestsPerSecond)} requests per second${what}, ${source}. It is the same in all columns.`;
    })
    .join("\n");
}

function numbers(subject: Subject, outcomes: readonly Outcome[]): string[][] {
  const of = (name: string, show: (verdict: Verdict) => string) => [
    name,
    ...outcomes.map(({ verdict }) => show(verdict)),
  ];
  const { podHourPrice } = subject;
  return [
    [
      "target, requests per second per pod",
      ...outcomes.map(({ target }) => (target === undefined ? "-" : amount(target))),
    ],
    of("requests above capacity", ({ requestsAboveCapacity }) => whole(requestsAboveCapacity)),
    of("time above capacity", ({ secondsAboveCapacity }) => duration(secondsAboveCapacity)),
    of("worst load, requests per second per pod", ({ worstLoad }) =>
      Number.isFinite(worstLoad) ? amount(worstLoad) : "no ready pod",
    ),
    of("worst day, requests above capacity", ({ worstDay }) => dayText(worstDay, subject)),
    of("pod-hours", ({ podHours }) => amount(podHours)),
    ...(podHourPrice === undefined ? [] : [of("cost", ({ podHours }) => amount(podHours * podHourPrice))]),
    of("most pods", ({ mostReplicas }) => String(mostReplicas)),
    of("fewest pods", ({ leastReplicas }) => String(leastReplicas)),
    of("scaled up, down", ({ scaleUps, scaleDowns }) => `${scaleUps}, ${scaleDowns}`),
  ];
}

function dayText(worstDay: Verdict["worstDay"], { startsAt }: Subject): string {
  if (!worstDay) return "none";
  const { second, requestsAboveCapacity } = worstDay;
  const day =
    startsAt === undefined ? `day ${Math.floor(second / 86_400) + 1}` : date(startsAt + second).replace(/ \d+$/, "");
  return `${whole(requestsAboveCapacity)} (${day})`;
}

/** Requests in whole numbers: a part of a request above capacity is one. */
export function whole(requests: number): string {
  return amount(requests < 1_000 ? Math.max(0, Math.ceil(requests - 1e-6)) : Math.round(requests));
}

export function percent(share: number): string {
  return `${share < 0 ? "−" : "+"}${Math.abs(Math.round(share * 100))} %`;
}
