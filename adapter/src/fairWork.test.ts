import { describe, expect, test } from "@jest/globals";
import { createFairWork } from "./fairWork.ts";

/** Work under a clock of its own: steps take what they say, and `rested` is what others had between slices. */
function scene() {
  let now = 0;
  let rested = 0;
  let due: (() => void) | undefined;
  const done: string[] = [];
  const settledAt: number[] = [];
  const work = createFairWork({
    now: () => now,
    later(run, ms) {
      rested += ms;
      now += ms;
      due = run;
    },
    onSettled: () => settledAt.push(now),
  });
  const add = (lane: string, id: string, steps: number, stepMs: number) =>
    work.add(lane, id, function* () {
      for (let step = 0; step < steps; step++) {
        if (step > 0) yield;
        now += stepMs;
      }
      done.push(id);
    });
  const run = (slices = Number.POSITIVE_INFINITY) => {
    for (let slice = 0; slice < slices && due; slice++) {
      const next = due;
      due = undefined;
      next();
    }
  };
  return { work, add, run, done, settledAt, clock: () => now, rested: () => rested };
}

describe("work of several namespaces", () => {
  test("is done in turns, each lane's in its order", () => {
    const { add, run, done } = scene();
    for (const lane of ["a", "b"]) for (const id of [1, 2, 3]) add(lane, `${lane}${id}`, 2, 1);
    run();
    expect(done).toEqual(["a1", "b1", "a2", "b2", "a3", "b3"]);
  });

  test("lets the event loop in after each slice", () => {
    const { add, run, clock } = scene();
    add("a", "a1", 1_000, 1);
    run(1);
    expect(clock()).toBeLessThanOrEqual(7);
  });

  test("ends sooner for those who have little, and is settled then", () => {
    const { add, run, done, settledAt, clock } = scene();
    for (let id = 0; id < 100; id++) add("greedy", `greedy${id}`, 50, 20);
    for (let id = 0; id < 1_000; id++) add("plain", `plain${id}`, 5, 0.1);
    run();
    expect(done.indexOf("plain999")).toBeLessThan(1_010);
    expect(settledAt[0]).toBeLessThan(1_000);
    expect(clock()).toBeGreaterThan(100_000);
  });

  test("of extraordinary size leaves nine tenths of the time to others", () => {
    const { add, run, clock, rested } = scene();
    for (let id = 0; id < 20; id++) add(`greedy${id % 2}`, `${id}`, 50, 20);
    run();
    expect(rested() / clock()).toBeGreaterThan(0.88);
  });
});

test("an older state that waits is left out, and so is what is removed", () => {
  const { work, add, run, done } = scene();
  add("a", "same", 1, 1);
  add("a", "same", 1, 1);
  add("a", "gone", 1, 1);
  add("a", "begun", 10, 1);
  work.remove("a", "gone");
  run(1);
  expect(work.isIdle("a")).toBe(false);
  work.remove("a", "begun");
  run();
  expect(done).toEqual(["same"]);
  expect(work.isIdle("a")).toBe(true);
});
