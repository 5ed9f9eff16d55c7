import { parseQuery, type ScheduledReplicas, scheduleFloorQuery } from "@asm-autoscaler/hpa-metrics";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { clockQueryOf } from "./clockQuery";

function clockValue(text: string, time: number): number | undefined | "none" {
  const parsed = parseQuery(text);
  if (!parsed.ok) throw new Error(parsed.problem.caret);
  const query = clockQueryOf(parsed.query);
  return query ? query(time) : "none";
}

/** Tuesday 24 November 2026, 13:05 UTC. */
const NOW = Date.UTC(2026, 10, 24, 13, 5) / 1000;

test.each<[string, number | undefined | "none"]>([
  ["vector(3)", 3],
  ["time()", NOW],
  ["hour()", 13],
  ["minute(vector(time()))", 5],
  ["day_of_week()", 2],
  ["vector(1) + 2 * 3 ^ 2", 19],
  ["-(5 % 3)", -2],
  ["clamp(vector(9), 1, 4)", 4],
  ["2 > bool 1", 1],
  ["vector(2) > 1", 2],
  ["1 < vector(2)", 2],
  ["vector(2) > 3", undefined],
  ["vector(2) > 3 or vector(7)", 7],
  ["vector(2) unless vector(2) > 3", 2],
  ["vector(2) and vector(2) > 3", undefined],
  ["vector(5) * (hour() >= bool 9)", 5],
  ["up", "none"],
  ["sum(rate(x[1m]))", "none"],
  ["vector(1) + on() vector(2)", "none"],
  ["days_in_month()", "none"],
])("the value of %s is %s", (text, expected) => {
  expect(clockValue(text, NOW)).toBe(expected);
});

test("the floor of any schedule is that of the calendar", () => {
  const anyWindow = fc.record({
    replicas: fc.integer({ min: 1, max: 10 }),
    from: fc.integer({ min: 0, max: 1_439 }),
    to: fc.integer({ min: 0, max: 1_440 }),
    days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { maxLength: 7 }),
    utcOffsetMinutes: fc.integer({ min: -720, max: 720 }),
  });
  fc.assert(
    fc.property(
      fc.array(anyWindow, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1.7e9, max: 1.9e9 }),
      (windows, now) => {
        const open = windows.filter((window) => isOpen(window, now)).map(({ replicas }) => replicas);
        expect(clockValue(scheduleFloorQuery(windows), now)).toBe(Math.max(0, ...open));
      },
    ),
  );
});

test("the floor of a schedule in a time zone follows its clock", () => {
  const query = scheduleFloorQuery([{ replicas: 4, from: 480, to: 600, timeZone: "Europe/Berlin" }]);
  const at = (month: number, hour: number) => clockValue(query, Date.UTC(2027, month, 10, hour) / 1000);
  expect([at(0, 6), at(0, 7), at(6, 6), at(6, 8)]).toEqual([0, 4, 4, 0]);
});

function isOpen({ from, to, days = [], utcOffsetMinutes = 0 }: ScheduledReplicas, now: number): boolean {
  const length = (to - from + 1_440) % 1_440 || 1_440;
  const minute = now / 60 + utcOffsetMinutes;
  // It began today or yesterday.
  return [0, 1].some((ago) => {
    const midnight = (Math.floor(minute / 1_440) - ago) * 1_440;
    const day = (midnight / 1_440 + 4) % 7;
    const since = minute - (midnight + from);
    return (days.length === 0 || days.includes(day)) && since >= 0 && since < length;
  });
}
