import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { until } from "../tests/until.ts";
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

test("an ended process that its parent has not looked after is gone", async () => {
  // The shell becomes sleep, which never asks for its child.
  const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
  const [output] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(output.toString());
  const mark = ownerMark(pid);
  expect(ownerIsGone(mark)).toBe(false);
  // Until then the parent is a shell, and a shell can ask for its child's exit status.
  await until("the parent to be sleep", () => readFileSync(`/proc/${parent.pid}/comm`, "utf8") === "sleep\n");
  process.kill(pid, "SIGKILL");
  await until("a zombie", () => readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z "));
  expect(ownerIsGone(mark)).toBe(true);
  parent.kill();
});

test("a later process with the same id does not keep the mark of the first alive", () => {
  const [pid, start, namespace] = ownerMark().split(" ");
  expect(ownerIsGone(`${pid} ${Number(start) - 1} ${namespace}`)).toBe(true);
});

test("a process of another container is not judged", () => {
  expect(ownerIsGone("1 1 pid:[1]")).toBe(false);
  expect(ownerIsGone("")).toBe(false);
});
