import { PERIOD_SECONDS, promDuration } from "@asm-autoscaler/hpa-metrics";
import { amount, duration } from "../backtest/format";
import { date } from "../backtest/plotAxes";
import type { Judged } from "../backtest/simulate";
import { alignedRows, percent, whole } from "../backtest/words";
import { clock, componentDiff, yamlDiff } from "./diff";
import { aboveOf, type Limit, type Score } from "./evaluation";
import type { Candidate } from "./setting";
import type { Row, Tuned } from "./tuned";

/** What differs from today in a setting: `target 8.5, Fast, anticipates a day`. */
export function settingText(candidate: Candidate): string {
  const { target, minReplicas, reaction, scaleUp, scaleDown, anticipate, schedule } = candidate;
  return [
    `target ${amount(target)}`,
    `min ${minReplicas}`,
    ...(reaction ? [reaction] : []),
    ...(scaleUp ? [`up ${scaleUp}`] : []),
    ...(scaleDown ? [`down ${scaleDown}`] : []),
    ...(anticipate
      ? [
          `anticipates ${promDuration(anticipate.leadSeconds)} by ${anticipate.periodSeconds === PERIOD_SECONDS.Day ? "days" : "weeks"}`,
        ]
      : []),
    ...(schedule ?? []).map(
      ({ from, to, replicas, days }) =>
        `${replicas} from ${clock(from)} to ${clock(to)} UTC${days ? " on working days" : ""}`,
    ),
  ].join(", ");
}

/** What is allowed, in words. */
function limitText({ counts, perDay }: Limit): string {
  return counts === "requests"
    ? `${whole(perDay)} requests a day above capacity`
    : `${amount(perDay)} s a day above capacity`;
}

/** The table of settings, what the chosen one brings, and its diff. */
export function textReport(tuned: Tuned): string {
  const { id, traffic, limit, capacities, rows, today, chosen, ignored, unavoidable, bound } = tuned;
  const unavoidableText = limit.counts === "requests" ? `${whole(unavoidable)} requests` : duration(unavoidable);
  const marked = (row: Row) =>
    `${row === chosen ? "* " : "  "}${row === today ? "today: " : ""}${settingText(row.candidate)}`;
  const table = [
    ["", "above capacity, a day", "worst day", "pod-hours, a day", "scaled, a day"],
    ...rows.map((row) => [
      marked(row),
      aboveText(row.report, limit),
      whole(row.report.worstDay),
      amount(row.report.podHours),
      amount(row.report.scaleChanges),
    ]),
  ];
  const capacity = capacities.map(
    ({ name, requestsPerSecond, source }) =>
      `a ready pod carries ${amount(requestsPerSecond)} requests per second of ${name}, ${source}`,
  );
  return [
    `${id} on ${traffic}: at most ${limitText(limit)}, at the least pod-hours`,
    ...alignedRows(table),
    verdictText(tuned),
    splitText(tuned),
    ...(unavoidable > 0
      ? [
          `With maxReplicas ${bound.hpa.bounds.maxReplicas}, no setting avoids ${unavoidableText} a day above capacity. The limit is for what is beyond them.`,
        ]
      : []),
    `Capacity: ${capacity.join("; ")}.`,
    ...ignored.map((line) => `Note: ${line}.`),
    ...notesOf(tuned).map((line) => `Note: ${line}.`),
    ...(chosen === today ? [] : ["", diffOf(tuned)]),
    ...(chosen === today ? [""] : []),
  ].join("\n");
}

function aboveText(score: Score, limit: Limit): string {
  return limit.counts === "requests" ? whole(score.requestsAbove) : duration(score.secondsAbove);
}

/** What the chosen setting brings, in one sentence, with both numbers. */
export function verdictText({ verdict, today, chosen, limit, split, unavoidable }: Tuned): string {
  const change = percent(chosen.report.podHours / today.report.podHours - 1);
  const numbers = `${aboveText(chosen.report, limit)} above capacity a day instead of ${aboveText(today.report, limit)}, at ${change} pod-hours`;
  const broken =
    split.isApart && aboveOf(chosen.report, limit) > limit.perDay + unavoidable && verdict !== "unreachable"
      ? ` On the reported days it is above the limit, which it held on the days that it was chosen on.`
      : "";
  switch (verdict) {
    case "no-gain":
      return `No gain: today's setting holds the limit, and no other one does so with clearly fewer pod-hours.${broken}`;
    case "unreachable":
      return chosen === today
        ? "No setting holds the limit, and none has less above capacity than today's. Raise maxReplicas, or shorten the start of the pods."
        : `No setting holds the limit. The one with the least above capacity has ${numbers}. Raise maxReplicas, or shorten the start of the pods.`;
    case "holds":
      return `Today's setting is above the limit. The chosen one (*) has ${numbers}.${broken}`;
    case "saves":
      return `The chosen setting (*) has ${numbers}.${broken}`;
  }
}

function splitText({ split: { training, report, isApart }, startsAt, settings }: Tuned): string {
  const span = ({ from, to }: Judged) => {
    const length = duration(to - from);
    if (startsAt === undefined) return length;
    const [first, last] = [from, to - 1].map((second) => date(startsAt + second).replace(/ \d+$/, ""));
    return `${length} (${first === last ? first : `${first} to ${last}`})`;
  };
  const tried = `${settings} settings were simulated`;
  return isApart
    ? `${tried}. Chosen on ${span(training)}; the numbers are of the ${span(report)} after that.`
    : `${tried}. The traffic is too short to keep a part apart: the numbers are of the same ${span(report)} that the setting was chosen on.`;
}

/** What the chosen setting requires. */
function notesOf({ chosen: { candidate }, today }: Tuned): string[] {
  if (candidate === today.candidate) return [];
  const { reaction, anticipate } = candidate;
  return [
    ...(reaction === "Direct" ? ["Direct requires a MetricsAdapter with `direct: true`"] : []),
    ...(anticipate
      ? [
          `to anticipate, Prometheus must keep ${duration(anticipate.periods * anticipate.periodSeconds + 86_400)} of history; use the mode Observe first`,
        ]
      : []),
  ];
}

/** The change: of the HPA's YAML, or of the component's arguments if the HPA is from a preview. */
export function diffOf({ id, before, after, today, chosen }: Tuned): string {
  if (before.isPreview) return componentDiff(id.split("/")[1] ?? "", today.candidate, chosen.candidate);
  return yamlDiff(before, after);
}
