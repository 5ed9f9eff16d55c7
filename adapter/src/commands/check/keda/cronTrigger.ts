import { LAST_YEAR, record, type ScheduledReplicas, zoneClock } from "@asm-autoscaler/hpa-metrics";
import type { Finding } from "../report.ts";
import { clock, offsetText } from "./clockText.ts";
import { weeklyWindows } from "./cron.ts";
import { goNumber, harmless, lost } from "./values.ts";

/** A `cron` trigger as windows with a minimum number of replicas. */
export interface Schedule {
  /** For the query of the printed HPA. */
  readonly windows: readonly ScheduledReplicas[];
  /** For the argument `schedules` of a `TrafficAutoscaler`. */
  readonly args: readonly object[];
}

const DAY_NAMES = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/**
 * Translates a `cron` trigger. KEDA asks for `desiredReplicas` inside its window, and for one replica outside.
 * Source: https://keda.sh/docs/latest/scalers/cron/
 */
export function cronTrigger(
  trigger: Record<string, unknown>,
  where: string,
  maxReplicas: number,
  findings: Finding[],
): Schedule | undefined {
  const { timezone, start, end, desiredReplicas, metricType } = {
    ...record(trigger["metadata"]),
    ...trigger,
  } as Record<string, unknown>;
  const fail = (field: string, why: string): undefined => {
    findings.push(lost(`${where}.${field}`, why, "the trigger is left out: correct it, or use `schedules`"));
  };
  const wanted = goNumber(String(desiredReplicas ?? ""));
  if (!Number.isInteger(wanted) || wanted < 1) {
    return fail("metadata.desiredReplicas", `desiredReplicas ${String(desiredReplicas)} is not a number of replicas`);
  }
  if (metricType !== undefined && metricType !== "AverageValue") {
    return fail("metricType", `the type ${String(metricType)} makes another size of desiredReplicas`);
  }
  const timeZone = String(timezone ?? "");
  const zone = zoneClock(timeZone);
  if (!zone) return fail("metadata.timezone", `the time zone ${String(timezone)} is not known`);
  const windows = weeklyWindows(String(start ?? ""), String(end ?? ""));
  if (typeof windows === "string") return fail("metadata.start", windows);
  const hasOneOffset = zone.changes.length === 0;
  const utcOffsetMinutes = zone.offset / 60;
  if (!hasOneOffset) findings.push(daylightSaving(where, timeZone));
  const replicas = Math.min(wanted, maxReplicas);
  if (replicas < wanted) {
    const message = `desiredReplicas ${wanted} is more than maxReplicaCount ${maxReplicas}`;
    findings.push(harmless(`${where}.metadata.desiredReplicas`, message, "the same", "scales to maxReplicaCount"));
  }
  findings.push(
    harmless(
      where,
      "a trigger of type cron",
      "is a schedule, as a query on the clock of Prometheus",
      "knows the time itself",
    ),
  );
  return {
    windows: windows.map(({ days, from, to }) => ({
      days: everyDay(days) ? undefined : days,
      from,
      to,
      replicas,
      ...(hasOneOffset ? { utcOffsetMinutes } : { timeZone }),
    })),
    args: windows.map(({ days, from, to }) => ({
      ...(everyDay(days) ? {} : { days: days.map((day) => DAY_NAMES[day]) }),
      from: clock(from),
      to: clock(to),
      ...(hasOneOffset ? offsetArgs(utcOffsetMinutes) : { timeZone }),
      replicas,
    })),
  };
}

function everyDay(days: readonly number[]): boolean {
  return days.length === 7;
}

function offsetArgs(minutes: number): { utcOffset?: string } {
  return minutes === 0 ? {} : { utcOffset: offsetText(minutes) };
}

function daylightSaving(where: string, zone: string): Finding {
  return harmless(
    `${where}.metadata.timezone`,
    `the time zone ${zone} has daylight saving time`,
    `the query contains the clock changes until the end of ${LAST_YEAR}`,
    "follows it",
  );
}
