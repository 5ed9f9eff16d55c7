import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { createWaits, READ_DEADLINE_MS } from "./readDeadline.ts";

const never = new Promise<void>(() => undefined);

/** Reads that wait, by namespace, and a clock that the test moves. */
function scene() {
  const time = { ms: 0 };
  const waits = createWaits({ monotonic: () => time.ms });
  const waiting: Record<string, number> = {};
  const read = (namespace: string, isSlow: boolean, evaluation = never, count = 1) => {
    for (let index = 0; index < count; index++) {
      waiting[namespace] = (waiting[namespace] ?? 0) + 1;
      void waits.until(evaluation, namespace, isSlow).then(() => (waiting[namespace] = (waiting[namespace] ?? 0) - 1));
    }
  };
  const pass = async (ms: number) => {
    time.ms += ms;
    await jest.advanceTimersByTimeAsync(ms);
  };
  return { read, pass, waiting };
}

beforeEach(() => void jest.useFakeTimers({ doNotFake: ["performance", "Date"] }));
afterEach(() => void jest.useRealTimers());

test("reads of slow queries wait one for each namespace and two in all", async () => {
  const { read, pass, waiting } = scene();
  read("a", true, never, 50);
  read("b", true, never, 50);
  read("c", true, never, 50);
  await pass(0);
  expect(waiting).toEqual({ a: 1, b: 1, c: 0 });
  await pass(READ_DEADLINE_MS);
  read("c", true);
  await pass(0);
  expect(waiting).toEqual({ a: 0, b: 0, c: 1 });
});

test("reads of queries that were never answered hold five workers once and then one at a time, and no other namespace's", async () => {
  const { read, pass, waiting } = scene();
  read("a", false, never, 5);
  await pass(READ_DEADLINE_MS);
  read("a", false, never, 100);
  read("b", false, never, 3);
  await pass(0);
  expect(waiting).toEqual({ a: 1, b: 3 });
});

test("a namespace whose reads waited in vain may wait again after a while, and at once for what is answered in time", async () => {
  const { read, pass, waiting } = scene();
  read("a", false, never, 20);
  await pass(READ_DEADLINE_MS);
  await pass(30_000);
  for (let index = 0; index < 50; index++) {
    const answered = Promise.withResolvers<void>();
    read("a", false, answered.promise, 2);
    await pass(10);
    expect(waiting).toEqual({ a: 2 });
    answered.resolve();
    await pass(10);
  }
});
