import { PERIOD_SECONDS, promDuration, type ScheduledReplicas } from "@asm-autoscaler/hpa-metrics";
import { stringify } from "yaml";
import type { Manifest } from "../backtest/manifest";
import type { Candidate } from "./setting";

/** Lines around a change. */
const CONTEXT = 2;

/** The change of an HPA as a diff of its YAML. Empty if there is none. */
export function yamlDiff(before: Manifest, after: Manifest): string {
  const text = ({ object: { status: _, ...object } }: Manifest) =>
    stringify(object, { lineWidth: 0 }).trimEnd().split("\n");
  return lineDiff(text(before), text(after));
}

/**
 * A diff of lines, as `diff -u` prints it, with a little context. It finds the longest common subsequence, which is quadratic:
 * for the few hundred lines of an HPA.
 */
export function lineDiff(before: readonly string[], after: readonly string[]): string {
  const common = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  const at = (row: number, column: number) => common[row]?.[column] ?? 0;
  for (let row = before.length - 1; row >= 0; row--)
    for (let column = after.length - 1; column >= 0; column--)
      (common[row] as Uint32Array)[column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
  const lines: string[] = [];
  for (let [row, column] = [0, 0]; row < before.length || column < after.length; ) {
    if (row < before.length && column < after.length && before[row] === after[column]) {
      lines.push(` ${before[row++]}`);
      column++;
    } else if (row < before.length && (column >= after.length || at(row + 1, column) >= at(row, column + 1)))
      lines.push(`-${before[row++]}`);
    else lines.push(`+${after[column++]}`);
  }
  const isNear = (index: number) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some((line) => !line.startsWith(" "));
  const shown = lines.flatMap((line, index) => (isNear(index) ? [line] : isNear(index - 1) ? [" …"] : []));
  return shown.length === 0 ? "" : `${shown.join("\n").replace(/\n …$/, "")}\n`;
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** The change as a diff of the arguments of a `TrafficAutoscaler`. Of what stays, nothing is shown. */
export function componentDiff(name: string, today: Candidate, chosen: Candidate): string {
  const changed = (key: string, before: unknown, after: unknown, indent: string) =>
    before === after
      ? []
      : [
          ...(before === undefined ? [] : [`-${indent}${key}: ${String(before)},`]),
          `+${indent}${key}: ${String(after)},`,
        ];
  const { reaction, scaleUp, scaleDown, anticipate, schedule } = chosen;
  const metric = [
    ...changed("requestsPerSecond", today.target, chosen.target, "      "),
    ...(anticipate
      ? [
          `+      anticipate: { period: "${anticipate.periodSeconds === PERIOD_SECONDS.Day ? "Day" : "Week"}", lead: "${promDuration(anticipate.leadSeconds)}", mode: "Act" },`,
        ]
      : []),
  ];
  const paces = [
    ...(scaleUp ? [`scaleUp: { pace: "${scaleUp}" }`] : []),
    ...(scaleDown ? [`scaleDown: { pace: "${scaleDown}" }`] : []),
  ];
  return [
    ` new TrafficAutoscaler("${name}", {`,
    ...changed("minReplicas", today.minReplicas, chosen.minReplicas, "   "),
    ...(reaction ? [`+   reaction: "${reaction}",`] : []),
    ...(metric.length > 0 ? ["    metrics: [{", ...metric, "    }],"] : []),
    ...(paces.length > 0 ? [`+   behavior: { ${paces.join(", ")} },`] : []),
    ...(schedule ? [`+   schedules: [${schedule.map(scheduleText).join(", ")}],`] : []),
    " });",
    "",
  ].join("\n");
}

function scheduleText({ from, to, replicas, days }: ScheduledReplicas): string {
  const names = days?.map((day) => `"${DAYS[day]}"`).join(", ");
  return `{ from: "${clock(from)}", to: "${clock(to || 1_440)}", replicas: ${replicas}${names ? `, days: [${names}]` : ""} }`;
}

/** A time of day, such as 08:15. */
export function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}
