import { describe, expect, test } from "@jest/globals";
import { annotations } from "./annotations.ts";
import { answers } from "./answers.ts";
import { requests } from "./requests.ts";
import { selectors } from "./selectors.ts";
import { reportLine, type Surface } from "./surface.ts";

/** A little of `npm run fuzz`; the seed of a failure is in its message. */
const BUDGET_MS = 3_000;
const seed = Date.now() % 2 ** 31;

describe.each<Surface>([annotations, selectors, answers, requests])("$name", (surface) => {
  test("keeps its promises on inputs that nobody meant", async () => {
    const report = await surface.run({ budgetMs: BUDGET_MS, seed });
    console.log(reportLine(report));
    expect(report.failure).toBeUndefined();
    expect(report.parsed).toBeGreaterThan(10);
  }, 60_000);

  test("and a bug that is planted there is found", async () => {
    const { failure } = await surface.run({ budgetMs: 15 * BUDGET_MS, seed, planted: true });
    expect(failure).toBeDefined();
  }, 90_000);
});
