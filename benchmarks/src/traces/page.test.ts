import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { RECORDED_NAMES } from "./recorded.ts";
import { type Column, figuresOf, type TraceResult } from "./replay.ts";
import { AUTOSCALERS } from "./settings.ts";
import { SYNTHETIC_NAMES, syntheticTrace } from "./synthetic.ts";
import { withTables } from "./tables.ts";
import { scaled } from "./trace.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const { results } = JSON.parse(read("../../results/traces.json")) as { results: readonly TraceResult[] };
const page = read("../../../docs/explanation/forecasts-on-traces.md");

const names = [...RECORDED_NAMES, ...SYNTHETIC_NAMES.map((name) => `synthetic-${name}`)];
const figures = (name: string, start: number, column: Column) => {
  const found = results.find((result) => result.name === name)?.starts[start]?.columns[column];
  if (!found) throw new Error(`there is no stored result of ${name}, ${start} s, ${column}`);
  return found;
};
const above = (name: string, start: number, column: Column) => figures(name, start, column).requestsAboveCapacity;
const podHours = (name: string, column: Column) => figures(name, 60, column).podHours;

describe("the stored results of the traces", () => {
  test("are of all traces, with each pod start", () => {
    expect(results.map(({ name }) => name)).toEqual(names);
    expect(results.map(({ starts }) => Object.keys(starts))).toEqual(names.map(() => ["20", "60", "180"]));
  });

  test("are what a replay gives today", () => {
    // One trace, one pod start and one autoscaler: `npm run traces -w benchmarks` replays the others.
    const trace = syntheticTrace("office");
    expect(figuresOf(scaled(trace), AUTOSCALERS.week(), 60)).toEqual(figures("synthetic-office", 60, "week"));
  });

  test("are those of the page's tables", () => {
    expect(page).toBe(withTables(page, results));
    expect(page).not.toMatch(/NaN|undefined/);
  });

  test("have nothing above capacity with a perfect forecast or at the peak size", () => {
    const kept = names.flatMap((name) =>
      [20, 60, 180].flatMap((start) => [above(name, start, "perfect"), above(name, start, "peakSize")]),
    );
    expect(new Set(kept)).toEqual(new Set([0]));
  });
});

/** The sentences of the page that compare figures. */
describe("the findings of the page", () => {
  const repeating = ["nyc-taxi", ...["office", "outage", "attack", "holiday"].map((name) => `synthetic-${name}`)];
  const offices = ["office", "outage", "attack", "holiday", "clock-forward", "clock-back"].map(
    (name) => `synthetic-${name}`,
  );

  test.each(repeating)("by weeks, a forecast removes most of %s for a few percent, and by days it is worse", (name) => {
    for (const start of [20, 60, 180]) {
      expect(above(name, start, "week")).toBeLessThan(0.25 * above(name, start, "steady"));
      expect(above(name, start, "day")).toBeGreaterThan(above(name, start, "week"));
    }
    expect(podHours(name, "week")).toBeLessThan(1.06 * podHours(name, "steady"));
    expect(podHours(name, "day")).toBeGreaterThan(podHours(name, "week"));
  });

  test("a lower target is as good on the taxis and if pods start quickly, and not on the office if they start slowly", () => {
    for (const name of repeating.filter((one) => one !== "synthetic-outage"))
      expect(above(name, 20, "sameCost")).toBeLessThan(1.5 * above(name, 20, "week"));
    expect(above("synthetic-outage", 20, "sameCost")).toBeGreaterThan(2 * above("synthetic-outage", 20, "week"));
    for (const start of [20, 60, 180])
      expect(above("nyc-taxi", start, "sameCost")).toBeLessThan(1.5 * above("nyc-taxi", start, "week"));
    for (const name of repeating.slice(1))
      expect(above(name, 180, "sameCost")).toBeGreaterThan(3 * above(name, 180, "week"));
  });

  test.each(["synthetic-matches", "synthetic-erratic"])("a forecast hardly helps with %s, and costs", (name) => {
    expect(above(name, 60, "week")).toBeGreaterThan(0.75 * above(name, 60, "steady"));
    expect(podHours(name, "week")).toBeGreaterThan(1.02 * podHours(name, "steady"));
    expect(above(name, 20, "direct")).toBeLessThan(0.5 * above(name, 20, "steady"));
  });

  test("after a change of the clocks a forecast by weeks leaves half or more, and a schedule less", () => {
    for (const name of ["synthetic-clock-forward", "synthetic-clock-back"]) {
      expect(above(name, 60, "week")).toBeGreaterThan(0.5 * above(name, 60, "steady"));
      expect(above(name, 60, "schedule")).toBeLessThan(above(name, 60, "week"));
      expect(above(name, 60, "sameCost")).toBeLessThan(above(name, 60, "week"));
    }
  });

  test("jobs at the full hour lose next to nothing with a forecast, which costs more than a schedule", () => {
    expect(above("synthetic-cron", 180, "week")).toBeLessThan(1e-4 * above("synthetic-cron", 180, "direct"));
    expect(podHours("synthetic-cron", "week") / podHours("synthetic-cron", "steady")).toBeCloseTo(1.33, 1);
    expect(podHours("synthetic-cron", "schedule")).toBeLessThan(podHours("synthetic-cron", "week"));
  });

  test("what was tuned before a change of the clocks has more above capacity after it than Steady", () => {
    const name = "synthetic-clock-forward";
    expect(results.find((result) => result.name === name)?.starts[20]?.tuned).toContain("by weeks");
    expect(above(name, 20, "tuned")).toBeGreaterThan(above(name, 20, "steady"));
  });

  test("what was tuned for the load without a pattern needs twice the pod-hours, and is above the limit", () => {
    const name = "synthetic-erratic";
    expect(podHours(name, "tuned")).toBeGreaterThan(2 * podHours(name, "steady"));
    const { requests } = results.find((result) => result.name === name) ?? { requests: Number.NaN };
    expect(above(name, 180, "tuned") / requests).toBeGreaterThan(1e-4);
  });

  test.each(offices.filter((name) => name !== "synthetic-outage"))(
    "Direct is as Steady on the slow rises of %s",
    (name) => {
      expect(above(name, 60, "direct")).toBe(above(name, 60, "steady"));
    },
  );
});
