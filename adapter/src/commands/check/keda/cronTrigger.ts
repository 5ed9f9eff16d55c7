import { record, type ScheduledReplicas } from "@asm-autoscaler/hpa-metrics";
import type { Finding } from "../report.ts";
import { weeklyWindows } from "./cron.ts";
import { clock, offsetText, zoneOffsets } from "./timeZone.ts";
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
  const zone = zoneOffsets(String(timezone ?? ""));
  if (!zone) return fail("metadata.timezone", `the time zone ${String(timezone)} is not known`);
  const windows = weeklyWindows(String(start ?? ""), String(end ?? ""));
  if (typeof windows === "string") return fail("metadata.start", windows);
  const [utcOffsetMinutes, ...others] = zone.offsets;
  if (others.length > 0) findings.push(daylightSaving(where, String(timezone), zone.offsets));
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
      utcOffsetMinutes,
    })),
    args: windows.map(({ days, from, to }) => ({
      ...(everyDay(days) ? {} : { days: days.map((day) => DAY_NAMES[day]) }),
      from: clock(from),
      to: clock(to),
      ...(utcOffsetMinutes === 0 ? {} : { utcOffset: offsetText(utcOffsetMinutes) }),
      replicas,
    })),
  };
}

function everyDay(days: readonly number[]): boolean {
  return days.length === 7;
}

function daylightSaving(where: string, zone: string, offsets: readonly [number, ...number[]]): Finding {
  const shown = offsets.map(offsetText).join(" and ");
  return lost(
    `${where}.metadata.timezone`,
    `the time zone ${zone} has daylight saving time (${shown})`,
    `the schedule always uses ${offsetText(offsets[0])}: change it when the clocks change`,
    "follows it",
  );
}
