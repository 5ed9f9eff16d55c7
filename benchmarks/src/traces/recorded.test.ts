import { readdirSync, readFileSync, statSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { RECORDED_NAMES, recordedTrace } from "./recorded.ts";
import { DAY_SECONDS, WEEK_SECONDS } from "./trace.ts";

const folder = new URL("../../traces/", import.meta.url);

describe("the recorded traces", () => {
  test.each(RECORDED_NAMES)(
    "%s has whole weeks from midnight on, a source with a licence, and a small file",
    (name) => {
      const { startsAt, stepSeconds, points } = recordedTrace(name);
      expect([startsAt % DAY_SECONDS, (points.length * stepSeconds) % WEEK_SECONDS]).toEqual([0, 0]);
      expect(statSync(new URL(`${name}.csv`, folder)).size).toBeLessThan(300_000);
      const row = readFileSync(new URL("README.md", folder), "utf8").match(
        new RegExp(`^\\| \`${name}.csv\` \\|.*$`, "m"),
      );
      expect(row?.[0]).toMatch(/https:\/\/.*(Apache-2.0|MIT|CC0|CC BY)/);
    },
  );

  test("are all files of the folder", () => {
    const files = readdirSync(folder).filter((file) => file.endsWith(".csv"));
    expect(files.sort()).toEqual(RECORDED_NAMES.map((name) => `${name}.csv`).sort());
  });

  test("do not have other names", () => {
    expect(() => recordedTrace("nasa")).toThrow(new RangeError("there is no recorded trace nasa"));
  });
});
