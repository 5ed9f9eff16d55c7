import { type MetricStatus, type State, withUnit } from "../src/status/statusJson.ts";

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

/** `2 s ago`, `5 min ago`. */
function ago(then: number, now: number): string {
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

/** `target 10 for each pod`. */
export function target({ goal, type }: MetricStatus): string {
  const each = goal.kind === "averageValue" || type !== "External" ? " for each pod" : "";
  return `target ${amount(goal.value)}${goal.kind === "utilization" ? " %" : ""}${each}`;
}

/** When it was measured, or who says so. */
export function measured({ reading }: MetricStatus, now: number): string {
  if (reading === undefined) return "";
  return reading.evaluatedAt === undefined
    ? "as the HPA controller noted it"
    : `measured ${ago(reading.evaluatedAt, now)}`;
}
