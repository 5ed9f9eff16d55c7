import { expect, test } from "@jest/globals";
import { hpaOf, KEY, podinfo } from "../../testing/recordAutoscaler";
import { ScheduleDay, type TrafficAutoscalerScheduleArgs } from ".";
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
