import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

/** The first step of the npm scripts, on a machine that has only the programs of one folder. */
const root = join(__dirname, "..");
let clone = "";
let bin = "";

beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), "asm-clone-"));
  for (const file of ["bootstrap.mjs", "prerequisites.mjs", "package-lock.json"]) {
    copyFileSync(join(root, file), join(clone, file));
  }
  bin = join(clone, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "apt-get"), "#!/bin/sh\n", { mode: 0o755 });
});

afterAll(() => rmSync(clone, { recursive: true }));

function start(task: string, before = "") {
  const begun = Date.now();
  const code = `${before}; process.argv[2] = ${JSON.stringify(task)}; await import(${JSON.stringify(join(clone, "bootstrap.mjs"))});`;
  // Before Node 22, --eval has no argv[1].
  const { stderr, stdout, status } = spawnSync(process.execPath, ["--input-type=module", "--eval", code, "bootstrap"], {
    encoding: "utf8",
    env: { PATH: bin, HOME: clone },
  });
  return { stderr, stdout, status, seconds: (Date.now() - begun) / 1000 };
}

describe("a machine that lacks several things", () => {
  test("is told all of them at once, in the first second, with the command that adds each", () => {
    const { stderr, status, seconds } = start("verify");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^ASM_PREREQUISITES: /);
    const install = /: (sudo )?apt-get install -y /;
    for (const [tool, name] of [
      ["tar", "tar"],
      ["flock", "util-linux"],
      ["unshare", "util-linux"],
      ["git", "git"],
    ]) {
      const line = stderr.split("\n").find((one) => one.startsWith(`- ${tool}`)) ?? "";
      expect(line).toMatch(install);
      expect(line.endsWith(` ${name}`)).toBe(true);
    }
    expect(stderr).toMatch(/^- Go 1\.26 or newer: https:\/\/go\.dev\/dl\/$/m);
    expect(seconds).toBeLessThan(3);
  });

  test("installs nothing before that", () => {
    start("loop");
    expect(existsSync(join(clone, "node_modules"))).toBe(false);
  });

  test("is told of Go as a note only where releases may replace it", () => {
    const { stdout, stderr } = start("loop");
    expect(stderr).not.toMatch(/go\.dev/);
    expect(stdout).toMatch(/^Note: .*go\.dev.*only if the release sites cannot be reached/m);
  });
});

describe("a machine that is not Linux", () => {
  const mac = 'Object.defineProperty(process, "platform", { value: "darwin" })';

  test("is told where the local cluster runs", () => {
    expect(start("loop", mac).stderr).toMatch(/^- Linux: .*devcontainer/m);
  });

  test("may preview", () => {
    writeFileSync(join(bin, "tar"), "#!/bin/sh\n", { mode: 0o755 });
    expect(start("preview:run", mac).stderr).not.toMatch(/ASM_PREREQUISITES/);
  });
});

test("an old Node is named with the version that is needed", () => {
  const old = 'Object.defineProperty(process, "versions", { value: { node: "18.0.0" } })';
  expect(start("loop", old).stderr).toMatch(/^- Node 22\.19 or newer \(this is 18\.0\.0\): /m);
});
