import { expect, test } from "@jest/globals";
import { latestWrite } from "./latestWrite.ts";

/** Writes that the test ends one by one, and the values that came. */
function controlled() {
  const values: string[] = [];
  let settle: { resolve(): void; reject(problem: Error): void } = { resolve: () => {}, reject: () => {} };
  let begun = () => {};
  const write = (value: string) =>
    new Promise<void>((resolve, reject) => {
      values.push(value);
      settle = { resolve, reject };
      begun();
    });
  const next = () => new Promise<void>((resolve) => (begun = resolve));
  return { values, write, next, end: () => settle.resolve(), fail: (problem: Error) => settle.reject(problem) };
}

test("values that are overtaken while one is written are left out", async () => {
  const { values, write, next, end } = controlled();
  const latest = latestWrite(write, () => {});
  latest.set("one");
  latest.set("two");
  latest.set("three");
  const third = next();
  end();
  await third;
  expect(values).toEqual(["one", "three"]);
  latest.stop();
  end();
});

test("a failed write is tried again with the latest value", async () => {
  const { values, write, next, fail, end } = controlled();
  const problems: unknown[] = [];
  const latest = latestWrite(write, (problem) => problems.push(problem));
  latest.set("one");
  const again = next();
  fail(new Error("refused"));
  latest.set("two");
  await again;
  expect(values).toEqual(["one", "two"]);
  expect(problems).toHaveLength(1);
  latest.stop();
  end();
});

test("a value that is given up does not hold the next one", async () => {
  const { values, write, next, fail, end } = controlled();
  const latest = latestWrite(write, (problem) => {
    throw problem;
  });
  latest.set("one");
  fail(new Error("gone"));
  await new Promise((resolve) => setImmediate(resolve));
  const second = next();
  latest.set("two");
  await second;
  expect(values).toEqual(["one", "two"]);
  latest.stop();
  end();
});
