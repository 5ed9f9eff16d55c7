import { describe, expect, test } from "@jest/globals";
import { type Drawn, svgPlot } from "./plot";
import { timeTicks, valueTicks } from "./plotAxes";
import type { Subject } from "./words";

const capacity = { name: "rps", load: 0, requestsPerSecond: 11, source: "the current target of 10 plus a tenth" };
const subject: Subject = {
  ...{ id: "test/web", traffic: "web.csv", capacities: [capacity], startsAt: undefined, podHourPrice: undefined },
  ignored: [],
};

/** A run whose one pod gets these requests, a second each. */
function drawn(name: string, target: number, rates: readonly number[]): Drawn {
  const run = {
    ...{ seconds: rates.length, sizes: [{ second: 0, replicas: 1 }], offered: [Float64Array.from(rates)] },
    ...{ replicas: new Uint16Array(rates.length).fill(1), ready: new Uint16Array(rates.length).fill(1) },
  };
  return { name, target, run };
}

describe("a plot", () => {
  const plot = svgPlot({ ...subject, startsAt: 1_763_337_600 }, [
    drawn("this change", 8, [5, 9, 15, 5]),
    drawn("now", 10, [5, 9, 15, 5]),
  ]);

  test("has a title with the HPA and the traffic, the day, and the limit that the shading is about", () => {
    expect(plot).toContain(">Backtest of test/web on web.csv</text>");
    expect(plot).toContain("17 Nov 2025, times in UTC.");
    expect(plot).toContain("more than 11 requests per second, the current target of 10 plus a tenth.");
  });

  test("names each run with its target, and draws each target in the style of its run", () => {
    expect(plot).toContain("this change; dotted: its target, 8<");
    expect(plot).toContain("now; dotted: its target, 10<");
    const heights = ["next", "before"].map(
      (run) => new RegExp(`<path class="${run} target" d="M\\d+ ([\\d.]+)h[5-9]\\d\\d`).exec(plot)?.[1],
    );
    expect(Number(heights[0])).toBeGreaterThan(Number(heights[1]));
  });

  test("shades what is above the limit, and nothing where nothing is", () => {
    const shadeOf = (text: string) => /<path class="excess next" d="([^"]*)"/.exec(text)?.[1] ?? "";
    const heightsOf = (path: string) => new Set(path.match(/(?<=[V ])[\d.]+/g));
    expect(heightsOf(shadeOf(plot)).size).toBe(2);
    expect(heightsOf(shadeOf(svgPlot(subject, [drawn("now", 10, [5, 9, 10])]))).size).toBe(1);
  });

  test("is whole XML whatever the names hold", () => {
    const text = svgPlot({ ...subject, id: 'a"<b>&' }, [drawn("<i>", 10, [1, 2])]);
    expect(text).not.toMatch(/<b>|<i>|&(?!#\d+;)|NaN|Infinity/);
  });
});

describe("the axes", () => {
  test.each([
    [0, false, ["0", "1e-9"]],
    [3, true, ["0", "1", "2", "3"]],
    [16, true, ["0", "5", "10", "15", "20"]],
    [129, false, ["0", "50", "100", "150"]],
    [0.33, false, ["0", "0.1", "0.2", "0.3", "0.4"]],
  ])("of values up to %d (whole: %s) have round ticks that reach the greatest", (most, whole, texts) => {
    expect(valueTicks(most, whole).map(({ text }) => text)).toEqual(texts);
  });

  test("of times are round times of the clock, with the date where a day begins", () => {
    const evening = Date.UTC(2026, 10, 24, 21, 40) / 1000;
    expect(timeTicks(5 * 3_600, evening).map(({ text }) => text)).toEqual([
      ...["22:00", "22:30", "23:00", "23:30", "25 Nov", "00:30", "01:00", "01:30", "02:00", "02:30"],
    ]);
    expect(timeTicks(7 * 86_400, evening)[0]).toEqual({ at: 8_400, text: "25 Nov" });
  });

  test("of times without a date count from the start", () => {
    expect(
      timeTicks(3_600, undefined)
        .map(({ text }) => text)
        .slice(0, 3),
    ).toEqual(["0", "5 min", "10 min"]);
    expect(
      timeTicks(4 * 3_600, undefined)
        .map(({ text }) => text)
        .slice(0, 4),
    ).toEqual(["0", "30 min", "1 h", "1:30 h"]);
  });

  test("of any length have at most a dozen labels and more than three", () => {
    for (let seconds = 4; seconds < 92 * 86_400; seconds = Math.ceil(seconds * 1.37)) {
      const { length } = timeTicks(seconds, 1_763_337_600 + seconds);
      expect([seconds, length >= 2 && length <= 13]).toEqual([seconds, true]);
    }
  });
});
