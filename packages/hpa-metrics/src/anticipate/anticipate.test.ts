import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { recommend } from "../horizontal/recommendation";
import { requestsPerSecondQuery } from "../istio/signals";
import { queryCost } from "../promql/cost";
import { canonicalQuery, MOST_QUERY_CHARACTERS, parseQuery, type Query } from "../promql/query";
import { groupOf } from "../promql/queryGroup";
import { templateInstanceOf } from "../promql/queryTemplate";
import { type Anticipate, historySeconds, MOST_PERIODS, PERIOD_SECONDS } from "./anticipate";
import { historyQuery } from "./history";
import { anticipateQuery, anticipationOf } from "./query";
import { anticipatedLoad } from "./value";

const daily: Anticipate = { periodSeconds: PERIOD_SECONDS.Day, leadSeconds: 600, periods: 3, growth: true };
const DAY = PERIOD_SECONDS.Day;
/** 29 Nov 2026, 12:00 UTC. */
const NOON = Date.UTC(2026, 10, 29, 12) / 1000;

function query(text: string): Query {
  const parsed = parseQuery(text);
  if (!parsed.ok) throw new Error(parsed.problem.caret);
  return parsed.query;
}

const requests = (workload: string) => requestsPerSecondQuery({ workload, namespace: "shop" });

const anyAnticipate: fc.Arbitrary<Anticipate> = fc
  .record({
    periodMinutes: fc.oneof(fc.constantFrom(1440, 10_080), fc.integer({ min: 2, max: 20_000 })),
    lead: fc.double({ min: 0, max: 1, noNaN: true }),
    periods: fc.integer({ min: 1, max: MOST_PERIODS }),
    growth: fc.boolean(),
    except: fc.array(fc.record({ from: fc.nat(2 ** 31), length: fc.integer({ min: 1, max: 1e6 }) }), { maxLength: 3 }),
  })
  .map(({ periodMinutes, lead, periods, growth, except }) => ({
    periodSeconds: periodMinutes * 60,
    leadSeconds: 60 * (1 + Math.floor(lead * (periodMinutes - 2))),
    periods,
    growth,
    ...(except.length > 0 ? { except: except.map(({ from, length }) => ({ from, to: from + length })) } : {}),
  }));

describe("the query", () => {
  // Golden text: a change of it is another reading for everyone who upgrades.
  test("is one expression: the usual peak, times growth, and 0 without history", () => {
    expect(anticipateQuery("sum(rate(x[1m]))", { ...daily, periods: 2 })).toBe(
      [
        "quantile(0, ",
        'label_replace(max_over_time((sum(rate(x[1m])))[10m:1m] offset 23h50m) or 0 * (sum(rate(x[1m]))), "asm_period", "1", "", "") or ',
        'label_replace(max_over_time((sum(rate(x[1m])))[10m:1m] offset 47h50m) or 0 * (sum(rate(x[1m]))), "asm_period", "2", "", ""))',
        " * (clamp((avg_over_time((sum(rate(x[1m])))[1h:5m]) > 1) / (quantile(0.5, ",
        'label_replace(avg_over_time((sum(rate(x[1m])))[1h:5m] offset 24h), "asm_period", "1", "", "") or ',
        'label_replace(avg_over_time((sum(rate(x[1m])))[1h:5m] offset 48h), "asm_period", "2", "", "")) > 1), 0.5, 2)',
        " or 0 * (sum(rate(x[1m]))) + 1) and (sum(rate(x[1m]))) or vector(0)",
      ].join(""),
    );
  });

  test("is valid, and can be read back, whatever is anticipated", () => {
    fc.assert(
      fc.property(
        anyAnticipate,
        fc.constantFrom(requests("web"), "sum(rate(x[1m])) / 2", "sum(a) or sum(b)"),
        (anticipate, load) => {
          const text = anticipateQuery(load, anticipate);
          expect(anticipationOf(query(text))).toEqual({ query: canonicalQuery(query(load)), anticipate });
        },
      ),
    );
  });

  test("is not recognized in a query that only resembles it", () => {
    const text = anticipateQuery(requests("web"), daily);
    for (const other of [
      requests("web"),
      text.replace("0.5, 2)", "0.5, 3)"),
      text.replace("offset 24h", "offset 25h"),
    ]) {
      expect(other).not.toBe(text);
      expect(anticipationOf(query(other))).toBeUndefined();
    }
  });

  test("is grouped with those of other workloads", () => {
    const instances = ["web", "api"].flatMap(
      (name) => templateInstanceOf(query(anticipateQuery(requests(name), daily))) ?? [],
    );
    expect(new Set(instances.map(({ template }) => template.key)).size).toBe(1);
    const { text } = groupOf(instances);
    expect(parseQuery(text).ok).toBe(true);
    expect(text).toMatch(/^quantile by\(destination_workload\)\(0.5,label_replace\(max_over_time\(\(sum by\(/);
    expect(text).not.toContain('destination_workload="');
  });

  test("with its defaults costs less than six hours and is short enough, also for a Week", () => {
    for (const periodSeconds of Object.values(PERIOD_SECONDS)) {
      const text = anticipateQuery(requests("w".repeat(63)), { ...daily, periodSeconds });
      expect(queryCost(query(text))).toBeLessThan(3 * 3600);
      expect(text.length).toBeLessThan(MOST_QUERY_CHARACTERS / 2);
    }
  });

  test.each([
    ["a period that is not whole minutes", { periodSeconds: 90 }, "period"],
    ["a lead as long as the period", { leadSeconds: DAY }, "lead"],
    ["a lead of half a minute", { leadSeconds: 30 }, "lead"],
    ["no period", { periods: 0 }, "number of periods"],
    ["more periods than it may read", { periods: MOST_PERIODS + 1 }, "number of periods"],
    ["an exception that ends before it starts", { except: [{ from: 2, to: 1 }] }, "exception"],
  ])("is refused for %s", (_what, change, message) => {
    expect(() => anticipateQuery("sum(x)", { ...daily, ...change })).toThrow(message);
  });
});

test("the number of periods with history is a query of its own, and grouped like it", () => {
  const queries = ["web", "api"].map((name) => query(historyQuery({ query: requests(name), anticipate: daily })));
  expect(new Set(queries.map((one) => templateInstanceOf(one)?.template.key)).size).toBe(1);
  expect(queries.map(queryCost)).toEqual([3600, 3600]);
});

test("the history that is read ends before the first hour of the oldest period", () => {
  expect(historySeconds(daily, 60)).toBe(3 * DAY + 3600 + 60);
  expect(historySeconds({ ...daily, growth: false }, 60)).toBe(3 * DAY + 60);
});

describe("the value", () => {
  /** A load of 100, with other values from 12:00 to 12:10 on the days before: today's is the first. */
  const noons = (values: readonly (number | undefined)[]) => (time: number) => {
    const day = Math.floor((NOON + DAY / 2 - time) / DAY);
    const isNoon = (time - NOON + 10 * DAY) % DAY > 0 && (time - NOON + 10 * DAY) % DAY <= 600;
    if (day < values.length && values[day] === undefined) return undefined;
    return isNoon ? values[day] : day < values.length ? 100 : undefined;
  };

  test.each([
    ["the second of three peaks", [100, 500, 300, 400], 400],
    ["an attack on one day does not come back", [100, 90_000, 300, 300], 300],
    ["an outage on one day changes nothing", [100, 0, 300, 300], 300],
    ["the smaller of two, if one day has no history", [100, 500, 300], 300],
    ["0 with one day of history", [100, 500], 0],
    ["0 without history", [100], 0],
    ["0 while nothing is known about now", [undefined, 500, 500, 500], 0],
  ])("%s", (_what, values, expected) => {
    expect(anticipatedLoad(daily, NOON, noons(values))).toBe(expected);
  });

  test("is corrected by growth, at most by a factor of two either way", () => {
    const grown = (factor: number) => (time: number) =>
      time > NOON - 43_200 ? factor * 100 : time > NOON - DAY ? 200 : 100;
    const day = { ...daily, except: [] };
    expect(anticipatedLoad(day, NOON, (time) => grown(1.5)(time))).toBeCloseTo(150);
    expect(anticipatedLoad(day, NOON, (time) => grown(7)(time))).toBeCloseTo(200);
    expect(anticipatedLoad(day, NOON, (time) => grown(0.1)(time))).toBeCloseTo(50);
    expect(anticipatedLoad({ ...day, growth: false }, NOON, (time) => grown(7)(time))).toBe(100);
  });

  test("is not corrected by the ratio of two loads that are close to zero", () => {
    const morning = (time: number) =>
      (((time - NOON) % DAY) + DAY) % DAY < 1000 && time !== NOON ? 500 : time > NOON - DAY ? 0.9 : 0.1;
    expect(anticipatedLoad(daily, NOON, morning)).toBe(500);
  });

  test("is 0 during an exception and not a second longer", () => {
    const except = [{ from: NOON, to: NOON + 60 }];
    const at = (time: number) => anticipatedLoad({ ...daily, except }, time, () => 100);
    expect([at(NOON - 1), at(NOON), at(NOON + 59), at(NOON + 60)]).toEqual([100, 0, 0, 100]);
  });

  test("reads nothing after its time", () => {
    fc.assert(
      fc.property(anyAnticipate, fc.integer({ min: 1e9, max: 2e9 }), (anticipate, at) => {
        const times: number[] = [];
        anticipatedLoad(anticipate, at, (time) => times.push(time));
        expect(Math.max(...times)).toBeLessThanOrEqual(at);
      }),
    );
  });
});

test("the wanted replicas are never fewer than without", () => {
  const load = fc.option(fc.double({ min: 0, max: 1e5, noNaN: true }), { nil: undefined });
  fc.assert(
    fc.property(
      fc.array(load, { minLength: 200, maxLength: 200 }),
      anyAnticipate,
      fc.record({ goal: fc.integer({ min: 1, max: 1e6 }), replicas: fc.integer({ min: 0, max: 500 }) }),
      fc.record({ minReplicas: fc.integer({ min: 0, max: 20 }), maxReplicas: fc.integer({ min: 20, max: 600 }) }),
      (loads, anticipate, { goal, replicas }, bounds) => {
        const loadAt = (time: number) => loads[Math.floor(time / 60) % loads.length];
        const metric = { type: "External", kind: "averageValue" as const, goal };
        const anticipated = Math.ceil(anticipatedLoad(anticipate, NOON, loadAt) * 1000);
        const now = loadAt(NOON);
        const usage = now === undefined ? undefined : Math.ceil(now * 1000);
        const hpa = { ...bounds, tolerance: { up: 0.1, down: 0.1 } };
        const state = { replicas, isDisabled: false };
        const without = recommend({ ...hpa, metrics: [metric] }, state, [usage]);
        const withIt = recommend({ ...hpa, metrics: [metric, metric] }, state, [usage, anticipated]);
        expect(anticipated).toBeGreaterThanOrEqual(0);
        expect(withIt.replicas).toBeGreaterThanOrEqual(without.replicas);
      },
    ),
  );
});
