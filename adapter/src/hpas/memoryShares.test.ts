import { expect, test } from "@jest/globals";
import { createMemoryShares } from "./memoryShares.ts";

test("a namespace alone gets a third, and gives it back", () => {
  const shares = createMemoryShares(150, 0);
  expect(shares.take("a", "a/1", 50)).toBe(true);
  expect(shares.take("a", "a/2", 1)).toBe(false);
  shares.release("a", "a/1");
  shares.release("a", "a/1");
  expect(shares.take("a", "a/2", 50)).toBe(true);
});

test("an HPA that changes takes the place of what it was, and has nothing when it no longer fits", () => {
  const shares = createMemoryShares(150, 0);
  for (const size of [50, 20, 50]) expect(shares.take("a", "a/1", size)).toBe(true);
  expect(shares.take("a", "a/1", 51)).toBe(false);
  expect(shares.take("a", "a/2", 50)).toBe(true);
});

test("whatever greedy namespaces have taken, the next one gets what is guaranteed", () => {
  const shares = createMemoryShares(10_000, 10);
  for (let index = 0; index < 100; index++) {
    let sum = 0;
    while (shares.take(`n${index}`, `n${index}/${sum}`, 1)) sum++;
    expect(sum).toBeGreaterThanOrEqual(10);
  }
});
