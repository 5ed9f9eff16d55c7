import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { CASES, SECONDS, SYNC_SECONDS, simulated } from "./backtestCases.ts";
import { apart, type Size } from "./faults/trace.ts";

/**
 * The sizes that the real HPA controller set on the five shapes in one run of problems/backtest.test.ts. They guard that no change
 * of the simulation leads away from what was seen, without the quarter of an hour that it takes to see it again.
 */
const recorded = JSON.parse(readFileSync(new URL("recorded/backtest.json", import.meta.url), "utf8")) as Record<
  string,
  Size[]
>;

/** The machine stood still at the end of the run with two metrics, so the rest of it says nothing about the controller. */
const RECORDED_SECONDS: Readonly<Record<string, number>> = { "two-metrics": 680 };

test.each(CASES.filter(({ name }) => recorded[name]))(
  "$name: the simulated sizes are those that were recorded, within one sync period",
  (one) => {
    const real = recorded[one.name] ?? [];
    expect(real.length).toBeGreaterThan(5);
    // In whole seconds, and a change is seen a little after the look that made it.
    const seconds = RECORDED_SECONDS[one.name] ?? SECONDS;
    expect(apart(real, simulated(one, real).sizes, seconds, SYNC_SECONDS + 1)).toEqual([]);
  },
);

test("another controller would be seen: with a tolerance of its own the sizes are others", () => {
  const ramp = CASES.find(({ name }) => name === "ramp");
  if (!ramp) throw new Error("there is no ramp");
  const real = recorded["ramp"] ?? [];
  const strict = simulated({ ...ramp, behavior: { scaleUp: { tolerance: "500m" }, scaleDown: {} } }, real);
  expect(apart(real, strict.sizes, SECONDS, SYNC_SECONDS + 1)).not.toEqual([]);
});
