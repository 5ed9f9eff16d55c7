import { problem } from "@asm-autoscaler/hpa-metrics";
import { expect, test } from "@jest/globals";
import type { SeriesList } from "../prometheus/seriesNames.ts";
import { seriesOf } from "./scene.testing.ts";
import { createSeriesLists } from "./seriesLists.ts";

const HOUR = 3_600_000;
const failed = problem("ASM_PROMETHEUS_UNREACHABLE", "gone");

/** Lists of the queries `a` and `b`. `again` lists them once more, as `run` does after the relist interval. */
async function scene() {
  let at = 0;
  let answer: (match: string) => SeriesList = () => seriesOf({ one: ["pod"], two: ["pod"] });
  const asked: string[] = [];
  const changes: (() => void)[] = [];
  const lists = createSeriesLists({
    prometheus: {
      async series(match, since) {
        asked.push(`${match} ${since}`);
        return answer(match);
      },
    },
    clock: { monotonic: () => at, wall: () => 1_000_000_000 + at },
    ...{ relistMs: 600_000, maxAgeMs: 900_000 },
    onLists: async () => {
      for (const change of changes.splice(0)) change();
    },
    onProblem: () => undefined,
  });
  await lists.keep(["a", "b"]);
  return {
    lists,
    asked,
    names: (query = "a") => [...(lists.of(query)?.keys() ?? [])],
    async again(next: (match: string) => SeriesList, afterMs = 600_000) {
      answer = next;
      at += afterMs;
      const stop = new AbortController();
      const changed = new Promise<void>((resolve) => changes.push(resolve));
      const run = lists.run(stop.signal);
      await changed;
      stop.abort();
      await run;
    },
  };
}

test("each query is listed once, as far back as the maximum age", async () => {
  const { asked } = await scene();
  expect(asked).toEqual(["a 999100000", "b 999100000"]);
});

test("a missing name stays for the maximum age", async () => {
  const { again, names } = await scene();
  await again(() => seriesOf({ one: ["pod"] }));
  expect(names()).toEqual(["one", "two"]);
  await again(() => seriesOf({ one: ["pod"] }));
  expect(names()).toEqual(["one"]);
});

test("a missing name keeps its place in the order, which decides which of two is served", async () => {
  const { again, names } = await scene();
  await again(() => seriesOf({ two: ["pod"] }));
  expect(names()).toEqual(["one", "two"]);
  await again(() => seriesOf({ two: ["pod"], three: ["pod"] }));
  expect(names()).toEqual(["two", "three"]);
});

test("a missing name that an HPA reads stays for an hour after the read", async () => {
  const { again, names, lists } = await scene();
  lists.used("a", "two");
  await again(() => seriesOf({}), HOUR);
  expect(names()).toEqual(["two"]);
  await again(() => seriesOf({}));
  expect(names()).toEqual([]);
});

test("a query that fails keeps its names and its age, and leaves the other one alone", async () => {
  const { again, names, lists } = await scene();
  await again((match) => (match === "a" ? seriesOf({}, failed) : seriesOf({ new: ["pod"] })), 2 * HOUR);
  expect(names()).toEqual(["one", "two"]);
  expect(names("b")).toEqual(["new"]);
  expect(lists.state()).toMatchObject([
    { ageMs: 2 * HOUR, problem: failed },
    { ageMs: 0, problem: undefined },
  ]);
});

test("a list that breaks off adds its names", async () => {
  const { again, names } = await scene();
  await again(() => seriesOf({ three: ["pod"] }, failed), HOUR);
  expect(names().sort()).toEqual(["one", "three", "two"]);
});

test("queries that no rule has are forgotten when the new ones are listed", async () => {
  const { lists, asked } = await scene();
  const listed = lists.keep(["b", "c"]);
  expect(lists.of("a")).toBeDefined();
  await listed;
  expect(lists.of("a")).toBeUndefined();
  expect(asked.slice(2)).toEqual(["c 999100000"]);
});

test("a metric that no series gives is looked for after a minute, once", async () => {
  const { lists, asked, again } = await scene();
  lists.miss();
  await again(() => seriesOf({}), 60_000);
  expect(asked).toHaveLength(4);
});
