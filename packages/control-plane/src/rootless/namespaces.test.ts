import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { watch } from "node:fs";
import { access, chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { canChangeUsers } from "./capability.ts";
import { runInNamespaces } from "./namespaces.ts";

const { PATH } = process.env;
const program = new URL("testing/server.mjs", import.meta.url);
/** A container may forbid namespaces, and macOS has none. */
const allowed = spawnSync("unshare", ["--user", "--map-root-user", "--net", "true"]).status === 0;
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asm-namespaces-"));
});
afterEach(async () => {
  process.env["PATH"] = PATH;
  await rm(folder, { recursive: true });
});

/** Waits for a file that appears complete. */
async function appeared(name: string): Promise<string> {
  const watcher = watch(folder);
  try {
    while (
      !(await access(join(folder, name)).then(
        () => true,
        () => false,
      ))
    )
      await once(watcher, "change");
  } finally {
    watcher.close();
  }
  return readFile(join(folder, name), "utf8");
}

(allowed ? test : test.skip)("a program is root there, and what it publishes is reachable here", async () => {
  const code = runInNamespaces(program, [folder]);
  const url = await appeared("url");
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await (await fetch(url)).text()).toBe("0");
  await writeFile(join(folder, "stop"), "");
  expect(await code).toBe(7);
  // Nothing listens any more.
  await expect(fetch(url)).rejects.toThrow();
});

test("a kernel that forbids namespaces is reported with its reason", async () => {
  await writeFile(
    join(folder, "unshare"),
    '#!/bin/sh\necho "unshare: unshare failed: Operation not permitted" >&2\nexit 1\n',
  );
  await chmod(join(folder, "unshare"), 0o755);
  process.env["PATH"] = `${folder}:${PATH}`;
  await expect(runInNamespaces(program, [folder])).rejects.toThrow(
    /ASM_NAMESPACES: .*unshare failed: Operation not permitted.*root/,
  );
});

test("root of a namespace without other users runs containers as itself", () => {
  expect(canChangeUsers("         0      65534          1\n")).toBe(false);
});
