import { expect, test } from "@jest/globals";
import { hasFewScrapes, scrapeCountQuery, scrapeSecondsOf, scrapesIn } from "./scrapes";

test.each([
  [20, 15],
  [21, 15],
  [19, 15],
  [10, 30],
  [11, 30],
  [9, 30],
  [60, 5],
  [5, 60],
  [12, 25],
  [2, 150],
  [3, 100],
  [1, 300],
])("%s scrapes in five minutes are an interval of %s s, also if one of many is missing", (count, seconds) => {
  expect(scrapeSecondsOf(count)).toBe(seconds);
});

test.each([0, Number.NaN, -1])("no interval follows from a count of %s", (count) => {
  expect(scrapeSecondsOf(count)).toBeUndefined();
});

test.each([
  [60, 15, 4, false],
  [59, 15, 3, true],
  [45, 15, 3, false],
  [60, 30, 2, true],
  [60, 60, 1, true],
  [30, 60, 0, true],
  [120, 30, 4, false],
])("a window of %s s at an interval of %s s holds %s scrapes, too few: %s", (window, interval, scrapes, isFew) => {
  expect(scrapesIn(window, interval)).toBe(scrapes);
  expect(hasFewScrapes(window, interval)).toBe(isFew);
});

test("only series that existed before the five minutes and exist now are counted", () => {
  expect(scrapeCountQuery('x{a="b"}')).toBe('max(count_over_time(x{a="b"}[5m]) and x{a="b"} offset 5m and x{a="b"})');
});
