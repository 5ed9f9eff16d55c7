import { describe, expect, test } from "@jest/globals";
import { figuresOf, missedBars } from "./reaction/figures.ts";
import type { Part } from "./reaction/parts.ts";
import type { Reaction } from "./reaction/play.ts";

const part: Part = {
  name: "step",
  arms: ["steady", "direct"],
  ...{ base: 5, step: 48, minReplicas: 1, maxReplicas: 10, fullSize: 5, limitSeconds: 300 },
  bars: [
    { arm: "direct", what: "first", seconds: 12 },
    { arm: "direct", what: "full", ratioTo: "steady", ratio: 0.5 },
  ],
};
const reaction = (arm: Reaction["arm"], first: number, full: number | undefined): Reaction => ({
  ...{ arm, first, full, down: undefined, lost: 0 },
});

describe("the figures of a reaction", () => {
  test("are means, medians and ranges of each arm, and ratios of the means", () => {
    const figures = figuresOf(part, [
      ...[20, 30, 40, 50].map((first) => reaction("steady", first, 2 * first)),
      ...[5, 9].map((first) => reaction("direct", first, 2 * first)),
    ]);
    expect(figures.seconds.steady.first).toEqual({ reached: 4, of: 4, mean: 35, median: 35, range: [20, 50] });
    expect(figures.seconds.direct.down).toEqual({ reached: 0, of: 2, mean: null, median: null, range: null });
    expect(figures.ratios).toContainEqual({ arm: "direct", to: "steady", first: 0.2, full: 0.2 });
    expect(missedBars(part, figures)).toEqual([]);
  });

  test("name each bar that is missed, also by a workload that never got there", () => {
    const figures = figuresOf(part, [
      reaction("steady", 20, 60),
      reaction("direct", 14, 30),
      reaction("direct", 14, undefined),
    ]);
    expect(missedBars(part, figures)).toEqual([
      "step, direct, first: a mean of 14.0 s is more than 12 s",
      "step, direct, full: 1 of 2 workloads got there",
    ]);
  });
});
