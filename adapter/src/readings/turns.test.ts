import { expect, test } from "@jest/globals";
import { createTurns } from "./turns.ts";

const { signal } = new AbortController();

test("namespaces take turns, and an item waits once", async () => {
  const turns = createTurns<string>(10);
  for (const item of ["a1", "a2", "a3", "a1"]) turns.add("a", item);
  turns.add("b", "b1");
  expect(await turns.take(3, signal)).toEqual(["a1", "b1", "a2"]);
  expect(await turns.take(3, signal)).toEqual(["a3"]);
});

test("one namespace has a limit", async () => {
  const turns = createTurns<number>(2);
  for (let item = 0; item < 5; item++) turns.add("a", item);
  turns.add("b", 9);
  expect(await turns.take(10, signal)).toEqual([0, 9, 1]);
});

test("what is added later is waited for, and an abort ends the wait", async () => {
  const turns = createTurns<string>(2);
  const taken = turns.take(1, signal);
  turns.add("a", "late");
  expect(await taken).toEqual(["late"]);
  const stop = new AbortController();
  const none = turns.take(1, stop.signal);
  stop.abort();
  expect(await none).toEqual([]);
});
