import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { propose } from "./proposal";

const count = fc.integer({ min: 1, max: 1_000 });
const milli = fc.integer({ min: 1, max: 1_000_000_000 });

describe("what a metric asks for", () => {
  test.each([
    // The guide's screen: 50 requests per second, 10 for each pod.
    ["averageValue", 10_000, 50_000, 1, 5],
    ["averageValue", 10_000, 50_001, 1, 6],
    ["averageValue", 10_000, 55_000, 5, 5],
    ["averageValue", 10_000, 55_001, 5, 6],
    ["averageValue", 10_000, 45_000, 5, 5],
    ["averageValue", 10_000, 44_999, 5, 5],
    ["averageValue", 10_000, 39_999, 5, 4],
    ["averageValue", 10_000, 0, 5, 0],
    ["averageValue", 10_000, 12_000, 0, 2],
    ["value", 250_000, 500_000, 3, 6],
    ["value", 250_000, 275_000, 3, 3],
    ["value", 250_000, 275_001, 3, 4],
    ["value", 250_000, 0, 3, 0],
    ["value", 250_000, 300_000, 0, 2],
  ] as const)("%s %d with usage %d and %d replicas is %d", (kind, goal, usage, replicas, expected) => {
    expect(propose(kind, goal, usage, replicas).replicas).toBe(expected);
  });

  test("an HPA's own tolerance counts in its direction only", () => {
    const tolerance = { up: 0, down: 0.5 };
    expect(propose("averageValue", 10_000, 50_001, 5, tolerance).replicas).toBe(6);
    expect(propose("averageValue", 10_000, 25_000, 5, tolerance).isTolerated).toBe(true);
  });

  test("a count that no object can hold is the greatest that one can", () => {
    expect(propose("averageValue", 1, 1e15, 5).replicas).toBe(2 ** 31 - 1);
  });

  test("applied again at the size that it asks for, a metric asks for no more", () => {
    fc.assert(
      fc.property(milli, milli, count, (goal, usage, replicas) => {
        const { replicas: next } = propose("averageValue", goal, usage, replicas);
        expect(propose("averageValue", goal, usage, next).replicas).toBeLessThanOrEqual(next);
      }),
    );
  });

  test("more usage never asks for less, but for the step that tolerance keeps", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("averageValue" as const, "value" as const),
        milli,
        milli,
        milli,
        count,
        (kind, goal, a, b, replicas) => {
          const exact = { up: 0, down: 0 };
          const [less, more] = [Math.min(a, b), Math.max(a, b)];
          expect(propose(kind, goal, less, replicas, exact).replicas).toBeLessThanOrEqual(
            propose(kind, goal, more, replicas, exact).replicas,
          );
        },
      ),
    );
  });
});
