import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { makeDirectory } from "./directory.ts";
import { ownerMark } from "./owner.ts";

test("a folder is for this user only and goes when removed", async () => {
  const folder = await makeDirectory();
  expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
  await writeFile(join(folder.path, "file"), "x");
  await folder.remove();
  expect(existsSync(folder.path)).toBe(false);
});

test("the next start removes what a killed process left, and nothing that a living one has", async () => {
  const stale = await mkdtemp(join(tmpdir(), "asm-autoscaler-"));
  await writeFile(join(stale, "owner"), ownerMark().replace(/^\d+/, String(spawnSync("true").pid)));
  const living = await makeDirectory();
  const next = await makeDirectory();
  expect(existsSync(stale)).toBe(false);
  expect(existsSync(living.path)).toBe(true);
  await Promise.all([living.remove(), next.remove()]);
});
