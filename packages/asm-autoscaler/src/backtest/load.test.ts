import { expect, test } from "@jest/globals";
import { csvTraffic } from "./csv";
import { loadOf, sumBetween } from "./load";
import { gapNotes, recordingsThrough, trafficThrough } from "./traffic";

test("a sum between two seconds is that of the seconds, and constant before the start", () => {
  const load = loadOf(
    trafficThrough([
      { second: 0, requestsPerSecond: 4 },
      { second: 10, requestsPerSecond: 24 },
    ]),
  );
  expect(sumBetween(load, 0, 10)).toBeCloseTo(140);
  expect(sumBetween(load, 2, 3)).toBeCloseTo(9);
  expect(sumBetween(load, -5, 1)).toBeCloseTo(5 * 4 + 5);
});

test("recordings cover the time that all of them have", () => {
  const points = (from: number, to: number) => [from, to].map((at) => ({ at: 1e9 + at, value: at }));
  const both = recordingsThrough([{ points: points(0, 100) }, { name: "api", points: points(50, 200) }]);
  expect(both?.map(({ name, traffic }) => [name, traffic.startsAt, traffic.seconds, traffic.at(10)])).toEqual([
    [undefined, 1e9 + 50, 50, 60],
    ["api", 1e9 + 50, 50, 60],
  ]);
  expect(recordingsThrough([{ points: points(0, 10) }, { points: points(10, 20) }])).toBeUndefined();
});

test("columns of a CSV file are metrics by the names of its header", () => {
  const names = (text: string) => csvTraffic(text, "x.csv").map(({ name }) => name);
  expect(names("time,rps,api\n0,1,2\n60,1,2\n")).toEqual(["rps", "api"]);
  expect(names("0,1,2\n60,1,2\n")).toEqual([undefined, "column 3"]);
  expect(() => names("time,rps,api\n0,1,2\n60,1\n")).toThrow("x.csv, line 3");
});

test("a gap in recorded points is told of", () => {
  const minutes = (...from: number[]) => from.map((minute) => `${minute * 60},1`).join("\n");
  expect(gapNotes(csvTraffic(minutes(0, 1, 2, 3, 4, 5), "x.csv"))).toEqual([]);
  expect(gapNotes(csvTraffic(minutes(0, 1, 2, 62, 63, 64, 65), "x.csv"))).toEqual([
    "the traffic has 1 gap of 60 min in all, in which it is taken as a straight line",
  ]);
});
