import { expect, test } from "@jest/globals";
import { configurationText, envoyStatsJob } from "./envoyStats";

const configuration = (scrapeIntervalSeconds: number, retentionDays: number): unknown =>
  JSON.parse(configurationText({ scrapeIntervalSeconds, retentionDays }));

test("one job, and no other that could count a request again", () => {
  expect(configuration(5, 3)).toEqual({
    global: { scrape_interval: "5s" },
    storage: { tsdb: { retention: { time: "3d", percentage: 80 } } },
    scrape_configs: [envoyStatsJob({ scrapeIntervalSeconds: 5 })],
  });
});

test("the same load gives the same text, so that no preview shows a change", () => {
  const load = { scrapeIntervalSeconds: 15, retentionDays: 7 };
  expect(configurationText(load)).toBe(configurationText({ retentionDays: 7, scrapeIntervalSeconds: 15 }));
  expect(configurationText(load).endsWith("}\n")).toBe(true);
});
