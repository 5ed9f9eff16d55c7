import { describe, expect, test } from "@jest/globals";
import { createReviewCache, type Lifetime, TooManyReviews } from "./reviewCache.ts";

let clock = 0;
const make = (lifetime: Lifetime, capacity = 10, maxOpen = 10) => {
  clock = 0;
  return createReviewCache<string>({ capacity, maxOpen, now: () => clock }, () => lifetime);
};

/** Answers in turn and counts how often it is asked. */
function answers(...texts: (string | Error)[]) {
  let asked = 0;
  const ask = async (): Promise<string> => {
    const answer = texts[Math.min(asked++, texts.length - 1)] ?? "";
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { ask, count: () => asked };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("an answer", () => {
  test("is given at once while it is fresh, and asked for anew after", async () => {
    const cache = make({ freshMs: 10 });
    const { ask, count } = answers("a", "b");
    expect(await cache("k", ask)).toBe("a");
    clock = 9.9;
    expect(cache("k", ask)).toBe("a");
    clock = 10;
    expect(await cache("k", ask)).toBe("b");
    expect(count()).toBe(2);
  });

  test("that is stale is given at once, once more asked for, and no longer than allowed", async () => {
    const cache = make({ freshMs: 10, staleMs: 60 });
    const { ask, count } = answers("a", new Error("down"), "b");
    await cache("k", ask);
    clock = 20;
    expect(cache("k", ask)).toBe("a");
    await settle();
    expect(cache("k", ask)).toBe("a");
    await settle();
    expect(cache("k", ask)).toBe("b");
    expect(count()).toBe(3);
    clock = 20 + 70;
    const down = answers(new Error("down"));
    await expect(cache("k", down.ask)).rejects.toThrow("down");
  });

  test("asked for by many at once is asked for once; an error is not kept", async () => {
    const cache = make({ freshMs: 10 });
    const { ask, count } = answers(new Error("down"), "a");
    const first = await Promise.allSettled(Array.from({ length: 50 }, async () => cache("k", ask)));
    expect([count(), new Set(first.map(({ status }) => status))]).toEqual([1, new Set(["rejected"])]);
    expect(await cache("k", ask)).toBe("a");
  });
});

describe("bounds", () => {
  test("the least recently used answer goes first", async () => {
    const cache = make({ freshMs: 10 }, 2);
    const { ask, count } = answers("x");
    for (const key of ["a", "b", "a", "c", "a"]) await cache(key, ask);
    expect(count()).toBe(3);
    await cache("b", ask);
    expect(count()).toBe(4);
  });

  test("no more questions are open than may be, and what is known is still given", async () => {
    const cache = make({ freshMs: 10 }, 10, 1);
    await cache("known", async () => "a");
    const open = Promise.withResolvers<string>();
    const first = cache("k", () => open.promise);
    await expect(cache("other", async () => "b")).rejects.toThrow(TooManyReviews);
    expect(cache("known", async () => "b")).toBe("a");
    open.resolve("done");
    expect(await first).toBe("done");
    expect(await cache("other", async () => "b")).toBe("b");
  });
});
