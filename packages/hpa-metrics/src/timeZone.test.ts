import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { FIRST_YEAR, LAST_YEAR, zoneClock } from "./timeZone";

const YEARS = LAST_YEAR - FIRST_YEAR + 1;
const utc = (text: string) => Date.parse(text) / 1000;

test("a zone without daylight saving time has one offset", () => {
  expect(zoneClock("Asia/Shanghai")).toEqual({ offset: 8 * 3600, changes: [] });
  expect(zoneClock("Asia/Kolkata")).toEqual({ offset: 5.5 * 3600, changes: [] });
  expect(zoneClock("Etc/UTC")).toEqual({ offset: 0, changes: [] });
});

test("daylight saving time starts and ends at the second at which the law says", () => {
  const berlin = zoneClock("Europe/Berlin");
  expect(berlin?.offset).toBe(3600);
  expect(berlin?.changes).toHaveLength(2 * YEARS);
  expect(berlin?.changes.slice(0, 2)).toEqual([
    { at: utc("2026-03-29T01:00Z"), by: 3600 },
    { at: utc("2026-10-25T01:00Z"), by: -3600 },
  ]);
  // In the south it is summer in January, and Lord Howe moves its clocks by half an hour.
  expect(zoneClock("Australia/Lord_Howe")).toMatchObject({
    offset: 11 * 3600,
    changes: expect.arrayContaining([{ at: utc("2026-04-04T15:00Z"), by: -1800 }]),
  });
});

test.each(["Mars/Base", "", "+08:00", "-03:00", "CST6 ", "Europe/Berlin;"])("%j is not a time zone", (name) => {
  expect(zoneClock(name)).toBeUndefined();
});

test("its changes give the offset of every moment", () => {
  const zones = ["America/New_York", "Europe/London", "Africa/Casablanca", "Pacific/Auckland", "America/Santiago"];
  const moment = fc.integer({ min: utc(`${FIRST_YEAR}-01-01T00:00Z`), max: utc(`${LAST_YEAR}-12-31T00:00Z`) });
  fc.assert(
    fc.property(fc.constantFrom(...zones), moment, (name, at) => {
      const { offset = 0, changes = [] } = zoneClock(name) ?? {};
      const own = changes.filter((change) => change.at <= at).reduce((sum, { by }) => sum + by, offset);
      const shown = new Date(at * 1000).toLocaleString("sv-SE", { timeZone: name });
      expect(new Date((at + own) * 1000).toISOString().slice(0, 19).replace("T", " ")).toBe(shown);
    }),
  );
});
