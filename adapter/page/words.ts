import { type HpaView, type MetricStatus, type State, withUnit } from "../src/status/statusJson.ts";

export const STATES: Readonly<Record<State, string>> = {
  problem: "Fault",
  waiting: "No reading yet",
  paused: "Paused at 0",
  maximum: "At its maximum",
  growing: "Growing",
  shrinking: "Shrinking",
  steady: "Steady",
};

const NUMBER = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** `48.3`, `0.25`, `1,204`. */
export function amount(value: number): string {
  return (Math.abs(value) < 1000 ? NUMBER : WHOLE).format(value);
}

/** `20:59:38`. Times on the page are in UTC, as in the log, in events and in `kubectl`. */
export function clock(unixMs: number): string {
  return new Date(unixMs).toISOString().slice(11, 19);
}

/** `2026-11-25 20:59:38 UTC`. */
export function timestamp(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** A text of the adapter with its times in the form of the page. */
export function withTimestamps(text: string): string {
  return text.replace(/\b(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z/g, "$1 $2 UTC");
}

/** `4`, `2 → 3` when it is about to change, or `4 → 8` when the metrics ask for more than the maximum. */
export function podsText({ reason, replicas: { current, next, wanted } }: HpaView): string {
  const now = current === undefined ? "?" : amount(current);
  const to = reason === "at-maximum" ? wanted : next;
  return to === undefined || to === current ? now : `${now} → ${amount(to)}`;
}

/** `1 to 10`, or which limit holds it. */
export function boundsText({ reason, replicas: { current = 0, min, max } }: HpaView): string {
  if (reason !== "at-maximum") return `${amount(min)} to ${amount(max)}`;
  return `${current < max ? "up to" : "at"} its maximum of ${amount(max)}`;
}

/** `2 s ago`, `5 min ago`. */
export function ago(then: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - then) / 1000));
  return seconds < 120 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`;
}

/** `48.3 requests per second`. */
export function reading({ reading, unit, goal }: MetricStatus): string {
  if (reading === undefined) return "no reading";
  const value = amount(reading.value);
  if (goal.kind === "utilization") return `${value} %`;
  return unit === undefined ? value : withUnit(value, unit);
}

/** `target 10 per pod`. */
export function target({ goal, type }: MetricStatus): string {
  const each = goal.kind === "averageValue" || (type !== "External" && type !== "Object") ? " per pod" : "";
  return `target ${amount(goal.value)}${goal.kind === "utilization" ? " %" : ""}${each}`;
}

/** When it was measured, or who says so. */
export function measured({ reading, rule }: MetricStatus, now: number): string {
  if (rule) return `by ${rule.place}${reading === undefined ? "" : ", as the HPA controller noted it"}`;
  if (reading === undefined) return "";
  return reading.evaluatedAt === undefined
    ? "as the HPA controller noted it"
    : `${reading.source?.from === "pods" ? "counted by the pods" : "measured"} ${ago(reading.evaluatedAt, now)}`;
}
