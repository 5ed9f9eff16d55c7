import { expect, test } from "@jest/globals";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { hpaOf, KEY, podinfo } from "../../testing/recordAutoscaler";
import { ScheduleDay, TrafficAutoscaler, type TrafficAutoscalerScheduleArgs } from ".";
import { minuteOfDay, offsetMinutes } from "./schedules";

const office: TrafficAutoscalerScheduleArgs = {
  days: [ScheduleDay.Monday, ScheduleDay.Friday],
  from: "08:00",
  to: "20:00",
  utcOffset: "+08:00",
  replicas: 6,
};

test("a schedule is one more metric, whose reading is a number of replicas", async () => {
  const { metadata, spec } = await hpaOf({ ...podinfo, schedules: [office] });
  expect(spec.metrics).toHaveLength(2);
  expect(spec.metrics[1]).toEqual({
    type: "External",
    external: {
      metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": "podinfo-schedule-floor" } } },
      target: { type: "AverageValue", averageValue: "1" },
    },
  });
  // Monday 00:00 UTC is four days after Thursday, where Unix time starts.
  expect(metadata.annotations[`${KEY}podinfo-schedule-floor`]).toBe(
    "vector(6 * (((time() - 345600) % 604800 < bool 43200) + ((time() - 86400) % 604800 < bool 43200)))",
  );
});

test("the floor makes up for the tolerance of the autoscaler, unless it has none", async () => {
  const args = { ...podinfo, maxReplicas: 50, schedules: [{ from: "22:00", to: "06:30", replicas: 20 }] };
  const floor = async (behavior: object) =>
    (await hpaOf({ ...args, ...behavior })).metadata.annotations[`${KEY}podinfo-schedule-floor`];
  expect(await floor({})).toBe("vector(20.901 * ((time() - 79200) % 86400 < bool 30600))");
  expect(await floor({ behavior: { scaleUp: { tolerance: 0 } } })).toContain("vector(20 *");
});

test("a time zone is that of the clock on the wall, and one without daylight saving time is its offset", async () => {
  const queryOf = async (own: object) => {
    const { utcOffset: _, ...times } = office;
    return (await hpaOf({ ...podinfo, schedules: [{ ...times, ...own }] })).metadata.annotations[
      `${KEY}podinfo-schedule-floor`
    ];
  };
  expect(await queryOf({ timeZone: "Asia/Shanghai" })).toBe(await queryOf({ utcOffset: "+08:00" }));
  // 29 March and 25 October 2026, at 01:00 UTC.
  expect(await queryOf({ timeZone: "Europe/Berlin" })).toMatch(
    /3600 \* \(\(time\(\) >= bool 1774746000\) - \(time\(\) >= bool 1792890000\)/,
  );
});

test.each([
  [{ timeZone: "Mars/Base" }, "timeZone", "ASM_SCHEDULE_INVALID"],
  [{ timeZone: "+08:00" }, "timeZone", "ASM_SCHEDULE_INVALID"],
  [{ timeZone: "Europe/Berlin", utcOffset: "+01:00" }, "utcOffset", "ASM_ARGUMENT_MISPLACED"],
])("of %j, %s is refused", (own, name, code) => {
  const { utcOffset: _, ...times } = office;
  const attempt = () => new TrafficAutoscaler("web", { ...podinfo, schedules: [{ ...times, ...own }] });
  expect(inputErrorsOf(attempt)).toEqual([[`schedules[0].${name}`, code]]);
});

test("more schedules than fit into a query are refused, and not only by the adapter", () => {
  const schedule = { from: "08:00", to: "20:00", timeZone: "Europe/Berlin", replicas: 2 };
  const attempt = () => new TrafficAutoscaler("web", { ...podinfo, schedules: Array(20).fill(schedule) });
  expect(inputErrorsOf(attempt)).toEqual([["schedules", "ASM_SCHEDULE_INVALID"]]);
});

test("no schedule is no metric", async () => {
  expect((await hpaOf({ ...podinfo, schedules: [] })).spec.metrics).toHaveLength(1);
});

test.each([
  ["00:00", 0],
  ["08:30", 510],
  ["24:00", 1440],
  ["24:01", undefined],
  ["8:00", undefined],
  ["08:60", undefined],
  ["08:00 ", undefined],
  ["", undefined],
])("the time %j", (time, minutes) => {
  expect(minuteOfDay(time)).toBe(minutes);
});

test.each([
  ["+00:00", 0],
  ["+08:00", 480],
  ["-03:30", -210],
  ["+14:00", 840],
  ["+14:30", undefined],
  ["08:00", undefined],
  ["Asia/Shanghai", undefined],
])("the offset %j", (offset, minutes) => {
  expect(offsetMinutes(offset)).toBe(minutes);
});
