import { spawnSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import { ownerIsGone, ownerMark } from "./owner.ts";

test("a living process is not gone", () => {
  expect(ownerIsGone(ownerMark())).toBe(false);
  expect(ownerIsGone(ownerMark(process.ppid))).toBe(false);
});

test("an ended process is gone", () => {
  const { pid } = spawnSync("true");
  const [, start, namespace] = ownerMark().split(" ");
  expect(ownerIsGone(`${pid} ${start} ${namespace}`)).toBe(true);
});

test("a later process with the same id does not keep the mark of the first alive", () => {
  const [pid, start, namespace] = ownerMark().split(" ");
  expect(ownerIsGone(`${pid} ${Number(start) - 1} ${namespace}`)).toBe(true);
});

test("a process of another container is not judged", () => {
  expect(ownerIsGone("1 1 pid:[1]")).toBe(false);
  expect(ownerIsGone("")).toBe(false);
});
