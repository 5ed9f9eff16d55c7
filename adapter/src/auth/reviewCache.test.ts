import { describe, expect, test } from "@jest/globals";
import { createReviewCache, type Lifetime, TooManyReviews } from "./reviewCache.ts";

let clock = 0;
const make = (lifetime: Lifetime | ((value: string) => Lifetime), capacity = 10, total = 10, perSource = 10) => {
  clock = 0;
  const of = typeof lifetime === "function" ? lifetime : () => lifetime;
  return createReviewCache<string>({ capacity, total, perSource, now: () => clock }, of);
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
    expect(await cache("k", "s", ask)).toBe("a");
    clock = 9.9;
    expect(cache("k", "s", ask)).toBe("a");
    clock = 10;
    expect(await cache("k", "s", ask)).toBe("b");
    expect(count()).toBe(2);
  });

  test("that is stale is given at once, once more asked for, and no longer than allowed", async () => {
    const cache = make({ freshMs: 10, staleMs: 60 });
    const { ask, count } = answers("a", new Error("down"), "b");
    await cache("k", "s", ask);
    clock = 20;
    expect(cache("k", "s", ask)).toBe("a");
    await settle();
    expect(cache("k", "s", ask)).toBe("a");
    await settle();
    expect(cache("k", "s", ask)).toBe("b");
    expect(count()).toBe(3);
    clock = 20 + 70;
    const down = answers(new Error("down"));
    await expect(cache("k", "s", down.ask)).rejects.toThrow("down");
  });

  test("asked for by many at once is asked for once; an error is not kept", async () => {
    const cache = make({ freshMs: 10 });
    const { ask, count } = answers(new Error("down"), "a");
    const first = await Promise.allSettled(Array.from({ length: 50 }, async () => cache("k", "s", ask)));
    expect([count(), new Set(first.map(({ status }) => status))]).toEqual([1, new Set(["rejected"])]);
    expect(await cache("k", "s", ask)).toBe("a");
  });
});

describe("bounds", () => {
  test("the least recently used answer goes first", async () => {
    const cache = make({ freshMs: 10 }, 2);
    const { ask, count } = answers("x");
    for (const key of ["a", "b", "a", "c", "a"]) await cache(key, "s", ask);
    expect(count()).toBe(3);
    await cache("b", "s", ask);
    expect(count()).toBe(4);
  });

  test("no more questions are open than may be, and what is known is still given", async () => {
    const cache = make({ freshMs: 10 }, 10, 1);
    await cache("known", "s", async () => "a");
    const open = Promise.withResolvers<string>();
    const first = cache("k", "another client", () => open.promise);
    await expect(cache("other", "another client", async () => "b")).rejects.toThrow(TooManyReviews);
    expect(cache("known", "s", async () => "b")).toBe("a");
    open.resolve("done");
    expect(await first).toBe("done");
    expect(await cache("other", "s", async () => "b")).toBe("b");
  });

  test("refusals, however many, take the place of no good answer", async () => {
    const cache = make((value) => ({ freshMs: 10, refused: value === "no" }), 2);
    await cache("good", "s", async () => "yes");
    for (let index = 0; index < 100; index++) await cache(`bad-${index}`, "s", async () => "no");
    expect(cache("good", "s", async () => "asked again")).toBe("yes");
    expect(cache("bad-99", "s", async () => "asked again")).toBe("no");
    expect(await cache("bad-0", "s", async () => "asked again")).toBe("asked again");
  });

  test("an answer that turns to a refusal is one, and the other way", async () => {
    const cache = make((value) => ({ freshMs: 10, refused: value === "no" }));
    await cache("k", "s", async () => "yes");
    clock = 10;
    expect(await cache("k", "s", async () => "no")).toBe("no");
    expect(cache("k", "s", async () => "yes")).toBe("no");
    clock = 20;
    expect(await cache("k", "s", async () => "yes")).toBe("yes");
  });

  test("one source has no more questions open than its own, others ask on", async () => {
    const cache = make({ freshMs: 10 }, 10, 10, 2);
    const open = Promise.withResolvers<string>();
    const mine = [1, 2].map((key) => cache(`mine-${key}`, "mine", () => open.promise));
    await expect(cache("mine-3", "mine", async () => "a")).rejects.toThrow(TooManyReviews);
    expect(await cache("theirs", "theirs", async () => "b")).toBe("b");
    expect(cache("mine-1", "mine", async () => "shared")).toBe(mine[0]);
    open.resolve("done");
    await Promise.all(mine);
    expect(await cache("mine-3", "mine", async () => "a")).toBe("a");
  });

  test("what was good within ten minutes is asked about again when all places are taken", async () => {
    const cache = make({ freshMs: 10 }, 10, 1, 1);
    await cache("k", "s", async () => "a");
    clock = 599_999;
    const open = new Promise<string>(() => {});
    void cache("other", "s", () => open);
    expect(await cache("k", "s", async () => "b")).toBe("b");
    clock += 600_010;
    await expect(cache("k", "s", async () => "c")).rejects.toThrow(TooManyReviews);
  });
});
