import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { scrapeCountQuery, scrapeSecondsOf } from "@asm-autoscaler/hpa-metrics";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ensureBinaries } from "../../src/binaries.ts";

/** The query for the scrapes of a selector, evaluated by Prometheus on series that this test makes up. */

let promtool: string;
let directory: string;
beforeAll(async () => {
  ({ promtool } = await ensureBinaries(["promtool"]));
  directory = mkdtempSync(join(tmpdir(), "scrapes-"));
}, 600_000);
afterAll(() => rmSync(directory, { recursive: true }));

/** Twenty minutes. The query is evaluated after 18 of them. */
const MINUTES = 20;

/** One sample for each interval, in promtool's notation, from one minute to another. The end has a stale marker. */
function samples(intervalSeconds: number, from = 0, to = MINUTES): string {
  const count = (minutes: number) => Math.round((minutes * 60) / intervalSeconds);
  const before = count(from) > 0 ? `_x${count(from)} ` : "";
  const after = to < MINUTES ? " stale" : "";
  return `${before}0+1x${count(to - from)}${after}`;
}

/** Evaluates the query on series that are scraped every `interval` seconds, and compares the result. */
async function evaluate(interval: number, series: readonly string[], expected: number | undefined): Promise<void> {
  const file = join(directory, "test.yml");
  const tests = [
    {
      interval: `${interval}s`,
      input_series: series.map((values, index) => ({ series: `x{pod="${index}"}`, values })),
      promql_expr_test: [
        {
          expr: scrapeCountQuery("x"),
          eval_time: "18m",
          exp_samples: expected === undefined ? [] : [{ labels: "{}", value: expected }],
        },
      ],
    },
  ];
  writeFileSync(file, JSON.stringify({ rule_files: [], evaluation_interval: "1m", tests }));
  await promisify(execFile)(promtool, ["test", "rules", file]);
}

test.each([
  [15, 20],
  [30, 10],
  [60, 5],
  [5, 60],
])("an interval of %s s has %s scrapes in five minutes", async (interval, count) => {
  await evaluate(interval, [samples(interval)], count);
  expect(scrapeSecondsOf(count)).toBe(interval);
});

test("a pod that is new, and one that ended, do not make the interval look longer", async () => {
  await evaluate(15, [samples(15), samples(15, 15), samples(15, 0, 16)], 20);
});

test.each<[string, string[]]>([
  ["whose pods are all new", [samples(15, 15), samples(15, 16)]],
  ["whose pods have all ended", [samples(15, 0, 16)]],
  ["of which one pod ended and another began", [samples(15, 0, 16), samples(15, 16)]],
])("nothing is known of a selector %s", async (_, series) => {
  await evaluate(15, series, undefined);
});
