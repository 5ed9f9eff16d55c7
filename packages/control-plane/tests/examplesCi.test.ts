import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "@jest/globals";

const script = fileURLToPath(new URL("../../../examples/ci-preview/preview.sh", import.meta.url));
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ci-preview-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the script with a pulumi that prints its arguments, then this, and ends with this code. */
function run(prints: string, code: number, environment: Record<string, string> = { STACK: "org/dev" }) {
  writeFileSync(join(folder, "printed"), prints);
  const pulumi = `#!/bin/sh\necho "called with $*"\ncat '${folder}/printed'\nexit ${code}\n`;
  writeFileSync(join(folder, "pulumi"), pulumi, { mode: 0o755 });
  const path = `${folder}:${process.env["PATH"]}`;
  return spawnSync("sh", [script, "infra"], { cwd: folder, env: { PATH: path, ...environment }, encoding: "utf8" });
}

const comment = () => readFileSync(join(folder, "preview.md"), "utf8");

test("a preview becomes a comment with its summary first and all of it below", () => {
  expect(run("  + kubernetes:…\n```\nResources:\n    + 2 to create\n", 0).status).toBe(0);
  const [head = "", rest = ""] = comment().split("<details>");
  expect(head).toBe("### Preview of org/dev\n\n    Resources:\n        + 2 to create\n\n");
  expect(rest).toContain("called with preview --cwd infra --stack org/dev --diff");
  // What a preview prints cannot end the block that it stands in.
  expect(rest.split("\n").filter((line) => line.startsWith("```"))).toEqual([]);
});

test("a preview that fails is told in the comment and by the exit code", () => {
  expect(run("error: ASM_COUNT_INVALID: …\n", 255).status).toBe(255);
  expect(comment()).toMatch(/^### Preview of org\/dev\n\nIt failed with exit code 255:\n[\s\S]*ASM_COUNT_INVALID/);
});

test("a long preview fits into a comment, with its end", () => {
  run(`${"  + a line of a diff\n".repeat(5_000)}Resources:\n    + 9 to create\n`, 0);
  expect(comment().length).toBeLessThan(65_536);
  expect(comment()).toContain("9 to create");
});

test("without a stack nothing is run", () => {
  const { status, stderr } = run("", 0, {});
  expect(status).not.toBe(0);
  expect(stderr).toContain("Set STACK");
});
